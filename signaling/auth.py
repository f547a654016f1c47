"""Join tokens and the administrator's key. No token or key is ever logged or put into an error's text.

A join token is a JWT (RFC 7519): HS256 only, one key, one exact header. Whatever else a forger may write there (`none`,
RS256, `jwk`, `jku`, `crit`, another `kid`) is refused before anything is parsed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated, Final, Protocol

import jwt
import msgspec
from msgspec import Meta, Struct

from conference.model.errors import TokenExpired, TokenInvalid, TokenRevoked
from conference.model.ids import Identity, RoomId
from conference.model.records import Grant, TokenRecord
from conference.model.roles import Role
from signaling.errors import AdminKeyInvalid

MIN_SECRET_BYTES: Final = 32
"""RFC 7518 section 3.2: a key of at least the size of the hash output."""
MAX_TTL_S: Final = 12 * 3600
MAX_TOKEN_CHARS: Final = 4096
_ALGORITHM: Final = "HS256"
_ISSUER: Final = "huishang"
_AUDIENCE: Final = "huishang-join"
_SEGMENTS: Final = 3


class SecretTooShort(ValueError):
    """A key anybody could guess is refused at start."""


class RevokedTokens(Protocol):
    """What is asked of the durable store on every use of a token."""

    async def is_revoked(self, token_id: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """`token` is the secret; `record` is what may be stored."""

    token: str
    record: TokenRecord


class _Claims(Struct, frozen=True):
    iss: str
    aud: str
    iat: int
    exp: int
    jti: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
    room: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
    role: Role
    sub: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    name: Annotated[str, Meta(max_length=64)] = ""


class TokenAuthority:
    """Issues and checks join tokens with one secret.

    `secret`: at least 32 bytes, else SecretTooShort. `leeway_s`: how far clocks may be apart.
    """

    def __init__(self, secret: bytes, *, revoked: RevokedTokens, leeway_s: int = 30) -> None:
        if len(secret) < MIN_SECRET_BYTES:
            raise SecretTooShort(f"the token secret has {len(secret)} bytes, at least {MIN_SECRET_BYTES} are needed")
        self._secret = secret
        self._revoked = revoked
        self._leeway_s = leeway_s
        # Names the key without telling it, so that a token of an older key is recognised as such.
        self._key_id = hashlib.sha256(b"huishang key id\0" + secret).hexdigest()[:8]
        self._header = self._header_segment()

    def issue(
        self, room: RoomId, role: Role, *, identity: Identity | None, name: str, ttl_s: int, now_s: float
    ) -> IssuedToken:
        """A new token, valid from now for `ttl_s` (at most MAX_TTL_S). Without `identity` it is an open invitation:
        each join gets a fresh one."""
        if not 0 < ttl_s <= MAX_TTL_S:
            raise ValueError(f"ttl_s must be 1..{MAX_TTL_S}")
        issued_at = int(now_s)
        claims: dict[str, object] = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "iat": issued_at,
            "exp": issued_at + ttl_s,
            "jti": secrets.token_urlsafe(12),
            "room": room,
            "role": role.value,
            "name": name,
        }
        if identity is not None:
            claims["sub"] = identity
        token = jwt.encode(claims, self._secret, algorithm=_ALGORITHM, headers={"kid": self._key_id})
        record = TokenRecord(
            id=str(claims["jti"]),
            room=room,
            role=role,
            identity=identity,
            name=name,
            issued_at_s=float(issued_at),
            expires_at_s=float(issued_at + ttl_s),
        )
        return IssuedToken(token=token, record=record)

    async def verify(self, token: str, *, allow_expired: bool = False) -> Grant:
        """What the token allows. Raises TokenInvalid, TokenExpired (unless `allow_expired`) or TokenRevoked."""
        claims = self._claims(token, allow_expired=allow_expired)
        if await self._revoked.is_revoked(claims.jti):
            raise TokenRevoked
        return Grant(
            room=RoomId(claims.room),
            role=claims.role,
            identity=Identity(claims.sub) if claims.sub is not None else None,
            name=claims.name,
            token_id=claims.jti,
            expires_at_s=float(claims.exp),
        )

    def derived_key(self, purpose: bytes) -> bytes:
        """A key of 32 bytes for something else (RFC 5869 section 2.3): what it signs is never a token."""
        return hmac.digest(self._secret, purpose + b"\x01", hashlib.sha256)

    def _claims(self, token: str, *, allow_expired: bool) -> _Claims:
        self._check_form(token)
        try:
            payload = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                issuer=_ISSUER,
                leeway=self._leeway_s,
                options={
                    "require": ["exp", "iat", "iss", "aud", "jti"],
                    "strict_aud": True,
                    "verify_exp": not allow_expired,
                },
            )
            claims = msgspec.convert(payload, _Claims, strict=True)
        except jwt.ExpiredSignatureError:
            raise TokenExpired from None
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError):
            raise TokenInvalid from None
        if claims.exp - claims.iat > MAX_TTL_S:
            raise TokenInvalid("lives too long")
        return claims

    def _check_form(self, token: str) -> None:
        """Exactly our header, and each segment in its only spelling: one token, one text."""
        if len(token) > MAX_TOKEN_CHARS or not token.isascii():
            raise TokenInvalid("form")
        segments = token.split(".")
        if len(segments) != _SEGMENTS or not hmac.compare_digest(segments[0], self._header):
            raise TokenInvalid("header")
        if not all(_canonical(segment) for segment in segments[1:]):
            raise TokenInvalid("spelling")

    def _header_segment(self) -> str:
        token = jwt.encode({}, self._secret, algorithm=_ALGORITHM, headers={"kid": self._key_id})
        return token.split(".", 1)[0]


class AdminKey:
    """The administrator's key, compared in constant time."""

    def __init__(self, key: str) -> None:
        raw = key.encode()
        if len(raw) < MIN_SECRET_BYTES:
            raise SecretTooShort(f"the administrator key has {len(raw)} bytes, at least {MIN_SECRET_BYTES} are needed")
        self._digest = hashlib.sha256(raw).digest()

    def check(self, given: str) -> None:
        """Raises AdminKeyInvalid."""
        if not self.matches(given):
            raise AdminKeyInvalid

    def matches(self, given: str) -> bool:
        """Whether it is the key. Digests are compared, so that not even the length leaks."""
        # A header may hold bytes that are no UTF-8; aiohttp hands them on as lone surrogates.
        raw = given.encode(errors="surrogateescape")
        return hmac.compare_digest(hashlib.sha256(raw).digest(), self._digest)


def bearer(authorization: list[str]) -> str | None:
    """The credentials of `Authorization: Bearer …` (RFC 6750 section 2.1); None without, or with several."""
    if len(authorization) != 1:
        return None
    scheme, _, credentials = authorization[0].partition(" ")
    if scheme.lower() != "bearer" or not credentials.strip() or len(credentials) > MAX_TOKEN_CHARS:
        return None
    return credentials.strip()


def _canonical(segment: str) -> bool:
    """Whether base64url text is the one its bytes encode to: spare bits at the end would allow several."""
    try:
        raw = base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == segment
