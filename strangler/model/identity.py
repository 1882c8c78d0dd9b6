"""The terms by which a service learns its client's identity: the question to the monolith, and its answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LEEWAY_SECONDS = 60
"""By how much a service lets its clock differ from the gateway's (RFC 7519, section 4.1.4: no more than minutes)."""


class Otherwise(StrEnum):
    """What happens to a request whose client has no identity, or an unknown one."""

    ANONYMOUS = "anonymous"
    """It goes to the service without an identity."""
    REFUSE = "refuse"
    V1 = "v1"
    """It goes to v1 if that may answer, and is refused otherwise."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A header of the request, or with `cookie` one of its cookies, that is sent with the question."""

    name: str
    cookie: bool = False


class ClaimSource(StrEnum):
    """Which part of the answer a claim is taken from."""

    JSON = "json"
    HEADER = "header"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Claim:
    """A part of the answer that becomes `name` in the identity; `path` is a path of JSON keys, or a header's name."""

    name: str
    source: ClaimSource
    path: tuple[str, ...] = ()


ALL_CREDENTIALS = (Credential("Cookie"), Credential("Authorization"))


@dataclass(frozen=True, slots=True)
class IdentityTerms:
    """What the monolith is asked about a client, and how its answer is read; times are in seconds.

    The gateway asks ``GET whoami`` with the credentials `send` and the further headers `add`, and waits `patience` at
    most. A status from 200 to 299 gives the identity: the `claims`, or the whole JSON object when none are named. One
    of `nobody_statuses` means an anonymous client, and `nobody` says what happens. With any other status, or without an
    answer, the client is unknown, and `unknown` says what happens. Identities are cached for `seconds`, anonymous
    answers for `nobody_seconds`, at most `most` of each. The service gets a token that is valid for `token_seconds`.
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
