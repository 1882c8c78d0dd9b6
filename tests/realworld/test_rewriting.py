"""Applications nobody here wrote, rewritten: nothing breaks, and only lines with calls and imports change."""

from __future__ import annotations

import ast
import difflib
import time
from dataclasses import dataclass

import pytest

from benchmarks.wheels import WheelUnavailableError, unpacked
from strangler.model.progress import SilentProgress
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze
from strangler_analyzers.rewriting.answering import Answering
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.file_results import Changed, Failed
from strangler_analyzers.rewriting.patch import patch
from strangler_analyzers.rewriting.plan import plan_rewrite
from strangler_analyzers.rewriting.seams import FunctionCall

pytestmark = pytest.mark.realworld


@dataclass(frozen=True)
class Extraction:
    """A part of an application, taken to be a service; `calls` is how many calls at least go through its port."""

    requirement: str
    package: str
    module: str
    tables: str
    """What the names of its tables begin with."""
    calls: int


@pytest.mark.parametrize(
    "part",
    [
        Extraction("django-oscar==4.2.1", "oscar", "oscar.apps.catalogue.reviews", "reviews_", 0),
        Extraction("zou==1.0.97", "zou", "zou.app.services.comments_service", "comment", 50),
        Extraction("prefect==3.8.8", "prefect", "prefect.server.models.flow_runs", "flow_run", 35),
        Extraction("pretix==2026.8.0", "pretix", "pretix.base.services.mail", "pretixbase_outgoingmail", 25),
    ],
    ids=lambda part: part.package,
)
def test_a_part_of_an_application_is_rewritten(part: Extraction) -> None:
    """No crash; every changed file compiles; lines without a call or an import of the part are as they were."""
    try:
        root = unpacked(part.requirement) / part.package
    except WheelUnavailableError as error:
        pytest.skip(str(error))
    graph = SystemGraph(analyze(root, SilentProgress()))
    tables = frozenset(table.name for table in graph.facts.tables if table.name.startswith(part.tables))
    boundary = Boundary("taken", (part.module,), tables)
    begin = time.process_time()
    plan = plan_rewrite(graph, boundary, lambda file: (root / file).read_bytes(), Answering())
    seconds = time.process_time() - begin
    assert plan.seams
    assert not [result for result in plan.files if isinstance(result, Failed)]
    changed = [result for result in plan.files if isinstance(result, Changed)]
    for result in changed:
        compile(result.after, result.file, "exec", dont_inherit=True)
        if result.before is not None:
            sites = {s.place.line for s in plan.seams if isinstance(s, FunctionCall) and s.place.file == result.file}
            _check_lines(result.before, result.after, sites)
    assert sum(result.calls for result in changed) >= part.calls
    assert bool(patch(plan.files)) == bool(changed)
    print(  # noqa: T201 - shown with -rP
        f"{part.package}: {len(plan.seams)} seams, {sum(r.calls for r in changed)} calls in"
        f" {sum(r.before is not None for r in changed)} files, {len(plan.left)} left, {seconds:.1f} s"
    )


def _check_lines(before: bytes, after: bytes, sites: set[int]) -> None:
    """Only lines of sites and imports go, and lines that come name the port."""
    allowed = set(sites)
    for node in ast.walk(ast.parse(before)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            allowed.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for kind, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            assert {number for number in range(i + 1, j + 1) if old[number - 1].strip()} <= allowed
            assert all(b"taken_port" in line or b"import" in line or not line.strip(b" ()\r\n") for line in new[k:m])
