"""What a service will need from others: the uses that its code makes, in the monolith, of what they own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from strangler.model.drafted_use import DraftedUse
from strangler_analyzers.boundaries.crossings import Crossing, CrossingKind
from strangler_analyzers.boundaries.ownership import Service

_VERBS: Mapping[CrossingKind, str] = {
    CrossingKind.CALL: "calls",
    CrossingKind.READ: "reads",
    CrossingKind.WRITE: "writes",
}
"""The other kinds of crossings consist of these, or are no need at run time: keys, code that only computes."""


def drafted_uses(found: Iterable[Crossing], service: Service, others: Collection[Service]) -> tuple[DraftedUse, ...]:
    """Each thing that a service uses of the others once, at its first use; by service, calls before tables."""
    places: dict[tuple[Service, str], str] = {}
    for item in sorted(found, key=lambda item: item.location):
        if item.source == service and item.kind in _VERBS:
            what = f"{_VERBS[item.kind]} {item.subject if item.kind is CrossingKind.CALL else item.tables[0]}"
            for other in item.targets:
                if other in others and other != service:
                    places.setdefault((other, what), str(item.location))
    return tuple(DraftedUse(other, what, place) for (other, what), place in sorted(places.items()))
