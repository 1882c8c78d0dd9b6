"""The plan as a list that is read from the top: the first entry that matches a request decides where it goes.

Nearly every proxy reads its configuration like this. The routes are in order of precedence. Each becomes several
entries, since methods are treated differently, and requests that ask for a side or an arm come before the share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from strangler.model.authority import Side
from strangler.project import Condition, ConditionSource, StickySource
from strangler_gateway.export.pools import Pool, Pools
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.requests.facts import SHARED_METHODS
from strangler_gateway.routing.arms import PlannedArm
from strangler_gateway.routing.plan import Route
from strangler_gateway.routing.reach import Reach
from strangler_gateway.routing.route_table import RouteTable, takes

WHOLE = 1_000_000
"""The sum of the weights of an entry's targets: shares are exact to a ten-thousandth of a percent."""


class Repeat(Enum):
    """After which failures a request is tried again, by its methods (RFC 9110, section 9.2)."""

    SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
    """After any failure, also at the other side."""
    IDEMPOTENT = ("PUT", "DELETE")
    """After any failure, at the same side."""
    NEVER = ()
    """Only after failures that show that nothing was sent."""


@dataclass(frozen=True, slots=True)
class Target:
    """Hosts that get `weight` of `WHOLE`, and the `fallback` that answers when they fail."""

    pool: Pool
    fallback: Pool | None = None
    weight: int = WHOLE


@dataclass(frozen=True, slots=True)
class Entry:
    """Requests of a route with `methods` (all when empty), and with `asked` if given, go to the targets by weight.

    Methods of an earlier entry of the route are excluded. `shadow` is where copies go.
    """

    route: Route
    methods: tuple[str, ...]
    repeat: Repeat
    targets: tuple[Target, ...]
    asked: Condition | None = None
    shadow: Pool | None = None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions a request must meet."""
        return (*self.route.conditions, *((self.asked,) if self.asked else ()))


def entries_of(setting: ExportSetting) -> list[Entry]:
    """Return the entries of every route, in order of precedence."""
    pools = Pools(setting.plan)
    return [
        entry
        for _, route in RouteTable(setting.plan.routes).ranked
        for entry in _RouteEntries(setting, pools, route).all()
    ]


@dataclass(frozen=True, slots=True)
class _RouteEntries:
    setting: ExportSetting
    pools: Pools
    route: Route

    @property
    def _authority(self) -> Side:
        return self.setting.sides.get(self.route.service, Side.V1)

    def all(self) -> Iterator[Entry]:
        for methods, repeat, shared in _method_groups(self.route):
            if shared:
                yield from self._shared(methods, repeat)
            else:
                yield Entry(self.route, methods, repeat, (self._target(self._authority, repeat),))

    def _shared(self, methods: tuple[str, ...], repeat: Repeat) -> Iterator[Entry]:
        by_share = self._by_share(repeat)
        for asked, choice in self._choices():
            targets = (Target(self._pool(choice)),)
            if targets != by_share:
                yield Entry(self.route, methods, repeat, targets, asked)
        yield Entry(self.route, methods, repeat, by_share, shadow=self._shadow(by_share, repeat))

    def _choices(self) -> Iterator[tuple[Condition, Side | PlannedArm]]:
        """Yield the conditions by which requests ask for a side or arm the route reaches, with that side or arm."""
        override = self.route.asked_by
        source = ConditionSource.COOKIE if override.key.source is StickySource.COOKIE else ConditionSource.HEADER
        service = self.setting.plan.services[self.route.service]
        for name, choice in self._reach.choices.items():
            if override.value is not None and name != Side.V2.encode():
                continue
            if isinstance(choice, PlannedArm) or service.upstreams(choice):
                yield Condition(source, override.key.name, override.value or name.decode()), choice

    @property
    def _reach(self) -> Reach:
        return self.route.reach(self._authority)

    def _by_share(self, repeat: Repeat) -> tuple[Target, ...]:
        weighed = [arm for arm in self._reach.arms if arm.weight > 0]
        if weighed:
            # v2 comes first: where a hash places the clients, those at v2 then stay there when its share grows.
            ordered = sorted(weighed, key=lambda arm: arm.side is Side.V1)
            weights = parts_of_whole([arm.weight for arm in ordered])
            return tuple(self._target(arm, repeat, weight) for arm, weight in zip(ordered, weights, strict=True))
        share = 0 if self._reach.arms or self._authority is Side.V2 else self.route.share
        to_v2 = round(share / 100 * WHOLE)
        if to_v2 <= 0:
            return (self._target(self._authority, repeat),)
        if to_v2 >= WHOLE:
            return (self._target(Side.V2, repeat),)
        return (self._target(Side.V2, repeat, to_v2), self._target(Side.V1, repeat, WHOLE - to_v2))

    def _shadow(self, targets: Sequence[Target], repeat: Repeat) -> Pool | None:
        """Return where copies go: to the other side, when all originals go to one side."""
        if self.route.shadow.share <= 0 or repeat is not Repeat.SAFE or self._authority is Side.V2 or len(targets) > 1:
            return None
        side = Side.V2 if targets[0].pool.side is Side.V1 else Side.V1
        return self.pools.side(self.route.service, side)

    def _target(self, choice: Side | PlannedArm, repeat: Repeat, weight: int = WHOLE) -> Target:
        pool = self._pool(choice)
        answers = repeat is Repeat.SAFE and pool.side is Side.V2 and self._authority is Side.V1
        return Target(pool, self.pools.monolith if answers and pool.terms.fallback else None, weight)

    def _pool(self, choice: Side | PlannedArm) -> Pool:
        if isinstance(choice, PlannedArm):
            return self.pools.arm(self.route.service, choice)
        return self.pools.side(self.route.service, choice)


def _method_groups(route: Route) -> Iterator[tuple[tuple[str, ...], Repeat, bool]]:
    """Yield groups of a route's methods: the methods, how they are repeated, and whether a share applies to them."""
    rest = list(route.methods)
    for repeat in (Repeat.SAFE, Repeat.IDEMPOTENT):
        taken = [method for method in repeat.value if takes(route, method)]
        rest = [method for method in rest if method not in taken]
        shared = tuple(method for method in taken if route.stateless or method in SHARED_METHODS)
        alone = tuple(method for method in taken if method not in shared)
        if shared:
            yield shared, repeat, True
        if alone:
            yield alone, repeat, False
    if rest or not route.methods:
        yield tuple(rest), Repeat.NEVER, route.stateless


def parts_of_whole(weights: Sequence[float]) -> list[int]:
    """Return integers in proportion to the weights, with the sum `WHOLE`."""
    total = sum(weights)
    bounds = [round(sum(weights[:number]) / total * WHOLE) for number in range(len(weights) + 1)]
    return [upper - lower for lower, upper in pairwise(bounds)]
