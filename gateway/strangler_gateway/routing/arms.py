"""Arms: named, weighted parts of the clients, as in an A/B test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from strangler.model.authority import Side
from strangler_gateway.routing.sticky import place_of
from strangler_gateway.transport.origin import Origin


@dataclass(frozen=True, slots=True)
class PlannedArm:
    """An arm on the data of `side`; its share is its `weight` by the sum of all. No origins means those of the side."""

    name: str
    side: Side
    weight: float
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class ArmWeight:
    """The part of an arm an order can change; its origins stay those of the plan."""

    name: str
    side: Side
    weight: float


def chosen_arm(service: str, key: bytes, arms: Sequence[PlannedArm]) -> PlannedArm | None:
    """Return the arm of a client, None when no arm has a weight.

    Weighted rendezvous hashing (Schindelhauer, Schomaker: Weighted Distributed Hash Tables, SPAA 2005): each arm draws
    from its own hash of the client, and the best draw wins. Each arm wins in proportion to its weight, every gateway
    draws alike, and an arm whose weight is raised takes clients from the others: no client moves between those.
    """
    best: PlannedArm | None = None
    best_draw = 0.0
    for arm in arms:
        if arm.weight <= 0:
            continue
        draw = arm.weight / -log(_between_zero_and_one(place_of(f"{service}/{arm.name}", key)))
        # Draws of very small weights are equal; the order of the arms in the file must not decide between them.
        if best is None or (draw, arm.name) > (best_draw, best.name):
            best, best_draw = arm, draw
    return best


def weighted(arms: Sequence[PlannedArm], weights: Sequence[ArmWeight]) -> tuple[PlannedArm, ...]:
    """Return the arms that `weights` names, with the origins they have in `arms`."""
    origins = {(arm.name, arm.side): arm.origins for arm in arms}
    return tuple(PlannedArm(arm.name, arm.side, arm.weight, origins.get((arm.name, arm.side), ())) for arm in weights)


def _between_zero_and_one(place: int) -> float:
    """Return a place of 64 bits as a fraction strictly between 0 and 1: its upper 52 bits plus a half, exact."""
    return ((place >> 12) + 0.5) / (1 << 52)
