"""How a service learns who is asking: what the monolith is asked, what its answer means, and what happens without."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Otherwise(StrEnum):
    """What happens to a request of which nobody can say whose it is."""

    ANONYMOUS = "anonymous"
    """It goes to the service without an identity."""
    REFUSE = "refuse"
    V1 = "v1"
    """It goes to v1 where that may answer; it is refused where it may not."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A header of the request, or with `cookie` one of its cookies, that goes with the question; `name` as written."""

    name: str
    cookie: bool = False


class ClaimSource(StrEnum):
    """Which part of the answer a claim is taken from."""

    JSON = "json"
    HEADER = "header"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Claim:
    """A part of the answer that becomes `name` of the identity; `path` are the keys of JSON, or one header's name."""

    name: str
    source: ClaimSource
    path: tuple[str, ...] = ()


ALL_CREDENTIALS = (Credential("Cookie"), Credential("Authorization"))


@dataclass(frozen=True, slots=True)
class IdentityTerms:
    """What is asked about a request, and how its answer is taken; times are in seconds.

    The monolith is asked ``GET whoami`` with the credentials `send` and the further headers `add`, for `patience` at
    most. An answer of 200 to 299 says who it is: the `claims`, or its whole JSON object where none are named. An answer
    of `nobody_statuses` says that it is nobody, for which `nobody` says what happens; any other is none, for which
    `unknown` does. Answers are believed for `seconds`, those about nobody for `nobody_seconds`, and at most `most` are
    kept. The service gets a token that is valid for `token_seconds`.
    """

    whoami: str
    send: tuple[Credential, ...] = ALL_CREDENTIALS
    add: tuple[tuple[str, str], ...] = ()
    claims: tuple[Claim, ...] = ()
    nobody_statuses: tuple[int, ...] = (401, 403)
    nobody: Otherwise = Otherwise.ANONYMOUS
    unknown: Otherwise = Otherwise.REFUSE
    patience: float = 5.0
    seconds: float = 3.0
    nobody_seconds: float = 1.0
    token_seconds: int = 60
    most: int = 10_000
