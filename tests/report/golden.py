"""What the front end's tests are held to: a document, the ways of requests and the cuts as Python sees them.

``python -m tests.report.golden`` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import msgspec

from strangler.model.identifiers import route_id
from strangler.model.json_value import Json
from strangler.model.system import variant_name
from strangler.report.document.document import report_document
from strangler_analyzers.boundaries.crossings import Crossing, CrossingKind
from strangler_analyzers.graph.request_path import AccessStep, CallStep, PathOptions, Step
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts
from tests.report.cuts import counts_of, cuts

FILE = Path(__file__).parents[2] / "strangler" / "report" / "web" / "src" / "data" / "golden.json"
WHAT_IFS = 25
SERVICES = ("sales", "goods", "people", "the rest", "shared")


def golden() -> bytes:
    """The shop's document with the steps of every route, with effects only and all of them, and cuts after moves."""
    graph = SystemGraph(shop_facts())
    document = report_document(graph, summarise(graph))
    return msgspec.json.encode({"document": document, "requests": _requests(graph), "cuts": _cuts(graph)}) + b"\n"


def _cuts(graph: SystemGraph) -> Json:
    random, shop = Random(3), cuts(graph)
    rows: list[Json] = []
    for number in range(WHAT_IFS):
        moves = [f"{random.choice(shop.movable)}>{random.choice(SERVICES)}" for _ in range(number)]
        drawn = shop.after(moves)
        crossings = [_crossing(item) for item in drawn.crossings]
        rows.append({"moves": moves, "counts": counts_of(drawn), "crossings": crossings, "hops": drawn.hops})
    return rows


def _crossing(item: Crossing) -> Sequence[Json]:
    """``[kind, source, targets, function, tables, remedy]``; who of several writers is named first does not matter."""
    function = "" if item.kind is CrossingKind.WRITERS else item.function
    tables = [] if item.kind is CrossingKind.KEY else list(item.tables)
    return [item.kind.value, item.source, list(item.targets), function, tables, item.remedy]


def _requests(graph: SystemGraph) -> Json:
    return {
        f"{route_id(route.method, route.path)} {'effects' if effects else 'all'}": [
            row for first in (*path.middleware, *path.handler, *path.helpers) for row in _rows(first, 0)
        ]
        for effects in (True, False)
        for route in graph.facts.routes
        for path in (graph.request_path(route, PathOptions(effects_only=effects)),)
    }


def _rows(step: Step, depth: int) -> Iterator[list[Json]]:
    """``[depth, what, name, place, loop, transaction, savepoint, continuation]`` of a step and all below it."""
    match step:
        case CallStep():
            what, name, continuation = "call", variant_name(step.function, step.context), step.continuation.value
        case AccessStep():
            what, name, continuation = step.mode.value, step.table, "shown"
        case _:
            what, name, continuation = "outside", f"{step.kind.value} {step.name}", "shown"
    around = step.transaction
    begin = "" if around is None else str(around.begin)
    savepoint = "" if around is None or around.savepoint is None else str(around.savepoint)
    yield [depth, what, name, str(step.location), step.in_loop, begin, savepoint, continuation]
    if isinstance(step, CallStep):
        for inner in step.steps:
            yield from _rows(inner, depth + 1)


if __name__ == "__main__":
    FILE.write_bytes(golden())
