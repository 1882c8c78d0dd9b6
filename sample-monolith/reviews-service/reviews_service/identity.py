"""Who is calling: the gateway has asked the monolith and signed its answer."""

from dataclasses import dataclass

import jwt

from reviews_service.errors import IdentityError

HEADER = "X-Strangler-Identity"
ISSUER = "strangler"
AUDIENCE = "reviews"
LEEWAY_SECONDS = 60
"""By how much the gateway's clock may differ from ours."""


@dataclass(frozen=True)
class Customer:
    """The monolith's answer to ``GET /api/whoami``."""

    id: int
    name: str
    email: str
    is_staff: bool


@dataclass(frozen=True)
class IdentityCheck:
    """Reads the signed header; trusts the signature, not the network."""

    key: str

    def customer(self, token: str | None) -> Customer | None:
        """The customer that ``token`` names; None is a visitor. IdentityError when it is no good."""
        if token is None:
            return None
        try:
            claims = jwt.decode(  # pyright: ignore[reportUnknownMemberType]
                token,
                self.key,
                algorithms=["HS256"],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "aud", "iss"]},
            )
            who = claims.get("who")
            if who is None:
                return None
            return Customer(
                id=int(who["customer_id"]),
                name=str(who["name"]),
                email=str(who["email"]),
                is_staff=who["is_staff"] is True,
            )
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
            raise IdentityError("the identity header is not valid") from error
