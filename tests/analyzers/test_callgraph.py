"""The call graph of small programs: what is expected is what runs, and the analysis finds it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.callgraph import PROGRAMS, Program, outcome, programs, scores

_CATEGORIES = sorted({program.category for program in programs()})


def _recorded(chosen: list[Program]) -> list[set[tuple[str, str]]]:
    """The calls seen while each program runs, in a process of their own."""
    folders = [str(program.folder) for program in chosen]
    command = [sys.executable, "-m", "tests.analyzers.call_recorder", *folders]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return [{(caller, callee) for caller, callee in json.loads(line)} for line in done.stdout.splitlines()]


def test_every_program_is_in_the_suite() -> None:
    """Each folder with a ``main.py`` says what is expected of it; each category has ten programs and more."""
    assert {path.parent for path in PROGRAMS.glob("*/*/main.py")} == {program.folder for program in programs()}
    assert len(_CATEGORIES) == 18
    assert min(sum(program.category == category for program in programs()) for category in _CATEGORIES) >= 10


@pytest.mark.parametrize("category", _CATEGORIES)
def test_what_is_expected_is_what_runs(category: str) -> None:
    """A run shows every expected call but those marked as unshown, and no other."""
    chosen = [program for program in programs() if program.category == category]
    for program, seen in zip(chosen, _recorded(chosen), strict=True):
        assert (program.name, seen) == (program.name, program.calls - program.unshown)


def test_a_run_shows_calls_through_libraries_threads_and_generators(tmp_path: Path) -> None:
    """The recorder's own rules: the nearest caller of the program counts, generators where they are called."""
    (tmp_path / "main.py").write_text(
        "import threading\n"
        "def rows():\n yield key(1)\n"
        "def key(value):\n return value\n"
        "def run():\n"
        " made = rows()\n"
        " return sorted([value for value in made], key=lambda value: key(value))\n"
        "thread = threading.Thread(target=run)\nthread.start()\nthread.join()\n"
    )
    recorded = subprocess.run(
        [sys.executable, "-m", "tests.analyzers.call_recorder", str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(recorded.stdout) == [
        ["main", "main.run"],
        ["main.rows", "main.key"],
        ["main.run", "main.rows"],
        ["main.run", "main.run.<lambda>"],
        ["main.run.<lambda>", "main.key"],
    ]


def test_the_call_graph_keeps_its_promise() -> None:
    """Over the suite: recall at least .95, precision at least .98. The figures of every category are shown."""
    found = scores([outcome(program) for program in programs()])
    for category, score in found.items():
        print(f"{category:14} precision {score.precision:.3f} recall {score.recall:.3f}")  # noqa: T201
    assert found["all"].recall >= 0.95
    assert found["all"].precision >= 0.98
