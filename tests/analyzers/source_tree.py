"""Small programs for tests: written to a folder, read back the way the analysis reads a monolith."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from strangler.model.progress import SilentProgress
from strangler.model.system import SystemFacts
from strangler_analyzers.linker.builtin_values import BuiltinValues
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.points_to import PointsTo
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import Frame, Values
from strangler_analyzers.pipeline import analyze
from strangler_analyzers.source.discovery import discover
from strangler_analyzers.source.extraction import extract


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write dedented sources below `root`, adding the ``__init__.py`` of every package folder that has none."""
    for name, source in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source).lstrip("\n"), encoding="utf-8")
        folder = path.parent
        while folder != root:
            (folder / "__init__.py").touch()
            folder = folder.parent
    return root


def facts_of(root: Path, files: Mapping[str, str]) -> SystemFacts:
    """The facts of a small program."""
    return analyze(write(root, files), SilentProgress(), workers=1)


@dataclass(frozen=True, slots=True)
class Linked:
    """A small program with a resolver over it."""

    program: Program
    resolver: Resolver

    def value_of(self, module: str, name: str) -> Values:
        """The values of a module-level name."""
        return self.resolver.lookup(name, Frame(self.program.units[module].scope))


def linked(root: Path, files: Mapping[str, str], knowledge: Sequence[Knowledge] = ()) -> Linked:
    """Parse a small program and put a resolver over it."""
    discovery = discover(write(root, files))
    program = Program(extract(discovery.files, SilentProgress(), workers=1).parsed)
    return Linked(program, PointsTo(program, [*knowledge, BuiltinValues()]))
