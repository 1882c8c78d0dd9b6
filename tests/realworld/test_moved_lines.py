"""Comments and markup put into applications from PyPI: the facts move, and are those of a first run."""

from __future__ import annotations

import ast
import random
import shutil
from pathlib import Path

import pytest

from benchmarks.wheels import WheelUnavailableError, unpacked
from strangler.model.progress import SilentProgress
from strangler_analyzers import new_facts
from strangler_analyzers.graph.codec import encode_facts
from strangler_analyzers.pipeline import analyze

pytestmark = pytest.mark.realworld

APPLICATIONS = ("django-oscar==4.2.1", "zou==1.0.97", "kiwitcms==12.4", "misago==0.39.6", "prefect==3.8.8")
_TURNS = 2


def _comment(path: Path, dice: random.Random) -> None:
    """Put comments and empty lines in front of statements that begin a line, but the first line of the file."""
    lines = path.read_bytes().splitlines(keepends=True)
    try:
        tree = ast.parse(b"".join(lines))
    except (SyntaxError, ValueError):
        return
    statements = (node for node in ast.walk(tree) if isinstance(node, ast.stmt))
    places = sorted(
        {
            node.lineno
            for node in statements
            if node.lineno > 1 and not lines[node.lineno - 1][: node.col_offset].strip()
        }
    )
    for line in sorted(dice.sample(places, min(len(places), dice.randint(1, 8))), reverse=True):
        lines[line - 1 : line - 1] = dice.choice([[b"\n"], [b"# moved\n"], [b"\n"] * 12, [b"# moved\n"] * 90])
    path.write_bytes(b"".join(lines))


def _mark_up(path: Path, dice: random.Random) -> None:
    """Put lines without a tag into a template."""
    lines = path.read_bytes().splitlines(keepends=True)
    for line in sorted((dice.randint(0, len(lines)) for _ in range(dice.randint(1, 6))), reverse=True):
        lines[line:line] = dice.choice([[b"<p>moved</p>\n"], [b"\n"] * 11, [b"<br>\n"] * 95])
    path.write_bytes(b"".join(lines))


@pytest.mark.parametrize("application", APPLICATIONS)
def test_facts_that_moved_are_those_of_a_first_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, application: str
) -> None:
    """Byte for byte, in an application edited at random places, and nothing is linked for them."""
    linked: list[str] = []
    link = new_facts.link

    def watched(*arguments: object) -> object:
        linked.append(application)
        return link(*arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(new_facts, "link", watched)
    root, cache = tmp_path / "application", tmp_path / "cache"
    try:
        shutil.copytree(unpacked(application), root)
    except WheelUnavailableError as error:
        pytest.skip(str(error))
    facts = analyze(root, SilentProgress(), cache=cache)
    quoted = {root / skipped.file for skipped in facts.skipped}  # With a line that cannot be read: they are linked.
    dice = random.Random(application)
    sources, templates = sorted({*root.rglob("*.py")} - quoted), sorted(root.rglob("templates/**/*.html"))
    for _ in range(_TURNS):
        for path in dice.sample(sources, min(len(sources), 40)):
            _comment(path, dice)
        for path in dice.sample(templates, min(len(templates), 20)):
            _mark_up(path, dice)
        linked.clear()
        moved = encode_facts(analyze(root, SilentProgress(), cache=cache))
        assert linked == []
        assert moved == encode_facts(analyze(root, SilentProgress()))
