"""The recorder inside a process, among threads that note at the same time."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from strangler.recorder import injected
from strangler_analyzers.evidence.recordings import joined, read_part


class Recorder(Protocol):
    """What the tests ask of a recorder, whose file is not for this interpreter's type checker."""

    functions: dict[int, tuple[str, int, str]]
    adjacent: set[tuple[int, int]]

    def statement(self, statement: object) -> None:
        """Note a statement."""
        ...

    def learn(self, frame: object) -> int:
        """The number of a frame's code."""
        ...

    def request(self, method: str, path: str) -> int:
        """The number of a request."""
        ...

    def flush(self) -> None:
        """Write a part."""
        ...


@pytest.fixture(name="make")
def _make(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Recorder]:
    """The class as a recorded process finds it: by the name it has there."""
    monkeypatch.setattr(sys, "path", [*injected.__path__, *sys.path])
    made: Callable[[str, str], Recorder] = importlib.import_module("_strangler_recorder").Recorder
    return made


def test_two_requests_never_have_one_number(make: Callable[[str, str], Recorder], tmp_path: Path) -> None:
    """Also when one begins while the other one is being numbered."""
    recorder = make(str(tmp_path), str(tmp_path))

    class Interrupted(str):
        __slots__ = ()

        def __hash__(self) -> int:
            recorder.request("GET", "/other")
            return super().__hash__()

    number = recorder.request("GET", Interrupted("/one"))
    assert number != recorder.request("GET", "/other")


def test_what_is_added_while_a_part_is_written_does_not_spoil_it(
    make: Callable[[str, str], Recorder], tmp_path: Path
) -> None:
    """Threads go on when a process ends: no call refers to a function that the part does not hold."""
    recorder = make(str(Path(__file__).parent), str(tmp_path))

    class Growing(set[tuple[int, int]]):
        def __iter__(self) -> Iterator[tuple[int, int]]:
            number = recorder.learn(inspect.currentframe())
            return iter([(number, number)])

    recorder.learn(inspect.currentframe())
    recorder.adjacent = Growing()
    recorder.flush()
    (part,) = tmp_path.glob("*.json")
    recording = joined([read_part(part.read_bytes())])
    assert [recording.functions[caller].name for caller, _ in recording.adjacent] == ["__iter__"]


def test_statements_that_are_too_many_are_counted(
    make: Callable[[str, str], Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part says how many there were no room for; what is kept may come again."""
    monkeypatch.setattr(f"{make.__module__}._MOST_STATEMENTS", 2)
    recorder = make(str(Path(__file__).parent), str(tmp_path))
    for text in ("SELECT 1", "SELECT 2", "SELECT 1", "SELECT 3", "SELECT 4"):
        recorder.statement(text)
    recorder.flush()
    recorder.statement("SELECT 5")
    recorder.flush()
    parts = [read_part(part.read_bytes()) for part in tmp_path.glob("*.json")]
    assert sorted((len(part.statements), part.left_out) for part in parts) == [(1, 0), (2, 2)]
