"""``strangler status`` and ``strangler journal status``."""

from __future__ import annotations

import json
import os
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
    """The current folder: nothing journaled yet."""
    return reviews_shop(tmp_path, monkeypatch)


@pytest.mark.usefixtures("shop")
def test_tells_of_each_gateway_why_it_is_not_heard(capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is installed, and with a gateway that is not running."""
    assert run(["status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "reviews: v1 has the authority, epoch 1; both sides accept writes; no follower has run",
        "gateway 127.0.0.1:9: the gateway does not answer: Connection refused; run: strangler gateway run",
    ]
    assert run(["journal", "install", "reviews"]) == 0
    capsys.readouterr()
    assert run(["status", "reviews"]) == 0
    assert "epoch 1; v1 accepts writes;" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("authority", "means", "command"),
    [
        (
            Authority("reviews", Side.V1, 2, MoveStep.HOLDING),
            "v1 has it still, and accepts writes, which wait at the gateways while a hold lasts",
            "cutover",
        ),
        (Authority("reviews", Side.V2, 3, MoveStep.MOVED), "neither side accepts writes", "cutover"),
        (Authority("reviews", Side.V1, 5, MoveStep.MOVED), "neither side accepts writes", "rollback"),
        (
            Authority("reviews", Side.V1, 5, MoveStep.OPENED),
            "v1 accepts writes, and gateways may still send them to the other side",
            "rollback",
        ),
    ],
)
def test_a_move_that_was_cut_off_comes_before_all_else(
    authority: Authority, means: str, command: str, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Writes are refused until somebody repeats its command: `status` and `next` say so first."""
    assert run(["journal", "install", "reviews"]) == 0
    assert run(["plan", "reviews"]) == 0
    with open_migration(load_project(shop), "reviews", os.environ) as migration:
        replace_authority(migration.source, Authority("reviews"), authority)
    capsys.readouterr()
    assert run(["status"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert ("accepts writes that gateways do not hold;" in told[0]) == (authority.step is MoveStep.HOLDING)
    assert told[1] == (
        f"  a move of the authority is under way ({authority.step}): {means};"
        f" unless somebody is at it now, run: strangler {command} reviews"
    )
    assert run(["next"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("next: ")
    assert f"under way ({authority.step}): {means}\n  do: strangler {command} reviews\n" in told


@pytest.mark.usefixtures("shop")
def test_the_status_of_a_journal_that_is_not_installed_says_how_to_install_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And not which table of ours is missing."""
    assert run(["journal", "status", "reviews"]) == 3
    said = capsys.readouterr().err
    assert "category, product, reviews_review, reviews_vote: each has no journal" in said
    assert said.endswith("run: strangler journal install reviews\n")


def test_one_service_that_is_not_known_does_not_hide_the_others(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told why, also in the JSON, and the status of the command says so."""
    project = shop / "strangler.toml"
    other = '[services.orders]\nupstreams = ["http://127.0.0.1:9"]\ndatabase = "${ORDERS}"\ntables = ["orders"]\n\n'
    project.write_text(project.read_text().replace("[services.reviews]", f"{other}[services.reviews]", 1))
    monkeypatch.delenv("ORDERS", raising=False)
    failed = run(["status"])
    assert failed != 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("reviews: v1 has the authority")
    assert told[1].startswith("orders: who has the authority is not known: ")
    assert run(["status", "--json"]) == failed
    found = json.loads(capsys.readouterr().out)
    assert [state["service"] for state in found["services"]] == ["reviews"]
    assert "the environment variable ORDERS is not set" in found["unknown"]["orders"]
    assert run(["status", "no-such"]) == 2
    assert "known services: orders, reviews" in capsys.readouterr().err


@pytest.mark.usefixtures("shop")
def test_a_full_disk_hides_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Who looks needs the answer most then; that nothing is kept is said beside it."""
    assert run(["plan", "reviews"]) == 0

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        capsys.readouterr()
        for command in ("status", "next"):
            assert run([command]) == 0
            captured = capsys.readouterr()
            assert "next: " in captured.out
            assert "what was seen is not kept: " in captured.err


def test_a_planned_service_whose_databases_are_lost_is_a_failure(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was seen before says nothing of what comes next; a plan that has not come so far needs no databases."""
    assert run(["plan", "reviews"]) == 0
    found = os.environ["TARGET"]
    lost = f"sqlite:///{shop}/nowhere/target.sqlite3"
    monkeypatch.setenv("TARGET", lost)
    assert run(["status"]) == 0
    monkeypatch.setenv("TARGET", found)
    assert run(["journal", "install", "reviews"]) == 0
    assert run(["status"]) == 0
    assert "next: reach" not in capsys.readouterr().out
    monkeypatch.setenv("TARGET", lost)
    assert run(["status"]) == 4
    assert "  next: reach its databases again\n" in capsys.readouterr().out
