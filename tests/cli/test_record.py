"""`strangler record` as a user runs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from strangler.cli.main import run

_MAIN = "import sys\n\n\ndef work():\n    return 3\n\n\nsys.exit(work())\n"


@pytest.fixture(autouse=True)
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small program in the current folder."""
    (tmp_path / "main.py").write_text(_MAIN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_is_recorded_and_compared(app: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The status is the command's; the next analysis says what ran."""
    assert run(["record", "--", sys.executable, "main.py"]) == 3
    assert "recording: .strangler/recording.json  1 part, 2 functions, 1 call, " in capfd.readouterr().err
    assert (app / ".strangler" / ".gitignore").exists()
    arguments = ["analyze", "--observed", ".strangler/recording.json", "--progress", "none"]
    assert run(arguments) == 0
    shown = capfd.readouterr().out
    assert "Analysis beside the recorded run\nran: 1 of 1 function, 0 of 0 routes\n" in shown
    assert run([*arguments, "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["observed"]["calls"] == {
        "both": 1,
        "only_observed": [],
        "only_static": [],
    }


def test_a_command_that_runs_no_python_of_the_source_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    """An empty recording would look like an application that does nothing."""
    assert run(["record", "--", sys.executable, "-I", "main.py"]) == 2
    assert "no Python of . ran below it; name the folder of the source with --source" in capfd.readouterr().err
    assert not Path(".strangler/recording.json").exists()
