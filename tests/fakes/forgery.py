"""Join tokens nobody issued: every way known to us to talk a server into accepting one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.fakes.edge import ROOM, SECRET, RunningEdge


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def good_header(edge: RunningEdge) -> dict[str, Any]:
    return dict(jwt.get_unverified_header(edge.token()))


def good_claims(**changes: object) -> dict[str, Any]:
    """What the server itself would write; a change of None takes the claim away."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": "huishang", "aud": "huishang-join", "iat": now, "exp": now + 600, "jti": "forged", "room": ROOM,
        "role": "host", "name": "",
    }  # fmt: skip
    claims |= changes
    return {name: value for name, value in claims.items() if value is not None}


def hs256(header: object, claims: object, key: bytes = SECRET, digest: str = "sha256") -> str:
    signed = f"{header if isinstance(header, str) else segment(header)}.{segment(claims)}"
    return f"{signed}.{segment(hmac.new(key, signed.encode(), digest).digest())}"


def with_header(**changes: object) -> Callable[[RunningEdge], str]:
    """Signed with the right key, but another header."""
    return lambda edge: hs256({k: v for k, v in (good_header(edge) | changes).items() if v is not None}, good_claims())


def with_claims(**changes: object) -> Callable[[RunningEdge], str]:
    """Signed with the right key, but other claims."""
    return lambda edge: hs256(edge.token().split(".")[0], good_claims(**changes))


def edited(edit: Callable[[list[str]], str]) -> Callable[[RunningEdge], str]:
    """A genuine token's text changed."""
    return lambda edge: edit(edge.token().split("."))


def rsa_confusion(edge: RunningEdge) -> str:
    """RS256 in the header with a self-made key, whose public half the forger hopes is used as the HMAC key."""
    public = _RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return hs256(good_header(edge) | {"alg": "RS256"}, good_claims(), public)


def rsa_signed(edge: RunningEdge) -> str:
    private = _RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return jwt.encode(good_claims(), private, algorithm="RS256", headers={"kid": good_header(edge)["kid"]})


def expired(edge: RunningEdge) -> str:
    now = int(time.time())
    return edge.token(now_s=now - 2 * 3600)


def revoked(edge: RunningEdge) -> str:
    token = edge.token()
    edge.tokens.revoked.add(jwt.decode(token, options={"verify_signature": False})["jti"])
    return token


def promoted(parts: list[str]) -> str:
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    return f"{parts[0]}.{segment(claims | {'role': 'host'})}.{parts[2]}"


def respelt(parts: list[str]) -> str:
    """The same signature bytes in another spelling: the two spare bits of the last character set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet[alphabet.index(parts[2][-1]) | 1]
    return f"{parts[0]}.{parts[1]}.{parts[2][:-1]}{last}"


_NOW = int(time.time())
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_JWK = {"kty": "oct", "k": segment(b"0" * 32)}

FORGERIES: dict[str, Callable[[RunningEdge], str]] = {
    "alg none": lambda edge: f"{segment(good_header(edge) | {'alg': 'none'})}.{segment(good_claims())}.",
    "alg None": lambda edge: f"{segment(good_header(edge) | {'alg': 'None'})}.{segment(good_claims())}.",
    "alg nOnE with signature": with_header(alg="nOnE"),
    "alg absent": with_header(alg=None),
    "alg empty": with_header(alg=""),
    "alg HS384": lambda edge: hs256(good_header(edge) | {"alg": "HS384"}, good_claims(), digest="sha384"),
    "alg HS512": lambda edge: hs256(good_header(edge) | {"alg": "HS512"}, good_claims(), digest="sha512"),
    "alg RS256 keyed by its public key": rsa_confusion,
    "alg RS256 self-signed": rsa_signed,
    "wrong key": lambda edge: hs256(good_header(edge), good_claims(), b"x" * 32),
    "empty key": lambda edge: hs256(good_header(edge), good_claims(), b""),
    "key id as key": lambda edge: hs256(good_header(edge), good_claims(), good_header(edge)["kid"].encode()),
    "hash of the key": lambda edge: hs256(good_header(edge), good_claims(), hashlib.sha256(SECRET).digest()),
    "kid absent": with_header(kid=None),
    "kid of another key": with_header(kid="00000000"),
    "kid a path": with_header(kid="../../../../dev/null"),
    "kid an injection": with_header(kid="' OR 1=1 --"),
    "kid a list": with_header(kid=["a"]),
    "crit unknown": with_header(crit=["exp"]),
    "b64 false": with_header(b64=False, crit=["b64"]),
    "jwk inline": lambda edge: hs256(good_header(edge) | {"jwk": _JWK}, good_claims(), b"0" * 32),
    "jku elsewhere": with_header(jku="https://attacker.example/keys"),
    "x5u elsewhere": with_header(x5u="https://attacker.example/cert"),
    "typ other": with_header(typ="at+jwt"),
    "header reordered": lambda edge: hs256(dict(reversed(good_header(edge).items())), good_claims()),
    "header deep": lambda edge: hs256("e" + "W1tb" * 900, good_claims()),
    "expired": expired,
    "exp absent": with_claims(exp=None),
    "exp a string": with_claims(exp=str(_NOW + 600)),
    "exp a float": with_claims(exp=_NOW + 600.5),
    "exp infinite": with_claims(exp=float("inf")),
    "exp not a number": with_claims(exp=float("nan")),
    "exp null": lambda edge: hs256(edge.token().split(".")[0], good_claims() | {"exp": None}),
    "lives 13 hours": with_claims(exp=_NOW + 13 * 3600),
    "lives for ever": with_claims(exp=2**40),
    "iat absent": with_claims(iat=None),
    "iat in the future": with_claims(iat=_NOW + 3600, exp=_NOW + 7200),
    "not yet valid": with_claims(nbf=_NOW + 3600),
    "iss absent": with_claims(iss=None),
    "iss other": with_claims(iss="livekit"),
    "aud absent": with_claims(aud=None),
    "aud other": with_claims(aud="huishang-admin"),
    "aud a list": with_claims(aud=["huishang-join", "other"]),
    "jti absent": with_claims(jti=None),
    "jti a path": with_claims(jti="../../etc"),
    "role unknown": with_claims(role="admin"),
    "role absent": with_claims(role=None),
    "room absent": with_claims(room=None),
    "room a list": with_claims(room=[ROOM]),
    "sub a number": with_claims(sub=7),
    "payload a list": lambda edge: hs256(edge.token().split(".")[0], [good_claims()]),
    "payload deep": lambda edge: hs256(edge.token().split(".")[0], b"[" * 2000),
    "payload not JSON": lambda edge: hs256(edge.token().split(".")[0], b"\xff\xfe"),
    "revoked": revoked,
    "role edited": edited(promoted),
    "signature removed": edited(lambda p: f"{p[0]}.{p[1]}."),
    "signature cut": edited(lambda p: f"{p[0]}.{p[1]}.{p[2][:-4]}"),
    "signature of another token": edited(lambda p: f"{p[0]}.{segment(good_claims())}.{p[2]}"),
    "signature respelt": edited(respelt),
    "signature padded": edited(lambda p: ".".join(p) + "="),
    "two segments": edited(lambda p: f"{p[0]}.{p[1]}"),
    "four segments": edited(lambda p: ".".join([*p, p[2]])),
    "five segments (JWE)": edited(lambda p: ".".join([*p, p[2], p[2]])),
    "dots only": lambda edge: "..",
    "too long": edited(lambda p: ".".join(p) + "A" * 4096),
    "the secret itself": lambda edge: SECRET.decode().replace(" ", "_"),
}
