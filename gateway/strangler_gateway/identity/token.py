"""The signed form of an identity: a JSON Web Token (RFC 7519) with HS256.

Its claims are ``iss`` "strangler", ``aud`` the service, ``iat``, ``exp`` and ``who``. ``kid`` in its header names the
key it is signed with, so that a service can accept two keys during a rotation. It says nothing about the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import jwt

from strangler.secret import Secret
from strangler_gateway.identity.answer import UnknownIdentityError, Who

ISSUER = "strangler"
LONGEST = 6 * 1024
"""The most bytes of a token; most servers accept headers of up to 8 KiB."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs tokens for one service that are valid for `seconds`."""

    service: str
    key: Secret
    seconds: int

    def token(self, who: Who, now: float) -> bytes:
        """Return the token, issued at `now` in unix seconds; UnknownIdentityError when it is longer than `LONGEST`."""
        issued = int(now)
        claims = {"iss": ISSUER, "aud": self.service, "iat": issued, "exp": issued + self.seconds, "who": who}
        key = self.key.reveal()
        # The type of `encode` refers to cryptography, a library that HS256 does not need.
        token = jwt.encode(claims, key, algorithm="HS256", headers={"kid": key_id(key)}).encode()  # pyright: ignore[reportUnknownMemberType]
        if len(token) > LONGEST:
            raise UnknownIdentityError(f"the identity makes a header of {len(token)} bytes: name the claims it needs")
        return token


def key_id(key: str) -> str:
    """Return the name of a key: the first 8 bytes of its SHA-256 in hex, so that no separate name has to be kept."""
    return sha256(key.encode()).hexdigest()[:16]
