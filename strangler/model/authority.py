"""The authority over a service: which side may write its tables, and how far a move of that right has come."""

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
    """The last step of a move that is complete and recorded.

    ``settled -> holding -> moved -> opened -> settled``, or ``holding -> settled`` when the move is abandoned.
    """

    SETTLED = "settled"
    """No move is in progress."""
    HOLDING = "holding"
    """A move has begun: gateways may hold requests. The old side still accepts writes."""
    MOVED = "moved"
    """The old side refuses writes and the authority has changed. The new side does not accept writes yet; the move can
    only go forward."""
    OPENED = "opened"
    """The new side accepts writes. Gateways may still send some to the old one, which refuses them."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Which side may write the tables of `service`; `epoch` grows with every step that another process must not undo.

    While `step` is ``holding``, a move away from `side` is in progress; while it is ``moved`` or ``opened``, a move to
    `side` is being completed.
    """

    service: str
    side: Side = Side.V1
    epoch: int = 1
    step: MoveStep = MoveStep.SETTLED
