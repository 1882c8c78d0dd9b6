"""How right the call graph is on small programs, category by category.

    python -m benchmarks.callgraph [--list] [--category NAME] [--quick] [--json]

The programs lie in ``tests/analyzers/callgraph_programs/CATEGORY/NAME``, in the style of the micro-benchmark of
Salis et al., "PyCG: Practical Call Graph Generation in Python" (ICSE 2021), and are written for this project. What
they really call is recorded from running them (``tests/analyzers/call_recorder.py``), and compared with the call edges
between functions that the analysis finds, of every confidence. `--quick` takes every fifth program.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from strangler.model.progress import SilentProgress
from strangler.model.system import CallKind
from strangler_analyzers.pipeline import analyze

PROGRAMS = Path(__file__).parent.parent / "tests" / "analyzers" / "callgraph_programs"

_NO_CALLS = frozenset({CallKind.DECORATOR, CallKind.NAMED})
"""Ways around a decorated function, beside the calls to and by what its decorators put in its place."""

Edge = tuple[str, str]
"""Caller and callee."""


class Expected(msgspec.Struct):
    """``expected.json``: callees by caller; `unshown` are those of them that a single run cannot show."""

    calls: dict[str, list[str]]
    unshown: dict[str, list[str]] = {}


@dataclass(frozen=True, slots=True)
class Program:
    """One small program and its calls."""

    folder: Path
    calls: frozenset[Edge]
    unshown: frozenset[Edge]

    @property
    def category(self) -> str:
        """What the program is about."""
        return self.folder.parent.name

    @property
    def name(self) -> str:
        """``CATEGORY/NAME``."""
        return f"{self.category}/{self.folder.name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The edges found for one program beside those that are true."""

    program: Program
    found: frozenset[Edge]

    @property
    def missing(self) -> list[Edge]:
        """True edges that were not found."""
        return sorted(self.program.calls - self.found)

    @property
    def extra(self) -> list[Edge]:
        """Edges found that are not true."""
        return sorted(self.found - self.program.calls)


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of edges over some programs."""

    programs: int
    right: int
    found: int
    true: int

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Score:
        """Sum up some programs."""
        right = sum(len(outcome.found & outcome.program.calls) for outcome in outcomes)
        found = sum(len(outcome.found) for outcome in outcomes)
        return cls(len(outcomes), right, found, sum(len(outcome.program.calls) for outcome in outcomes))

    @property
    def precision(self) -> float:
        """Share of the found edges that are true."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true edges that were found."""
        return self.right / self.true if self.true else 1.0


def programs() -> list[Program]:
    """All programs, in the order of their names."""
    return [_read(path.parent) for path in sorted(PROGRAMS.glob("*/*/expected.json"))]


def _read(folder: Path) -> Program:
    expected = msgspec.json.decode((folder / "expected.json").read_bytes(), type=Expected)
    return Program(folder, frozenset(_edges(expected.calls)), frozenset(_edges(expected.unshown)))


def _edges(table: Mapping[str, Iterable[str]]) -> Iterable[Edge]:
    return ((caller, callee) for caller, callees in table.items() for callee in callees)


def outcome(program: Program) -> Outcome:
    """Analyse a program. A class that is made without running code of the program is no function."""
    facts = analyze(program.folder, SilentProgress(), workers=1)
    classes = {item.name for item in facts.classes}
    made = (call for call in facts.calls if call.callee not in classes and call.kind not in _NO_CALLS)
    return Outcome(program, frozenset((_dotted(call.caller), _dotted(call.callee)) for call in made))


def _dotted(name: str) -> str:
    module, _, qualname = name.partition(":")
    return module if qualname == "<module>" else f"{module}.{qualname.replace('.<locals>', '')}"


def scores(outcomes: Sequence[Outcome]) -> dict[str, Score]:
    """The score of each category, then of all."""
    categories = sorted({item.program.category for item in outcomes})
    found = {
        category: Score.of([item for item in outcomes if item.program.category == category]) for category in categories
    }
    return {**found, "all": Score.of(outcomes)}


def main(arguments: list[str]) -> int:
    """Score the programs; always 0."""
    parser = argparse.ArgumentParser(description="Score the call graph of small programs.")
    parser.add_argument("--category", action="append", help="only these programs (repeatable)")
    parser.add_argument("--list", action="store_true", help="show what is missing and what is extra")
    parser.add_argument("--quick", action="store_true", help="every fifth program")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    chosen = [item for item in programs() if not options.category or item.category in options.category]
    outcomes = [outcome(program) for program in (chosen[::5] if options.quick else chosen)]
    if options.json:
        print(json.dumps(_samples(scores(outcomes)), indent=1))
        return 0
    print(f"{'category':14} {'programs':>8} {'precision':>9} {'recall':>7}   right/found/true")
    for category, score in scores(outcomes).items():
        counts = f"{score.right}/{score.found}/{score.true}"
        print(f"{category:14} {score.programs:8} {score.precision:9.3f} {score.recall:7.3f}   {counts}")
    for item in outcomes if options.list else ():
        for label, edges in (("missing", item.missing), ("extra", item.extra)):
            for caller, callee in edges:
                print(f"{label:7} {item.program.name}: {caller} -> {callee}")
    return 0


def _samples(found: Mapping[str, Score]) -> dict[str, object]:
    return {
        f"callgraph {category} {side}": {"ours": [round(getattr(score, side), 4)], "peer": None, "unit": "ratio"}
        for category, score in found.items()
        for side in ("precision", "recall")
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
