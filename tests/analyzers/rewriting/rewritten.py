"""Small monoliths, rewritten: what becomes of each file."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from strangler.model.progress import SilentProgress
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze
from strangler_analyzers.rewriting.answering import Answering
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.file_results import Failed, FileResult
from strangler_analyzers.rewriting.plan import RewritePlan, plan_rewrite
from strangler_analyzers.rewriting.writing import write_changes

BOUNDARY = Boundary("reviews", ("app.reviews",), frozenset({"reviews_review", "review"}))


def plan_of(root: Path, requests: Mapping[str, str] | None = None) -> RewritePlan:
    """Analyse what lies in a folder, and plan to reach ``app.reviews`` through a port."""
    facts = analyze(root, SilentProgress(), workers=1)
    return plan_rewrite(
        SystemGraph(facts), BOUNDARY, lambda file: (root / file).read_bytes(), Answering(requests or {})
    )


def result_of(plan: RewritePlan, file: str) -> FileResult:
    """What becomes of a file."""
    return next(result for result in plan.files if result.file == file)


def apply(plan: RewritePlan, root: Path) -> None:
    """Write every change; all must have succeeded."""
    for result in write_changes(plan.files, root, "app/reviews_port"):
        assert not isinstance(result, Failed), result


@contextmanager
def importable(root: Path) -> Generator[None]:
    """Let the package ``app`` below a folder be imported, and forget it again."""
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(root))
        for name in [name for name in sys.modules if name == "app" or name.startswith("app.")]:
            del sys.modules[name]
