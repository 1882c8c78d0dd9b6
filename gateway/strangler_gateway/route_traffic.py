"""What of a route can be changed while requests pass: the part of the traffic an order sets and a gateway keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from strangler.model.authority import Side
from strangler.project import Override
from strangler_gateway.arms import ArmWeight, PlannedArm


@dataclass(frozen=True, slots=True)
class RouteTraffic:
    """Of v2 and `shadow` the share in percent, the arms, who chooses, and whether nobody is sent to v2 at all."""

    v2: float = 0
    rolled_back: bool = False
    override: Override | None = None
    arms: tuple[ArmWeight, ...] = ()
    shadow: float = 0

    def withdrawn(self) -> RouteTraffic:
        """Return the same for nobody: no share, no weight for an arm on the data of v2, no choice."""
        arms = tuple(replace(arm, weight=0.0) if arm.side is Side.V2 else arm for arm in self.arms)
        return replace(self, v2=0.0, rolled_back=True, arms=arms)

    def with_share(self, v2: float) -> RouteTraffic:
        """Return the same with another share; one that is not zero ends a rollback."""
        return replace(self, v2=v2, rolled_back=self.rolled_back and not v2)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where requests may go under one authority: by choice, by the name of a side or an arm, and by weight."""

    choices: Mapping[bytes, Side | PlannedArm] = field(default_factory=dict[bytes, "Side | PlannedArm"])
    arms: tuple[PlannedArm, ...] = ()

    @classmethod
    def of(cls, arms: tuple[PlannedArm, ...], *sides: Side) -> Reach:
        """Return what of `arms` and the sides themselves is on one of `sides`."""
        reached = tuple(arm for arm in arms if arm.side in sides)
        named: dict[bytes, Side | PlannedArm] = {arm.name.encode(): arm for arm in reached}
        return cls(MappingProxyType(named | {side.encode(): side for side in sides}), reached)
