"""``strangler gateway shift`` and the authority over the data."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.model.authority import Authority, MoveStep, Side
from strangler.project_reader import load_project
from strangler_etl.authority import replace_authority
from strangler_etl.migration import open_migration
from tests.etl.reviews_case import PROJECT, ROWS, SQLITE_SOURCE, SQLITE_TARGET

_GATEWAY = """
[gateway]
listen = "127.0.0.1:9"
admin = ["127.0.0.1:9"]
token = "${TOKEN}"

[[routes]]
match = { path = "/reviews", methods = ["GET"] }
service = "reviews"
traffic = { v2 = 0, sticky = "cookie:session" }
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with both databases and a gateway that is not running."""
    monkeypatch.setenv("TOKEN", "t" * 32)
    for name, script in (("source", SQLITE_SOURCE + ROWS), ("target", SQLITE_TARGET)):
        with closing(sqlite3.connect(tmp_path / f"{name}.sqlite3")) as connection:
            connection.executescript(script)
        monkeypatch.setenv(name.upper(), f"sqlite:///{tmp_path / name}.sqlite3")
    text = PROJECT.replace("[services.reviews]", '[services.reviews]\nupstreams = ["http://127.0.0.1:9"]', 1)
    (tmp_path / "strangler.toml").write_text(text + _GATEWAY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("shop")
def test_shift_before_there_is_a_journal_asks_the_gateways(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody has decided anything yet: v1 has the authority, so the share may grow."""
    assert run(["gateway", "shift", "reviews", "--to", "10%"]) == 4
    assert "did not confirm" in capsys.readouterr().err


def test_shift_believes_the_database_where_gateways_can_not_tell(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a cut-over, or while a move is under way, no share is written, whatever the gateways know."""
    assert run(["journal", "install", "reviews"]) == 0
    before = (shop / "strangler.toml").read_bytes()
    known = Authority("reviews")
    environment = {name: f"sqlite:///{shop / name.lower()}.sqlite3" for name in ("SOURCE", "TARGET")}
    for new, remedy in (
        (Authority("reviews", Side.V1, 1, MoveStep.HOLDING), "finish it: strangler cutover reviews"),
        (Authority("reviews", Side.V2, 2, MoveStep.SETTLED), "first run: strangler rollback reviews"),
    ):
        with open_migration(load_project(shop), "reviews", environment) as migration:
            replace_authority(migration.source, known, new)
        known = new
        capsys.readouterr()
        assert run(["gateway", "shift", "reviews", "--to", "10%"]) == 3
        assert remedy in capsys.readouterr().err
        assert (shop / "strangler.toml").read_bytes() == before
