"""Why a move of the authority is given up."""

from __future__ import annotations

from strangler.model.authority import Side
from strangler.model.errors import ExitCode, StranglerError


class MoveAbortedError(StranglerError):
    """The move was given up and everything is as it was before; `cause` says why."""

    exit_code = ExitCode.ENVIRONMENT

    def __init__(self, service: str, destination: Side, cause: str) -> None:
        super().__init__(
            f"the authority stays with {destination.other}: {cause}",
            where=f"service {service}",
            remedy="nothing was lost; mend the cause and try again",
        )
        self.service = service
        self.destination = destination
        self.cause = cause


class InFlightError(StranglerError):
    """Requests that write the service's tables did not end in time."""

    def __init__(self, service: str, writes: int, seconds: float) -> None:
        super().__init__(f"{writes} writes were still in flight after {seconds:g} s", where=f"service {service}")
        self.service = service
        self.writes = writes


class PauseError(StranglerError):
    """The held requests would be released before the move is over."""

    def __init__(self, service: str, seconds: float) -> None:
        super().__init__(f"the writes cannot be held for longer than {seconds:g} s", where=f"service {service}")
        self.service = service
        self.seconds = seconds
