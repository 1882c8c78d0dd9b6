"""The part of a route that orders can change while requests pass, and that a gateway keeps across restarts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from strangler.model.authority import Side
from strangler.project import Override
from strangler_gateway.routing.arms import ArmWeight


class NamedArm(Protocol):
    """What every form of an arm has."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def side(self) -> Side:
        """The side whose data it works on."""
        ...


@dataclass(frozen=True, slots=True)
class Shift:
    """A change to the traffic of some routes: the share of v2 in percent, the override, or the arms' weights by name.

    None leaves the share or override as it is; no weights leave the arms as they are, and with some, an arm that is not
    named gets weight 0. `everybody` means blue/green: the shift applies to routes that are not sticky too, because
    nobody sees both sides by turns.
    """

    v2: float | None = None
    override: Override | None = None
    weights: Mapping[str, float] = field(default_factory=dict[str, float])
    everybody: bool = False

    def opens(self, arms: Iterable[NamedArm]) -> bool:
        """Whether the shift may send requests to v2, on a route with these arms."""
        weighed = any(self.weights.get(arm.name) and arm.side is Side.V2 for arm in arms)
        return bool(self.v2 or self.override or weighed)

    def __str__(self) -> str:
        parts = [f"{self.v2:g} % to v2"] if self.v2 is not None else []
        parts += [f"{self.override} chooses"] if self.override else []
        parts += [f"{name} {weight:g}" for name, weight in self.weights.items()]
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class RouteTraffic:
    """The traffic of one route; `v2` and `shadow` are percentages, `rolled_back` means that nothing goes to v2."""

    v2: float = 0
    rolled_back: bool = False
    override: Override | None = None
    arms: tuple[ArmWeight, ...] = ()
    shadow: float = 0

    def read_anew(self, before: RouteTraffic, now: RouteTraffic) -> RouteTraffic:
        """Return the traffic in force when the project file changes from `before` to `now`.

        An order stays until the file changes what it is about. The share with rollback and arms, the override, and the
        shadow share are compared separately: a new shadow share ends no rollback.
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
        """Return it rolled back: no share, no weight for arms on the data of v2, and no request may choose v2."""
        arms = tuple(replace(arm, weight=0.0) if arm.side is Side.V2 else arm for arm in self.arms)
        return replace(self, v2=0.0, rolled_back=True, arms=arms)

    def shifted(self, shift: Shift) -> RouteTraffic:
        """Return it after a shift; a shift that sends requests to v2 ends a rollback."""
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
