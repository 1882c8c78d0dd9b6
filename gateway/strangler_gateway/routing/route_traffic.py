"""What of a route can be changed while requests pass: the part of the traffic an order sets and a gateway keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from strangler.model.authority import Side
from strangler.project import Override
from strangler_gateway.routing.arms import ArmWeight


class NamedArm(Protocol):
    """What is known of an arm wherever it stands."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def side(self) -> Side:
        """On whose data it works."""
        ...


@dataclass(frozen=True, slots=True)
class Shift:
    """What changes of the traffic of some routes: a share, who chooses, or the weights of their arms by name.

    What is None stays, and so do the arms when there are no weights; with some, an arm that is not named gets none.
    `everybody` is blue/green: routes that are not sticky are meant too, because nobody sees both sides by turns.
    """

    v2: float | None = None
    override: Override | None = None
    weights: Mapping[str, float] = field(default_factory=dict[str, float])
    everybody: bool = False

    def opens(self, arms: Iterable[NamedArm]) -> bool:
        """Whether somebody may get to v2 by it where the arms are these."""
        weighed = any(self.weights.get(arm.name) and arm.side is Side.V2 for arm in arms)
        return bool(self.v2 or self.override or weighed)

    def __str__(self) -> str:
        parts = [f"{self.v2:g} % to v2"] if self.v2 is not None else []
        parts += [f"{self.override} chooses"] if self.override else []
        parts += [f"{name} {weight:g}" for name, weight in self.weights.items()]
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class RouteTraffic:
    """Of v2 and `shadow` the share in percent, the arms, who chooses, and whether nobody is sent to v2 at all."""

    v2: float = 0
    rolled_back: bool = False
    override: Override | None = None
    arms: tuple[ArmWeight, ...] = ()
    shadow: float = 0

    def read_anew(self, before: RouteTraffic, now: RouteTraffic) -> RouteTraffic:
        """Return what holds when the project file said `before` and says `now`: an order stays until that is new.

        Who gets to v2, who chooses, and what is copied are each for themselves: that more is copied ends no rollback.
        """
        same_share = (before.v2, before.rolled_back, before.arms) == (now.v2, now.rolled_back, now.arms)
        share = self if same_share else now
        return RouteTraffic(
            share.v2,
            share.rolled_back,
            self.override if before.override == now.override else now.override,
            share.arms,
            self.shadow if before.shadow == now.shadow else now.shadow,
        )

    def withdrawn(self) -> RouteTraffic:
        """Return the same for nobody: no share, no weight for an arm on the data of v2, no choice."""
        arms = tuple(replace(arm, weight=0.0) if arm.side is Side.V2 else arm for arm in self.arms)
        return replace(self, v2=0.0, rolled_back=True, arms=arms)

    def shifted(self, shift: Shift) -> RouteTraffic:
        """Return the same after a shift; one that sends somebody to v2 ends a rollback."""
        arms = self.arms
        if shift.weights:
            arms = tuple(replace(arm, weight=shift.weights.get(arm.name, 0.0)) for arm in arms)
        return replace(
            self,
            v2=self.v2 if shift.v2 is None else shift.v2,
            override=shift.override or self.override,
            arms=arms,
            rolled_back=self.rolled_back and not shift.opens(arms),
        )
