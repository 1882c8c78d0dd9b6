"""What is found of a program is found once."""

from __future__ import annotations

from pathlib import Path

from strangler_analyzers.linker.per_program import PerProgram
from strangler_analyzers.linker.program import Program
from tests.analyzers.source_tree import linked


def test_each_program_is_looked_at_once(tmp_path: Path) -> None:
    """Whoever asks second gets what the first one got; another program has its own."""
    looked: list[Program] = []

    def names(program: Program) -> list[str]:
        looked.append(program)
        return list(program.units)

    one = linked(tmp_path / "one", {"a.py": ""}).program
    other = linked(tmp_path / "other", {"b.py": ""}).program
    found = PerProgram(names)
    assert [found.of(program) for program in (one, other, one)] == [["a"], ["b"], ["a"]]
    assert found.of(one) is found.of(one)
    assert looked == [one, other]
