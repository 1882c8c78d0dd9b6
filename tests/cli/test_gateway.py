"""``strangler gateway shift`` and the authority over the data."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.model.authority import Authority, MoveStep, Side
from strangler.project_reader import load_project
from strangler_etl.migration import open_migration
from strangler_etl.records.authority import replace_authority
from tests.cli.reviews_shop import reviews_shop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: both databases, nothing journaled yet, a gateway that is not running."""
    return reviews_shop(tmp_path, monkeypatch)


@pytest.mark.usefixtures("shop")
def test_shift_sends_nobody_to_a_copy_that_is_not_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Readers would find an empty service; once everything is copied, the gateways are asked."""
    assert run(["gateway", "shift", "reviews", "--to", "10%"]) == 3
    said = capsys.readouterr().err
    assert "not copied yet: reviews_review, product, reviews_vote; run: strangler etl run reviews" in said
    assert run(["journal", "install", "reviews"]) == 0
    assert run(["gateway", "shift", "reviews", "--to", "10%"]) == 3
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 0
    capsys.readouterr()
    assert run(["gateway", "shift", "reviews", "--to", "10%"]) == 4
    assert "did not confirm" in capsys.readouterr().err


def test_shift_sends_nobody_to_a_copy_without_its_indexes(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that was killed as it made them again has copied every row."""
    assert run(["journal", "install", "reviews"]) == 0
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 0
    with closing(sqlite3.connect(shop / "target.sqlite3")) as target, target:
        target.execute("INSERT INTO strangler_dropped_index VALUES ('reviews', 'review', 'by_stars', 'CREATE')")
    capsys.readouterr()
    assert run(["gateway", "shift", "reviews", "--to", "10%"]) == 3
    assert "indexes are to be made again: by_stars; run: strangler etl run reviews" in capsys.readouterr().err


def test_readers_come_back_without_the_databases(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A share of nothing is the way out when the new service's database is gone: only the gateways are asked."""
    (shop / "target.sqlite3").unlink()
    assert run(["gateway", "shift", "reviews", "--to", "10%"]) == 4
    assert "target.sqlite3" in capsys.readouterr().err
    assert run(["gateway", "shift", "reviews", "--to", "0%"]) == 4
    assert "did not confirm" in capsys.readouterr().err
    audit = (shop / ".strangler" / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["action"] for line in audit] == ["gateway shift", "gateway shift: not confirmed"]


def test_what_readers_see_is_not_cleaned_away(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`etl clean` while a route sends readers to v2 would answer them from empty tables."""
    assert run(["journal", "install", "reviews"]) == 0
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 0
    file = shop / "strangler.toml"
    file.write_text(file.read_text().replace("v2 = 0", "v2 = 10"))
    capsys.readouterr()
    assert run(["etl", "clean", "reviews", "--yes"]) == 3
    said = capsys.readouterr().err
    assert "GET /reviews" in said
    assert said.endswith("first run: strangler gateway rollback reviews\n")
    with closing(sqlite3.connect(shop / "target.sqlite3")) as target:
        assert target.execute("SELECT count(*) FROM product").fetchone() == (2,)


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
        (
            Authority("reviews", Side.V2, 2, MoveStep.SETTLED),
            "reviews was cut over: all its requests go to v2, and none can be sent elsewhere; only to move its writes",
        ),
    ):
        with open_migration(load_project(shop), "reviews", environment) as migration:
            replace_authority(migration.source, known, new)
        known = new
        capsys.readouterr()
        assert run(["gateway", "shift", "reviews", "--to", "10%"]) == 3
        assert remedy in capsys.readouterr().err
        assert (shop / "strangler.toml").read_bytes() == before


@pytest.mark.usefixtures("shop")
def test_an_order_to_shadow_is_written_and_sent(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says how much or nothing at all; routes are named as for a shift."""
    for arguments in ([], ["--sample", "10%", "--off"], ["--sample", "101%"]):
        assert run(["gateway", "shadow", "reviews", *arguments]) == 2
    capsys.readouterr()
    assert run(["gateway", "shadow", "reviews", "--sample", "10%"]) == 4
    assert "did not confirm the shadow" in capsys.readouterr().err
    shares = [rule.traffic.shadow.share for rule in load_project(shop).routes if "GET" in rule.match.methods]
    assert set(shares) == {10}
    assert run(["gateway", "shadow", "reviews", "--off"]) == 4
    assert not any(rule.traffic.shadow.share for rule in load_project(shop).routes)
    assert run(["gateway", "diffs", "reviews"]) == 4
    assert "did not confirm the differences" in capsys.readouterr().err


@pytest.mark.parametrize("order", ["shift", "rollback"])
@pytest.mark.parametrize(("reason", "status"), [("read_only", 3), ("mode", 4)])
def test_a_file_that_is_made_elsewhere_is_left_alone(
    shop: Path, capsys: pytest.CaptureFixture[str], order: str, reason: str, status: int
) -> None:
    """What to change is said; nothing is written, noted or sent."""
    file = shop / "strangler.toml"
    if reason == "read_only":
        file.write_text(file.read_text().replace("[gateway]", "[gateway]\nread_only = true"))
    else:
        file.chmod(0o444)
    before = file.read_bytes()
    share = ["--to", "0%"] if order == "shift" else []
    assert run(["gateway", order, "reviews", *share]) == status
    said = capsys.readouterr().err
    assert "write v2 = 0" in said
    assert "did not confirm" not in said
    assert file.read_bytes() == before
    assert not (shop / ".strangler" / "audit.jsonl").exists()
