"""What becomes of files that are not plain, valid Python."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler.model.errors import UnavailableError
from strangler.model.progress import SilentProgress
from strangler_analyzers.source.discovery import discover
from strangler_analyzers.source.extraction import decode, extract, parse
from strangler_analyzers.source.literals import MAX_ELEMENTS
from strangler_analyzers.source.syntax import Tree
from tests.analyzers.source_tree import write


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"def broken(:\n", "syntax error at line 1"),
        (b"x = '\xff'\n", "not readable as text"),
        (b"# -*- coding: no-such -*-\nx = '\xe4'\n", "not readable as text"),
        (b"x = 1\x00\n", "source code string cannot contain null bytes"),
        (b"(" * 4000, "too many nested parentheses"),
        (b"x = " + b"-" * 100_000 + b"1", "nested too deeply"),
    ],
)
def test_a_file_that_can_not_be_parsed_says_why(tmp_path: Path, data: bytes, reason: str) -> None:
    """Each kind of damage gives one line with its reason, never an exception."""
    path = tmp_path / "broken.py"
    path.write_bytes(data)
    outcome = parse(path.read_bytes())
    assert isinstance(outcome, str)
    assert reason in outcome
    assert "\n" not in outcome


def test_declared_encodings_are_honoured() -> None:
    """PEP 263: a coding line or a byte-order mark decides, otherwise UTF-8."""
    assert decode("# coding: latin-1\nx = 'ä'".encode("latin-1")) == "# coding: latin-1\nx = 'ä'"
    assert decode(b"\xef\xbb\xbfx = 1") == "x = 1"
    assert decode("x = 'ä'".encode()) == "x = 'ä'"


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    """The rest is analysed and the bad file reported."""
    write(tmp_path, {"good.py": "x = 1", "bad.py": "def ("})
    extraction = extract(discover(tmp_path).files, SilentProgress(), workers=1)
    assert [parsed.source.module for parsed in extraction.parsed] == ["good"]
    assert [skipped.file for skipped in extraction.skipped] == ["bad.py"]


@pytest.mark.parametrize(
    ("arms", "read"), [(1_200, {"good.py", "long.py"}), (1_600, {"good.py"}), (2_400, {"good.py"})]
)
def test_a_chain_of_elif_is_read_or_reported(tmp_path: Path, arms: int, read: set[str]) -> None:
    """Its tree nests an arm in the arm before: it may be too deep for packing, though it could be parsed."""
    chain = "".join(f"elif x == {number}:\n    pass\n" for number in range(arms))
    write(tmp_path, {"good.py": "x = 1", "long.py": f"if x:\n    pass\n{chain}"})
    extraction = extract(discover(tmp_path).files, SilentProgress(), workers=1)
    assert {parsed.source.file for parsed in extraction.parsed} == read
    assert {(skipped.file, skipped.reason) for skipped in extraction.skipped} == {
        (file, "expressions nested too deeply") for file in {"good.py", "long.py"} - read
    }


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_give_a_tree_or_a_reason(tmp_path: Path, data: bytes) -> None:
    """No content of a file makes the extraction raise."""
    path = tmp_path / "any.py"
    path.write_bytes(data)
    assert isinstance(parse(path.read_bytes()), Tree | str)


def test_a_syntax_error_names_the_interpreter(tmp_path: Path) -> None:
    """Syntax of a newer Python is an error to an older one: the reason says which Python read the file."""
    path = tmp_path / "newer.py"
    path.write_text("x = = 1\n")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert str(parse(path.read_bytes())).startswith(f"syntax error at line 1 for Python {version}: ")


def test_a_display_that_is_cut_is_reported(tmp_path: Path) -> None:
    """Long lists are read in part; the file is analysed and the rest of the list is accounted for."""
    write(tmp_path, {"data.py": f"x = 1\ny = {list(range(MAX_ELEMENTS + 1))}\nz = {dict.fromkeys(range(2_500))}\n"})
    extraction = extract(discover(tmp_path).files, SilentProgress(), workers=1)
    assert [parsed.source.module for parsed in extraction.parsed] == ["data"]
    assert [skipped.reason for skipped in extraction.skipped] == [
        "read 2000 of the 2001 elements of the display at line 2, the rest is left out",
        "read 2000 of the 2500 elements of the display at line 3, the rest is left out",
    ]


@pytest.mark.parametrize("terms", [1_500, 2_100, 3_000])
def test_how_deep_a_file_may_nest_does_not_depend_on_the_caller(tmp_path: Path, terms: int) -> None:
    """Neither the recursion limit nor the frames already in use decide whether a file is analysed."""
    path = tmp_path / "deep.py"
    path.write_text("x = " + " + ".join(["a"] * terms) + "\n")

    def below(frames: int) -> Tree | str:
        return below(frames - 1) if frames else parse(path.read_bytes())

    assert isinstance(below(0), Tree) is isinstance(below(200), Tree) is (terms < 2_000)


_INTERRUPTED = """
import sys
from pathlib import Path
from strangler.model.progress import SilentProgress
from strangler_analyzers.source.discovery import discover
from strangler_analyzers.source.extraction import extract

if __name__ == "__main__":
    try:
        extract(discover(Path(sys.argv[1])).files, SilentProgress(), workers=2)
    except KeyboardInterrupt:
        sys.exit("interrupted")
"""


_sees_workers = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to see worker processes")


@_sees_workers
def test_an_interrupt_ends_the_workers_without_a_word(tmp_path: Path) -> None:
    """The terminal interrupts the whole process group; only the command itself answers."""
    process = _parsing(tmp_path)
    while process.poll() is None and len(_workers(process.pid)) < 2:
        pass
    os.killpg(process.pid, signal.SIGINT)
    output = process.communicate(timeout=60)
    assert output == ("", "interrupted\n")


@_sees_workers
@pytest.mark.parametrize("blow", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_the_process_they_work_for(tmp_path: Path, blow: signal.Signals) -> None:
    """However it ended: nobody is left to give them files."""
    process = _parsing(tmp_path)
    while process.poll() is None and len(_workers(process.pid)) < 2:
        pass
    workers = _workers(process.pid)
    process.send_signal(blow)
    process.communicate(timeout=60)  # Returns when the last process that holds the pipes has ended.
    assert (process.returncode, len(workers)) == (-blow, 2)
    assert not any(_is_worker(pid) for pid in workers)


def _parsing(folder: Path) -> subprocess.Popen[str]:
    """A process that would parse for many seconds with two workers, in a process group of its own."""
    source = "def f(x):\n    return x.a(x.b, [x.c for y in x])\n" * 300
    write(folder / "app", {f"m{number}.py": source for number in range(400)})
    (folder / "script.py").write_text(_INTERRUPTED)
    return subprocess.Popen(
        [sys.executable, folder / "script.py", folder / "app"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _workers(pid: int) -> list[str]:
    """The multiprocessing children of a process, whichever of its threads started them."""
    listed: list[str] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        # A thread may have ended since it was listed.
        with suppress(OSError):
            listed += children.read_text().split()
    return [child for child in listed if _is_worker(child)]


def _is_worker(pid: str) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_a_worker_that_is_killed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system ends a process when memory runs out: that is no bug."""
    write(tmp_path, {f"m{number}.py": "" for number in range(150)})

    def broken(*_: object) -> None:
        raise BrokenProcessPool("a child process terminated abruptly")

    monkeypatch.setattr(ProcessPoolExecutor, "map", broken)
    with pytest.raises(UnavailableError, match="ended from outside; check that there is enough memory"):
        extract(discover(tmp_path).files, SilentProgress(), workers=2)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system knows no affinity")
def test_the_default_number_of_workers_is_that_of_the_usable_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container that may use one core of many starts no second process."""
    write(tmp_path, {f"m{number}.py": "" for number in range(150)})

    def unwanted(*_: object, **__: object) -> None:
        raise AssertionError("a worker was started")

    def usable(_: int) -> set[int]:
        return {0}

    monkeypatch.setattr(os, "sched_getaffinity", usable)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr("strangler_analyzers.source.extraction.ProcessPoolExecutor", unwanted)
    assert len(extract(discover(tmp_path).files, SilentProgress()).parsed) == 150
