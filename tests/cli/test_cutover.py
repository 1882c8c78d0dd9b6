"""``strangler cutover`` and ``strangler rollback``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from strangler.cli.console import Console
from strangler.cli.cutover import Witness
from strangler.cli.main import run
from strangler.cli.settings import Settings
from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.errors import UnavailableError
from strangler.planner.audit_log import AuditLog
from strangler.planner.move import Moment
from strangler.project_reader import load_project
from strangler_etl.migration import open_migration
from strangler_etl.records.authority import read_authority, replace_authority
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


def _witness(folder: Path) -> Witness:
    log = AuditLog(folder / "audit.jsonl", "somebody", lambda: 0.0)
    return Witness(Console(Settings()), log, "reviews", Side.V2, quiet=True)


def test_what_can_not_be_written_down_is_not_done(tmp_path: Path) -> None:
    """As long as nothing has changed."""
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(UnavailableError, match="can not be written"):
        _witness(tmp_path).report(Moment("hold", 0.1))


def test_a_full_disk_does_not_stop_a_move_between_two_closed_sides(tmp_path: Path) -> None:
    """What could not be written is told when the new side is open."""
    witness = _witness(tmp_path)
    witness.report(Moment("hold", 0.1))
    witness.require_evidence()
    (tmp_path / "audit.jsonl").unlink()
    (tmp_path / "audit.jsonl").mkdir()
    for name in ("fence", "open", "release"):
        witness.report(Moment(name, 0.2))
    with pytest.raises(UnavailableError, match="can not be written"):
        witness.require_evidence()


def test_a_reader_that_goes_away_does_not_stop_it_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with `strangler cutover reviews | head -3`."""
    log = AuditLog(tmp_path / "audit.jsonl", "somebody", lambda: 0.0)
    witness = Witness(Console(Settings()), log, "reviews", Side.V2, quiet=False)

    def gone(*_: object, **__: object) -> None:
        raise SystemExit(1)

    monkeypatch.setattr("rich.console.Console.print", gone)
    witness.report(Moment("fence", 0.1))
    with pytest.raises(SystemExit):
        witness.require_evidence()
    with pytest.raises(SystemExit):
        witness.report(Moment("hold", 0.1))
