"""``strangler cutover`` and ``strangler rollback``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.model.authority import Authority, MoveStep, Side
from strangler.project_reader import load_project
from strangler_etl.authority import read_authority, replace_authority
from strangler_etl.migration import open_migration
from tests.cli.reviews_shop import reviews_shop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with journals."""
    folder = reviews_shop(tmp_path, monkeypatch)
    assert run(["journal", "install", "reviews"]) == 0
    return folder


@pytest.mark.parametrize(
    ("command", "authority", "way_back"),
    [
        ("cutover", Authority("reviews", Side.V2, 3, MoveStep.SETTLED), "rollback"),
        ("rollback", Authority("reviews", Side.V1, 5, MoveStep.SETTLED), "cutover"),
    ],
)
def test_a_move_that_is_over_is_not_given_up(
    command: str, authority: Authority, way_back: str, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--abort` of a finished move would move the writes the other way; somebody who means that says so."""
    project = load_project(shop)
    with open_migration(project, "reviews", os.environ) as migration:
        replace_authority(migration.source, Authority("reviews"), authority)
    capsys.readouterr()
    assert run([command, "reviews", "--abort", "--force"]) == 3
    assert capsys.readouterr().err == (
        f"error: service reviews: no move is under way that could be given up: {authority.side} has the authority;"
        f" to move it back, run: strangler {way_back} reviews\n"
    )
    with open_migration(project, "reviews", os.environ) as migration:
        assert read_authority(migration.source, "reviews") == authority
