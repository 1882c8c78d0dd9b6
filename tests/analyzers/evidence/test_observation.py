"""A recorded run beside the static analysis."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from strangler.model.errors import InputError
from strangler.model.evidence import UnmatchedRequest
from strangler.model.recording import RecordedFunction, Recording
from strangler.model.system import SystemFacts
from strangler_analyzers.evidence.observation import observe
from strangler_analyzers.evidence.recordings import RecordedPart, encode_recording, joined, load_recording
from strangler_analyzers.graph.comparison import observed_summary
from strangler_analyzers.graph.elements import EdgeKind, edges
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.source_tree import facts_of

_SHOP = """\
import sqlite3

from flask import Flask

app = Flask(__name__)


def traced(function):
    return function


@app.get("/orders/<int:number>")
@traced
def order(number):
    load(number)
    names = [plain(name) for name in getattr(order, "names", ())]
    return getattr(names, "x", hidden)()


def load(number):
    if not number:
        plain(number)
    sqlite3.connect("db").execute("SELECT * FROM orders JOIN lines ON lines.number = orders.number")


def plain(name):
    return name


def hidden():
    return ""
"""


def _part() -> RecordedPart:
    functions = [
        ("shop/app.py", 12, "order"),
        ("shop/app.py", 20, "load"),
        ("shop/app.py", 15, "<listcomp>"),
        ("shop/app.py", 26, "plain"),
        ("shop/app.py", 30, "hidden"),
        ("shop/gone.py", 1, "gone"),
    ]
    return RecordedPart(
        functions=dict(enumerate(functions, 1)),
        adjacent=[(1, 2), (3, 4), (1, 5)],
        through=[(1, 5)],
        requests={0: ("GET", "/orders/7"), 1: ("POST", "/orders/7")},
        statements=[(2, 0, "SELECT a FROM ORDERS WHERE mail = 'bob@example.com'"), (0, -1, "COMMIT")],
    )


@pytest.fixture(name="facts")
def _facts(tmp_path: Path) -> SystemFacts:
    facts = facts_of(tmp_path, {"shop/app.py": _SHOP})
    return replace(facts, observed=observe(facts, joined([_part()])))


def test_code_is_known_by_its_place(facts: SystemFacts) -> None:
    """Decorators come before the line of a function, a comprehension counts for what is around it."""
    run = facts.observed
    assert run is not None
    assert run.calls == (
        ("shop.app:order", "shop.app:hidden"),
        ("shop.app:order", "shop.app:load"),
        ("shop.app:order", "shop.app:plain"),
    )
    assert run.routes == (("/orders/{number}", "GET"),)
    assert run.unmatched == (UnmatchedRequest("/orders/{}", "POST", 1),)
    assert run.reads == (("shop.app:load", "orders"),)
    assert run.route_reads == (("/orders/{number}", "GET", "orders"),)
    assert run.unknown_functions == 1


def test_what_each_alone_misses_is_listed(facts: SystemFacts) -> None:
    """What did not run is not held against the analysis."""
    summary = observed_summary(SystemGraph(facts))
    assert summary is not None
    assert (summary.functions_run, summary.functions) == (5 - 1, 5)
    assert (summary.calls.both, summary.calls.only_static) == (2, ("shop.app:load -> shop.app:plain",))
    assert summary.calls.only_observed == ("shop.app:order -> shop.app:hidden",)
    assert summary.reads.only_static == ("shop.app:load -> lines",)
    assert (summary.route_reads.recall, summary.route_reads.confirmed) == (1.0, 0.5)
    assert (summary.writes.recall, summary.writes.confirmed) == (None, None)


def test_edges_a_run_confirms_are_marked_and_others_added(facts: SystemFacts) -> None:
    """The graph tells static and observed edges apart."""
    calls = [edge for edge in edges(facts) if edge.kind is EdgeKind.CALLS]
    marked = {(edge.source, edge.target): edge.attributes["observed"] for edge in calls}
    assert marked["function:shop.app:order", "function:shop.app:load"] is True
    assert marked["function:shop.app:load", "function:shop.app:plain"] is False
    added = [(edge.source, edge.target, edge.attributes) for edge in edges(facts) if edge.kind is EdgeKind.OBSERVED]
    assert added == [("function:shop.app:order", "function:shop.app:hidden", {"through_library": False})]


def test_processes_join_in_any_order() -> None:
    """Which process ended first says nothing; the values of statements are gone."""
    other = RecordedPart({1: ("a.py", 1, "f"), 3: ("shop/app.py", 20, "load")}, [(1, 3)], [], {}, [])
    recording = joined([_part(), other])
    assert recording == joined([other, _part()])
    assert recording.functions[0] == RecordedFunction("a.py", 1, "f")
    assert "bob@example.com" not in repr(recording)


def test_a_recording_survives_its_file(tmp_path: Path) -> None:
    """A damaged one is told, with what to do."""
    recording, path = joined([_part()]), tmp_path / "recording.json"
    path.write_bytes(encode_recording(recording))
    assert load_recording(path) == recording
    path.write_bytes(encode_recording(recording).replace(b'"adjacent":[', b'"adjacent":[7,'))
    with pytest.raises(InputError, match=r"is damaged: .*; run: strangler record -- COMMAND"):
        load_recording(path)
    assert Recording() == joined([])
