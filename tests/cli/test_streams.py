"""Standard output and standard error that fail: every command ends with one clear line and the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.saved_shop import save_shop

GRAPH = ["graph"]
TRACE = ["trace", "POST /orders"]
HELP = ["--help"]
BUFFERING = pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
COMMAND = pytest.mark.parametrize("arguments", [GRAPH, TRACE, HELP], ids=["bytes", "rich", "help"])


def strangler(arguments: list[str], redirection: str, unbuffered: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line in a shell with a redirection, in the saved shop."""
    return subprocess.run(
        ["/bin/sh", "-c", f'"$@" {redirection}', "sh", sys.executable, "-m", "strangler", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the analysed shop, which is the current folder."""
    monkeypatch.chdir(save_shop(tmp_path))
    return tmp_path


@BUFFERING
@COMMAND
@pytest.mark.parametrize(
    ("redirection", "reason"), [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
)
def test_a_result_that_can_not_be_written(arguments: list[str], redirection: str, reason: str, unbuffered: str) -> None:
    """A full disk or an output that was closed."""
    process = strangler(arguments, redirection, unbuffered)
    expected = f"error: standard output: cannot be written: {reason}\n"
    assert (process.returncode, process.stderr) == (4, expected)


def test_a_closed_output_does_not_matter_to_what_prints_nothing() -> None:
    """The result goes into a file."""
    process = strangler([*GRAPH, "--output", "graph.json"], ">&-")
    assert (process.returncode, process.stderr) == (0, "wrote graph.json\n")


@BUFFERING
@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
def test_notes_that_can_not_be_told_do_not_matter(redirection: str, unbuffered: str) -> None:
    """The result and the exit code are those of a call that could tell."""
    told = strangler(TRACE, "")
    mute = strangler(["--verbose", *TRACE], redirection, unbuffered)
    assert (mute.returncode, mute.stdout) == (0, told.stdout)
    assert strangler(["zzz"], redirection, unbuffered).returncode == 2
    assert strangler([*GRAPH, "--output", "graph.json"], redirection, unbuffered).returncode == 0


@BUFFERING
@pytest.mark.parametrize("arguments", [GRAPH, [*TRACE, "--json"]], ids=["bytes", "text"])
def test_a_reader_that_goes_away_in_the_middle(arguments: list[str], unbuffered: str) -> None:
    """``strangler graph | head`` ends quietly, with the status of a broken pipe."""
    process = subprocess.Popen(
        [sys.executable, "-m", "strangler", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        bufsize=0,
        pipesize=4096,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        process.stdout.read(10)
        process.stdout.close()
        assert (process.wait(), process.stderr.read()) == (141, b"")


def test_a_reader_that_is_gone_before_it_begins() -> None:
    """The same, for the little that would have fitted into the pipe."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as output:
        command = [sys.executable, "-m", "strangler", *HELP]
        process = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, check=False)
    assert (process.returncode, process.stderr) == (141, b"")


def test_an_error_is_told_although_the_output_is_gone() -> None:
    """What went wrong goes before what could not be printed."""
    process = strangler(["trace", "GET /nowhere"], ">&-")
    assert process.returncode == 2
    assert process.stderr.startswith("error: no route answers 'GET /nowhere'")
