"""Who writes the tables of a service."""

from __future__ import annotations

from strangler.model.location import Location
from strangler.model.system import (
    AccessMode,
    Call,
    CallKind,
    EntryKind,
    EntryPoint,
    Function,
    Module,
    Route,
    SystemFacts,
    TableAccess,
)
from strangler.planner.writers import find_writers
from strangler_analyzers.graph.system_graph import SystemGraph

_HERE = Location("m.py", 1)


def _system(kind: CallKind, *entries: EntryPoint) -> SystemGraph:
    """A route whose handler makes a function run that writes ``review``."""
    return SystemGraph(
        SystemFacts(
            "m",
            modules=(Module("m", "m.py", 9),),
            functions=(Function("m:view", _HERE, 3), Function("m:save", Location("m.py", 5), 6)),
            calls=(Call("m:view", Location("m.py", 2), 0, "m:save", kind),),
            accesses=(TableAccess("m:save", Location("m.py", 6), 0, "review", AccessMode.WRITE, "save"),),
            routes=(Route("/", "POST", "m:view", "flask", _HERE, entry=("m:view",)),),
            entry_points=entries,
        )
    )


def test_a_write_after_the_commit_is_the_routes_own() -> None:
    """It happens before the answer: the route is held."""
    writers = find_writers(_system(CallKind.AFTER_COMMIT), ["review"], [])
    assert [writer.name for writer in writers.staying] == ["POST /"]
    assert writers.outside == ()


def test_work_in_the_background_passes_no_gateway() -> None:
    """A thread that a request starts may write while its route is held."""
    writers = find_writers(_system(CallKind.ASYNC), ["review"], [])
    assert writers.staying == ()
    assert [(writer.name, writer.location.line) for writer in writers.outside] == [("background m:save", 2)]


def test_a_task_is_named_once() -> None:
    """An entry point that is queued is listed as what it is."""
    task = EntryPoint(EntryKind.TASK, "m.save", "m:save", Location("m.py", 5))
    writers = find_writers(_system(CallKind.ASYNC, task), ["review"], [])
    assert [writer.name for writer in writers.outside] == ["task m.save"]
