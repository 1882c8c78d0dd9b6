"""Each promise in `docs/proof.md` has a command that can be run, what it showed, and the commit it showed it at."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_CELLS = re.compile(r"(?<!\\) \| ")
_ROWS = [
    _CELLS.split(line.strip("| "))
    for line in (_ROOT / "docs" / "proof.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith("| promise |")
]


def test_each_promise_has_a_command_a_figure_and_a_commit() -> None:
    """A row that lacks one of them cannot be checked by who reads it."""
    assert [cells[0] for cells in _ROWS if len(cells) != 4 or not all(cells)] == []
    assert [cells[0] for cells in _ROWS if not re.fullmatch(r"[0-9a-f]{7,8}(, [0-9a-f]{7,8})*", cells[3])] == []


def test_no_promise_stands_twice() -> None:
    """Two rows for one promise would show two figures for it."""
    promises = [cells[0] for cells in _ROWS]
    assert sorted(promises) == sorted(set(promises))


def test_what_the_commands_name_is_there() -> None:
    """A test that was moved takes its row along: its command would fail with a missing file."""
    commands = " ".join(cells[1] for cells in _ROWS)
    targets = re.findall(r"^([a-z-]+):", (_ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [name for name in re.findall(r"\btests/[\w/.]*\w", commands) if not (_ROOT / name).exists()] == []
    benchmarks = {file.stem for file in (_ROOT / "benchmarks").glob("*.py")}
    assert set(re.findall(r"\bbenchmarks\.(\w+)", commands)) <= benchmarks
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", commands)) <= set(targets)


def test_what_the_commands_choose_by_name_is_there() -> None:
    """`-k` with a name that no test has any more runs less than the row says, or nothing."""
    files = [(file.name, file.read_text()) for file in (_ROOT / "tests").rglob("test_*.py")]
    names = "\n".join("\n".join([name, *re.findall(r"def (test_\w+)", text)]) for name, text in files)
    chosen = [
        (cells[0], word)
        for cells in _ROWS
        for quoted, bare in re.findall(r"-k (?:'([^']+)'|(\w+))", cells[1])
        for word in (quoted or bare).split(" or ")
    ]
    assert [(promise, word) for promise, word in chosen if word not in names] == []
