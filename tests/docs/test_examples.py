"""What the pages for a newcomer show works on the sample monolith, as it is written."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import networkx
import pytest

from strangler.cli.main import run
from strangler.store import ArtefactStore
from strangler_analyzers.graph.codec import save_facts
from strangler_analyzers.graph.dependency_path import DependencyPath
from strangler_analyzers.graph.reachability import TableUse
from tests.sample_monolith import copy_sample, sample_facts

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
GETTING_STARTED = (PROJECT / "docs" / "getting-started.md").read_text(encoding="utf-8")
BY_HAND = (PROJECT / "docs" / "by-hand.md").read_text(encoding="utf-8")
PIPELINE = (PROJECT / "docs" / "pipeline.md").read_text(encoding="utf-8")
GRAPH = (PROJECT / "docs" / "graph.md").read_text(encoding="utf-8")


def command_lines(page: str) -> Iterator[list[str]]:
    """The arguments of each call of strangler that an indented block shows, its comment left out."""
    for line in re.findall(r"^ {4}strangler (.+)$", page, re.MULTILINE):
        yield shlex.split(line, comments=True)


def stories(page: str) -> Iterator[str]:
    """The commands of the README's table of steps."""
    for commands in re.findall(r"^\|[^|]+\|([^|]+)\|[^|]+\|$", page, re.MULTILINE):
        yield from re.findall(r"`strangler ([^`]+)`", commands)


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the sample monolith, which is the current folder."""
    folder = copy_sample(tmp_path)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.usefixtures("sample")
def test_the_readme_begins_with_commands_that_work(capsys: pytest.CaptureFixture[str]) -> None:
    """Each call of the first minute succeeds and says something."""
    calls = list(command_lines(README))
    assert [call[0] for call in calls] == ["analyze", "trace", "why"]
    for call in calls:
        assert run(call) == 0, call
        assert capsys.readouterr().out


@pytest.mark.parametrize("command", [*stories(README)])
def test_a_command_that_is_said_to_be_there_is_there(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It has a page of help."""
    assert run([*command.split(), "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: strangler {command}")


@pytest.mark.parametrize("call", [*command_lines(BY_HAND)], ids=" ".join)
def test_a_command_of_the_move_by_hand_is_there(call: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With its options, and for a service of the sample's project file."""
    assert run([*call, "--help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: strangler ")
    assert "reviews" in call or call[0] in {"analyze", "doctor", "status", "gateway"}


@pytest.mark.parametrize("call", [*command_lines(PIPELINE)], ids=" ".join)
def test_a_command_of_the_pipeline_is_there(call: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With its options; help comes after them, which an unknown one would end with an error."""
    assert run([*call, "--help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: strangler ")


def test_getting_started_tells_what_happens(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its commands work one after the other where no project file is yet; `init` prints what the page shows."""
    (sample / "strangler.toml").unlink()
    calls = list(command_lines(GETTING_STARTED))
    assert [call[0] for call in calls] == ["init", "analyze", "trace", "why"]
    for call in calls:
        assert run(call) == 0, call
        output = capsys.readouterr().out
        if call == ["init"]:
            assert "".join(f"    {line}\n" for line in output.splitlines()) in GETTING_STARTED


def test_the_mistake_of_getting_started_is_told_that_way(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the file that `init` has just written."""
    file = sample / "strangler.toml"
    assert run(["init", "--force"]) == 0
    file.write_text(file.read_text(encoding="utf-8").replace("database =", "databse ="), encoding="utf-8")
    capsys.readouterr()
    assert run(["analyze"]) == 3
    error = capsys.readouterr().err.replace(f"{sample.resolve()}/", "")
    assert f"    {error}" in GETTING_STARTED


def test_the_python_of_the_graph_page_runs(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the folder that was analysed; each question has an answer."""
    save_facts(ArtefactStore.beside(sample), sample_facts())
    monkeypatch.chdir(sample.parent)
    (example,) = re.findall(r"```python\n(.*?)```", GRAPH, re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)
    use, path = names["tables"], names["path"]
    assert isinstance(use, TableUse)
    assert "orders_order" in use.writes
    assert isinstance(path, DependencyPath)
    assert path.hops
    assert isinstance(names["network"], networkx.MultiDiGraph)
    assert "table:orders_order" in names["network"]
