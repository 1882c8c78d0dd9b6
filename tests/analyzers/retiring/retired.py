"""Small monoliths of which a service has been taken out: what is dead, and what is left of each file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from strangler.model.system import Confidence, SystemFacts
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.retiring.plan import RetirePlan, plan_retirement
from strangler_analyzers.retiring.program import read_trees
from strangler_analyzers.retiring.retirement import Retirement, RetireSource, find_dead
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.file_results import Failed
from strangler_analyzers.rewriting.writing import write_changes
from strangler_analyzers.source.discovery import discover
from strangler_analyzers.source.templates import read_templates
from tests.analyzers.source_tree import facts_of

BOUNDARY = Boundary("reviews", ("app.reviews",), frozenset({"reviews_review", "review"}))
ALL = "*"
"""As a method: every one."""


@dataclass(frozen=True)
class Retired:
    """A small monolith and its retirement."""

    root: Path
    retirement: Retirement
    plan: RetirePlan

    @property
    def certain(self) -> set[str]:
        """The names of what is certainly dead."""
        return {item.name for item in self.plan.certain}

    @property
    def likely(self) -> set[str]:
        """The names of what is likely dead."""
        return {item.name for item in self.plan.dead if item.confidence is Confidence.LIKELY}

    @property
    def kept(self) -> dict[str, str]:
        """What stays, and what uses it."""
        return {item.name: item.used_by for item in self.plan.kept}

    def left(self) -> dict[str, str]:
        """Remove what is certain; give what is left, by file."""
        results = write_changes(self.plan.files, self.root, "")
        failed = [result for result in results if isinstance(result, Failed)]
        assert not failed, failed
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes().decode()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }


def retired(
    root: Path, files: Mapping[str, str], moved: Collection[tuple[str, str]], despite: Collection[str] = ()
) -> Retired:
    """Write a monolith, and retire ``app.reviews``; `moved` are methods and paths that the service answers.

    `despite` are files, or places in them, whose texts and requests use nothing of it.
    """
    facts = facts_of(root, {name: text for name, text in files.items() if name.endswith(".py")})
    for name, text in files.items():
        if not name.endswith(".py"):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"))
    return retired_facts(root, facts, moved, despite)


def retired_facts(
    root: Path, facts: SystemFacts, moved: Collection[tuple[str, str]], despite: Collection[str] = ()
) -> Retired:
    """The same of a monolith that is there."""
    graph = SystemGraph(facts)

    def read(file: str) -> bytes:
        return (root / file).read_bytes()

    trees, _ = read_trees(graph, read)
    templates = {item.name: (item.text, item.file) for item in read_templates(discover(root).templates)}

    def answers(method: str, path: str) -> bool:
        return (method, path) in moved or (ALL, path) in moved

    retirement = find_dead(graph, BOUNDARY, answers, RetireSource(trees, templates, left_alone=frozenset(despite)))
    return Retired(root, retirement, plan_retirement(retirement, read))
