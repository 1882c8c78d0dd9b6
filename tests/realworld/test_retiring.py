"""Applications nobody here wrote: what is called certainly dead did not run where it ran for real.

Recordings of them, made by others, are in the folder that ``TRUTHS`` names, as for ``make bench``: ``APP/trace.json``
has the functions that ran, by request.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

import pytest

from benchmarks.wheels import WheelUnavailableError, unpacked
from strangler.model.progress import SilentProgress
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze
from strangler_analyzers.retiring.erasing import erase
from strangler_analyzers.retiring.program import read_trees
from strangler_analyzers.retiring.removal import plan_removal
from strangler_analyzers.retiring.retirement import Retirement, RetireSource, find_dead
from strangler_analyzers.retiring.units import UnitKind
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.file_results import Failed
from strangler_analyzers.source.discovery import discover
from strangler_analyzers.source.templates import read_templates

pytestmark = pytest.mark.realworld

FOLDER = "TRUTHS"
CODE = {UnitKind.FUNCTION, UnitKind.METHOD, UnitKind.CLASS}
SERVICES = 8
"""Of each application the modules with most routes, each taken for a service in its turn."""


class Request(TypedDict):
    """A recorded request, as far as it is read: its handler, and the functions that ran, by number."""

    handler: str | None
    functions: list[int]


class Trace(TypedDict):
    """A recording, as far as it is read."""

    nodes: list[str]
    functions_executed: list[int]
    requests: list[Request]


@dataclass(frozen=True)
class Application:
    """An application on PyPI, with the folder of its recording."""

    requirement: str
    package: str
    recording: str


APPLICATIONS = (
    Application("django-oscar==4.2.1", "oscar", "django-oscar"),
    Application("zou==1.0.97", "zou", "zou"),
    Application("prefect==3.8.8", "prefect", "prefect"),
)


@dataclass(frozen=True)
class Recorded:
    """An application's map, source and recording."""

    root: Path
    graph: SystemGraph
    source: RetireSource
    trace: Trace

    def retirement(self, module: str, moved: frozenset[str]) -> Retirement:
        """Retire a module of which some paths have moved."""
        return find_dead(
            self.graph, Boundary("taken", (module,), frozenset()), lambda _, path: path in moved, self.source
        )


@cache
def _recorded(application: Application) -> Recorded:
    folder = os.environ.get(FOLDER)
    file = Path(folder or "") / application.recording / "trace.json"
    if not folder or not file.exists():
        pytest.skip(f"no recording: {FOLDER} names no folder with {application.recording}/trace.json")
    try:
        root = unpacked(application.requirement) / application.package
    except WheelUnavailableError as error:
        pytest.skip(str(error))
    graph = SystemGraph(analyze(root, SilentProgress()))
    trees, _ = read_trees(graph, lambda file: (root / file).read_bytes())
    templates = {item.name: (item.text, item.file) for item in read_templates(discover(root).templates)}
    return Recorded(root, graph, RetireSource(trees, templates), json.loads(file.read_text()))


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda item: item.package)
def test_what_nothing_uses_at_all_did_not_run(application: Application) -> None:
    """The whole application is the service, and no route has moved: what is dead is dead today."""
    recorded = _recorded(application)
    found = recorded.retirement(application.package, frozenset())
    dead = {name for name in found.dead if found.program.units[name].kind in CODE}
    ran = {recorded.trace["nodes"][number] for number in recorded.trace["functions_executed"]}
    assert {name for name in ran if found.program.unit_of(name) in dead} == set()
    assert ran
    print(f"{application.package}: {len(dead)} of {len(found.program.units)} dead, {len(ran)} functions ran")  # noqa: T201


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda item: item.package)
def test_what_is_dead_without_a_services_routes_did_not_run_for_others(application: Application) -> None:
    """Each in turn of the modules with most routes; what is removed leaves files that compile."""
    recorded = _recorded(application)
    paths: defaultdict[str, set[str]] = defaultdict(set)
    for route in recorded.graph.facts.routes:
        paths[".".join(route.handler.partition(":")[0].split(".")[:4])].add(route.path)
    total = 0
    for module in sorted(paths, key=lambda name: (-len(paths[name]), name))[:SERVICES]:
        found = recorded.retirement(module, frozenset(paths[module]))
        dead = {name for name in found.dead if found.program.units[name].kind in CODE}
        others = (request for request in recorded.trace["requests"] if request["handler"] not in found.moved.handlers)
        ran = {recorded.trace["nodes"][number] for request in others for number in request["functions"]}
        assert {name for name in ran if found.program.unit_of(name) in dead} == set()
        total += len(dead)
        removal = plan_removal(found)
        for file, erasure in removal.erasures.items():
            assert not isinstance(erase(file, (recorded.root / file).read_bytes(), erasure), Failed)
    print(f"{application.package}: {total} dead in {SERVICES} services")  # noqa: T201
