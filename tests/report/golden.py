"""What the front end's tests are held to: a document, and the ways of requests as Python walks them.

``python -m tests.report.golden`` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from strangler.model.identifiers import route_id
from strangler.model.json_value import Json
from strangler.model.system import variant_name
from strangler.report.document.document import report_document
from strangler_analyzers.graph.request_path import AccessStep, CallStep, PathOptions, Step
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts

FILE = Path(__file__).parents[2] / "strangler" / "report" / "web" / "src" / "data" / "golden.json"


def golden() -> bytes:
    """The shop's document with the steps of every route, with effects only and all of them."""
    graph = SystemGraph(shop_facts())
    document = report_document(graph, summarise(graph))
    return msgspec.json.encode({"document": document, "requests": _requests(graph)}) + b"\n"


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
