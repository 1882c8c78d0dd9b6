"""The signed form of an identity: a JSON Web Token (RFC 7519) with HS256.

Its claims are ``iss`` "strangler", ``aud`` the service, ``iat``, ``exp`` and ``who``; ``kid`` in its head says which
key it is signed with, so that a service can know two while one replaces the other. It says nothing of the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import jwt

from strangler.secret import Secret
from strangler_gateway.identity.answer import UnknownIdentityError, Who

ISSUER = "strangler"
LONGEST = 6 * 1024
"""Bytes of a token; most servers take 8 KiB for a header."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one service, with tokens that are valid for `seconds`."""

    service: str
    key: Secret
    seconds: int

    def token(self, who: Who, now: float) -> bytes:
        """Return the token; UnknownIdentityError when no server would take one that long."""
        issued = int(now)
        claims = {"iss": ISSUER, "aud": self.service, "iat": issued, "exp": issued + self.seconds, "who": who}
        key = self.key.reveal()
        # Its type names that of a library which is not needed for HS256.
        token = jwt.encode(claims, key, algorithm="HS256", headers={"kid": key_id(key)}).encode()  # pyright: ignore[reportUnknownMemberType]
        if len(token) > LONGEST:
            raise UnknownIdentityError(f"the identity makes a header of {len(token)} bytes: name the claims it needs")
        return token


def key_id(key: str) -> str:
    """Return what a key is called: the first bytes of its SHA-256, which nobody has to keep in step with the key."""
    return sha256(key.encode()).hexdigest()[:16]
