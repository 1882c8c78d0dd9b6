"""What a move asks of the gateways: all of them together, as if they were one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from strangler.model.authority import Side


@dataclass(frozen=True, slots=True)
class WriterRoute:
    """A route of the monolith, in the language of path templates, that writes a service's tables."""

    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Hold:
    """What is held: a service's own writes and further routes, for how many requests and seconds at most."""

    service: str
    routes: tuple[WriterRoute, ...]
    limit: int
    seconds: float
    epoch: int


class Gateways(Protocol):
    """Every gateway that follows the plan, asked together.

    Each method returns when all have confirmed, and raises UnavailableError, naming those that have not, otherwise.
    """

    def hold(self, hold: Hold) -> None:
        """Let the requests wait that write the service's tables."""
        ...

    def writes_in_flight(self, service: str, side: Side) -> int:
        """How many requests that write the service's tables have been forwarded and not answered yet."""
        ...

    def set_authority(self, service: str, side: Side, epoch: int) -> None:
        """Send the service's writes to `side` from now on; a gateway that knows a later epoch refuses."""
        ...

    def release(self, service: str, epoch: int) -> None:
        """Let go on what is held."""
        ...
