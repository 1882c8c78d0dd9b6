"""Who may write a service's tables, and how far a move of that right has come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """One of the two implementations of a service."""

    V1 = "v1"
    """The monolith, with the source database."""
    V2 = "v2"
    """The new service, with the target database."""

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.V2 if self is Side.V1 else Side.V1


class MoveStep(StrEnum):
    """The last step of a move that was completed and written down.

    ``settled -> holding -> moved -> opened -> settled``, or ``holding -> settled`` when the move is given up
    """

    SETTLED = "settled"
    """No move is under way."""
    HOLDING = "holding"
    """A move has begun: gateways may hold requests. The side it leaves is still open."""
    MOVED = "moved"
    """The side the move leaves refuses writes and the authority has changed. Its side is not open yet: the way is
    forward."""
    OPENED = "opened"
    """The new side accepts writes; gateways may still send them to the old one, which refuses them."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Which side may write the tables of `service`; `epoch` grows with every step that another process must not undo.

    While `step` is ``holding``, a move away from `side` is under way; while it is ``moved`` or ``opened``, one to
    `side` is being finished.
    """

    service: str
    side: Side = Side.V1
    epoch: int = 1
    step: MoveStep = MoveStep.SETTLED
