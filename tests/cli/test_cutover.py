"""``strangler cutover`` and ``strangler rollback``."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from strangler.cli.common_options import Settings
from strangler.cli.console import Console
from strangler.cli.cutover import Witness
from strangler.cli.main import run
from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.errors import UnavailableError
from strangler.planner.audit_log import AuditLog
from strangler.planner.move import Moment
from strangler.project_reader import load_project
from strangler.store import ArtefactStore
from strangler_analyzers.graph.codec import save_facts
from strangler_etl.migration import open_migration
from strangler_etl.records.authority import read_authority, replace_authority
from strangler_etl.records.publications import note_stop
from tests.cli.reviews_shop import reviews_shop
from tests.sample_monolith import sample_facts


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


def test_a_dry_run_tells_routes_that_will_fail_apart_from_what_moves(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sample's accounts write names into reviews: they stay, and only accepting that takes them out of the way.

    So does a table that stays and refers to what moves, which `status` tells, too. A publisher that is stopped is told.
    """
    with closing(sqlite3.connect(shop / "source.sqlite3")) as connection:
        connection.execute("CREATE TABLE ticket (id integer PRIMARY KEY, review_id integer REFERENCES reviews_review)")
    save_facts(ArtefactStore.beside(shop), sample_facts())
    methods = '"GET", "POST", "PUT", "PATCH", "DELETE"'
    rules = ["/reviews", "/api/{rest:path}", "/products/{rest:path}", "/backoffice/{rest:path}"]
    with (shop / "strangler.toml").open("a") as file:
        for path in rules:
            file.write(f'[[routes]]\nmatch = {{ path = "{path}", methods = [{methods}] }}\nservice = "reviews"\n')
    assert run(["cutover", "reviews", "--dry-run"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("3 routes stay on v1 and write what moves. After the cut-over each such write fails:")
    assert "\n  ANY /accounts/profile: reviews_review; no access log was read" in told
    assert "POST /products/{slug}/reviews/new" not in told
    assert "\n  writes catalog_product in shop.catalog.models:recalculate_rating: " in told
    assert "missing routes on v1" in told
    key = "1 foreign key of tables that stay keeps rows that v2 may delete: ticket.review_id to reviews_review"
    assert "missing references on v1" in told
    assert "missing follower lives" in told
    assert "missing v2 answers" in told
    assert f"  {key}" in told
    assert told.endswith("not ready: nothing was changed\n")
    accepted = ["--accept-failing-routes", "--accept-blocking-references"]
    with open_migration(load_project(Path()), "reviews", os.environ) as migration:
        note_stop(migration.target, "reviews", "a row does not fit", 1.0)
    assert run(["cutover", "reviews", "--dry-run", *accepted, "--json"]) == 1
    printed = capsys.readouterr()
    assert "open    events: the publisher cannot go on: a row does not fit; no condition" in printed.err
    found = json.loads(printed.out)
    assert [item["writer"]["name"] for item in found["failing_routes"]] == [
        "ANY /accounts/profile",
        "ANY /accounts/register",
        "POST /accounts/close",
    ]
    assert not {"routes on v1", "references on v1"}.intersection(found["missing"])
    assert run(["status"]) == 0
    assert f"\n  {key}" in capsys.readouterr().out
    assert "gateway 127.0.0.1:9" in found["missing"]
    assert run(["rollback", "reviews", "--dry-run"]) == 3
    assert "v1 has the authority already: there is nothing to move; see strangler status" in capsys.readouterr().err
    with open_migration(load_project(shop), "reviews", os.environ) as migration:
        assert read_authority(migration.source, "reviews").step is MoveStep.SETTLED


def _witness(folder: Path) -> Witness:
    log = AuditLog(folder / "audit.jsonl", "somebody", lambda: 0.0)
    return Witness(Console(Settings()), log, "reviews", Side.V2, quiet=True)


def test_what_can_not_be_written_down_is_not_done(tmp_path: Path) -> None:
    """As long as nothing has changed."""
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(UnavailableError, match="cannot be written"):
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
    with pytest.raises(UnavailableError, match="cannot be written"):
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
