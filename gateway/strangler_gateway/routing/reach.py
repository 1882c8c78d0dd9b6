"""The sides and arms that the requests of a route may go to."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.authority import Side
from strangler_gateway.routing.arms import PlannedArm


class Reach:
    """Where requests may go under one authority: `arms` by weight, and `choices` by the name of a side or an arm."""

    __slots__ = ("arms", "choices")

    def __init__(self, arms: Iterable[PlannedArm], *sides: Side) -> None:
        """Include the given sides, and those of `arms` that are on one of them."""
        self.arms = tuple(arm for arm in arms if arm.side in sides)
        self.choices: dict[bytes, Side | PlannedArm] = {arm.name.encode(): arm for arm in self.arms}
        for side in sides:
            self.choices[side.encode()] = side
