"""Where a migration could begin: the parts that could leave, in the order of `strangler suggest --first`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from strangler.model.json_value import Json
from strangler.report.document.columns import columns
from strangler.report.document.structure import Structure
from strangler_analyzers.boundaries.extraction_order import Candidate, Vital


@dataclass(frozen=True, slots=True)
class Part:
    """A part that could leave; `crossings` would cross its boundary, and `vital` says why it must not be the first."""

    name: str
    tables: tuple[str, ...]
    routes: int
    crossings: int
    relative_cost: float
    vital: tuple[Vital, ...]


def parts(order: Iterable[Candidate]) -> tuple[Part, ...]:
    """The parts of an extraction order, as the report shows them."""
    return tuple(
        Part(item.name, item.tables, len(item.routes), len(item.crossings), item.relative_cost, item.vital_kinds)
        for item in order
    )


def beginning_section(order: Sequence[Part] | None, structure: Structure) -> Json:
    """One row per part, the cheapest first and vital ones last; null if they were not weighed."""
    if order is None:
        return None
    return columns(
        ("name", "tables", "routes", "crossings", "cost", "vital"),
        (
            [
                item.name,
                [structure.tables.of(table) for table in item.tables],
                item.routes,
                item.crossings,
                round(item.relative_cost, 2),
                [kind.value for kind in item.vital],
            ]
            for item in order
        ),
    )
