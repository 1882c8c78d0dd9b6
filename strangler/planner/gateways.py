"""What a move asks of the gateways: all of them together, as if they were one."""

from __future__ import annotations

from typing import Protocol

from strangler.model.authority import Side
from strangler_gateway.admin.messages import HoldRequest


class Gateways(Protocol):
    """Every gateway that follows the plan; `strangler_gateway.admin.fleet` implements it.

    Each method returns when all gateways have confirmed; otherwise it raises UnavailableError, which names the others.
    """

    def hold(self, order: HoldRequest) -> None:
        """Hold the requests that write the service's tables."""
        ...

    def writes_in_flight(self, service: str, side: Side) -> int:
        """How many requests that write the service's tables have been forwarded and not answered yet."""
        ...

    def set_authority(self, service: str, side: Side, epoch: int) -> None:
        """Send the service's writes to `side` from now on; a gateway that knows a later epoch refuses."""
        ...

    def release(self, service: str, epoch: int) -> None:
        """Release the held requests to the authority of `epoch`; a gateway that does not know that epoch refuses."""
        ...
