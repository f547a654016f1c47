"""Answers to WWW-Authenticate: Digest (RFC 7616 with MD5 and SHA-256, RFC 2069 without qop) and Basic (RFC 7617)."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from conference.sources.worker.rtsp.trouble import broken

MAX_CHALLENGES: Final = 16

_SCHEME = re.compile(r"[\s,]*(?:([A-Za-z][A-Za-z0-9-]*)\s+(?=[A-Za-z0-9_-]+\s*=)|(Basic)\s*$)", re.IGNORECASE)
_PARAMETER = re.compile(r'[\s,]*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_HASHES: Final = {"md5": hashlib.md5, "sha-256": hashlib.sha256}


@dataclass(frozen=True, slots=True)
class Challenge:
    """`scheme` in lower case. `parameters`: lower-case names."""

    scheme: str
    parameters: dict[str, str]

    def algorithm(self) -> str:
        return self.parameters.get("algorithm", "MD5").lower()

    def strength(self) -> int:
        """0: of no use to us."""
        if self.scheme == "basic":
            return 1
        if self.scheme != "digest" or not self.parameters.get("nonce"):
            return 0
        qop = self.parameters.get("qop", "auth").lower().replace(" ", "").split(",")
        usable = self.algorithm().removesuffix("-sess") in _HASHES and "auth" in qop
        return 2 + self.algorithm().startswith("sha") if usable else 0


def parse_challenges(values: list[str]) -> list[Challenge]:
    """Of all WWW-Authenticate headers; one header may hold several. What is not understood is left out."""
    found: list[Challenge] = []
    for value in values[:MAX_CHALLENGES]:
        at = 0
        while len(found) < MAX_CHALLENGES and (scheme := _SCHEME.match(value, at)):
            at = scheme.end()
            parameters: dict[str, str] = {}
            while not _SCHEME.match(value, at) and (part := _PARAMETER.match(value, at)):
                quoted = part[2]
                parameters[part[1].lower()] = part[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
                at = part.end()
            found.append(Challenge((scheme[1] or scheme[2]).lower(), parameters))
    return found


@dataclass(slots=True)
class Login:
    """The credentials of one connection and what the camera has asked for last.

    Where Digest is offered or was used before, Basic is never sent: an attacker on the way could ask for it to read the
    password.
    """

    username: str
    password: str = field(repr=False)
    _challenge: Challenge | None = None
    _count: int = 0

    @property
    def given(self) -> bool:
        """There is something to log in with."""
        return bool(self.username or self.password)

    @property
    def asked(self) -> bool:
        """Credentials go with each request now."""
        return self._challenge is not None

    def take(self, challenges: list[Challenge]) -> bool:
        """The camera refused with these. True: it only wants a fresh nonce (stale). Raises RtspTrouble when it offers
        nothing that we can do."""
        usable = [c for c in challenges if c.strength()]
        digest_only = any(c.scheme == "digest" for c in challenges)
        digest_only |= self._challenge is not None and self._challenge.scheme == "digest"
        usable = [c for c in usable if not (digest_only and c.scheme == "basic")]
        if not usable:
            raise broken("no usable authentication scheme")
        best = max(usable, key=Challenge.strength)
        stale = self._challenge is not None and best.parameters.get("stale", "").lower() == "true"
        self._challenge, self._count = best, 0
        return stale

    def header(self, method: str, url: str) -> str | None:
        """The Authorization of one request; None before the camera asked."""
        challenge = self._challenge
        if challenge is None:
            return None
        if challenge.scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return self._digest(challenge.parameters, challenge.algorithm(), method, url)

    def _digest(self, given: dict[str, str], algorithm: str, method: str, url: str) -> str:
        def hashed(text: str) -> str:
            return _HASHES[algorithm.removesuffix("-sess")](text.encode(), usedforsecurity=False).hexdigest()

        nonce, realm = given["nonce"], given.get("realm", "")
        self._count += 1
        count, client_nonce = f"{self._count:08x}", secrets.token_hex(8)
        secret = hashed(f"{self.username}:{realm}:{self.password}")
        if algorithm.endswith("-sess"):
            secret = hashed(f"{secret}:{nonce}:{client_nonce}")
        request = hashed(f"{method}:{url}")
        fields = {"username": self.username, "realm": realm, "nonce": nonce, "uri": url}
        tail = ""
        if "qop" in given:
            fields["response"] = hashed(f"{secret}:{nonce}:{count}:{client_nonce}:auth:{request}")
            tail = f', qop=auth, nc={count}, cnonce="{client_nonce}"'
        else:
            fields["response"] = hashed(f"{secret}:{nonce}:{request}")
        if "opaque" in given:
            fields["opaque"] = given["opaque"]
        if "algorithm" in given:
            tail = f", algorithm={given['algorithm']}{tail}"
        return "Digest " + ", ".join(f'{name}="{_quoted(value)}"' for name, value in fields.items()) + tail


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
