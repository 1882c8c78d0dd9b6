"""A recorded run compared with the static analysis, as a section of the summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import rich.console
from rich.text import Text

from strangler.cli.render.sections import columns, figure, listed, section
from strangler.model.quantity import quantity
from strangler_analyzers.graph.comparison import Comparison, ObservedSummary


def observed_section(observed: ObservedSummary | None, rows: int) -> Iterator[rich.console.RenderableType]:
    """What both have found, and what each of them misses; nothing without a recording."""
    if observed is None:
        return
    yield from section("Analysis beside the recorded run")
    yield Text(
        f"ran: {figure(observed.functions_run)} of {quantity(observed.functions, 'function')}, "
        f"{figure(observed.routes_entered)} of {quantity(observed.routes, 'route')}"
    )
    compared = _compared(observed)
    table = columns("", "both", "only in the run", "only in the source", "recall", "confirmed")
    for name, item in compared:
        counts = (item.both, len(item.only_observed), len(item.only_static))
        table.add_row(name, *map(figure, counts), _per_cent(item.recall), _per_cent(item.confirmed))
    yield table
    for name, item in compared:
        yield from listed(f"Only in the run: {name}", item.only_observed, rows)
    for name, item in compared:
        yield from listed(f"Only in the source, though it could have run: {name}", item.only_static, rows)
    unanswered = [f"{item.method} {item.path}" for item in observed.unmatched]
    yield from listed("Requests of the run no route answers", unanswered, rows)


def _compared(observed: ObservedSummary) -> Sequence[tuple[str, Comparison]]:
    return (
        ("calls", observed.calls),
        ("calls through libraries", observed.library_calls),
        ("function reads table", observed.reads),
        ("function writes table", observed.writes),
        ("request reads table", observed.route_reads),
        ("request writes table", observed.route_writes),
    )


def _per_cent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"
