"""``strangler suggest``."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.store import ArtefactStore
from strangler_analyzers.graph.codec import save_facts
from tests.sample_monolith import sample_facts


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the analysed sample monolith, which is the current folder, and a wide terminal."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    save_facts(ArtefactStore.beside(tmp_path), sample_facts())
    return tmp_path


def test_tells_what_each_service_owns_and_needs(capsys: pytest.CaptureFixture[str]) -> None:
    """Tables, routes, the cost of the cut beside chance, and remedies."""
    assert run(["suggest", "--services", "11"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("11 services, 11 by nature\n")
    assert "reviews (around reviews_review)\n  tables: reviews_review, reviews_vote\n" in text
    assert "crossing" in text
    assert "random" in text
    assert "remedy: keep the key without the constraint; catalog tells of deleted rows by an event (tombstone)" in text


def test_many_tables_are_named_in_part(capsys: pytest.CaptureFixture[str]) -> None:
    """A transaction over half of a system would fill the screen twice; all of them are in the JSON."""
    assert run(["suggest", "--services", "11", "--rows", "20"]) == 0
    text = capsys.readouterr().out
    assert "and 12 more in shop.customers.services:anonymize shop/customers/services.py:52\n" in text
    assert run(["suggest", "--services", "11", "--json"]) == 0
    crossings = json.loads(capsys.readouterr().out)["crossings"]
    assert 18 in {len(item["tables"]) for item in crossings if item["function"] == "shop.customers.services:anonymize"}


def test_crossings_are_told_from_what_the_cost_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """Hundreds of them below a low cost seem to contradict it: code that both sides use crosses, and costs nothing."""
    assert run(["suggest", "--first"]) == 0
    assert "crossings, where code follows its tables; the cost counts the ties above)" in capsys.readouterr().out


def test_what_is_vital_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Not again for each function that pays."""
    assert run(["suggest", "--first"]) == 0
    assert (
        "\norders: money: its shop.orders.services:place_order writes payments_payment, payments_paymentlog"
        " in the same transaction, and 2 other functions of it likewise\n"
    ) in capsys.readouterr().out


def test_a_round_trip_makes_hops_times(capsys: pytest.CaptureFixture[str]) -> None:
    """Per route, before and after."""
    assert run(["suggest", "--round-trip", "10"]) == 0
    assert "0 -> 9 remote hops, at least 90 ms more in a row" in capsys.readouterr().out


def test_targets_of_the_project_ask_for_merges(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As options do, which go first."""
    (shop / "strangler.toml").write_text("[targets]\np99 = 20\nround_trip = 10\n")
    assert run(["suggest"]) == 0
    text = capsys.readouterr().out
    assert "0 -> 9 remote hops, at least 90 ms more in a row" in text
    assert "Merge, one after the other, to keep [targets] p99\n" in text
    assert " -> 0 routes that wait too long" in text
    assert run(["suggest", "--p99", "100", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["merges"] == []


def test_json_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    """What the page shows in part is whole, with places."""
    assert run(["suggest", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["natural"] == len(found["services"])
    assert {"kind", "source", "targets", "location", "tables", "remedy"} <= set(found["crossings"][0])
    assert found["crossings"][0]["location"]["file"].endswith(".py")


def test_a_level_is_relative_to_nature(capsys: pytest.CaptureFixture[str]) -> None:
    """Two more than natural."""
    assert run(["suggest", "--level", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["services"]) == found["natural"] + 2


def test_two_ways_to_say_how_many_contradict(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither wins silently."""
    assert run(["suggest", "--level", "2", "--services", "3"]) == 2
    assert "--services and --level both say how many" in capsys.readouterr().err


def test_first_proposes_the_reviews(capsys: pytest.CaptureFixture[str]) -> None:
    """With reasons, what would cross, and what not to begin with."""
    assert run(["suggest", "--first"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("first: reviews (reviews_review, reviews_vote)\n")
    assert "3 transactions of the rest that write its tables" in text
    assert "payments: money: payments_payment" in text


def test_a_vital_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Unless it is forced."""
    assert run(["suggest", "--first", "--feature", "payments"]) == 1
    assert capsys.readouterr().out.startswith("not first: payments is vital: money: payments_payment")
    assert run(["suggest", "--first", "--feature", "payments", "--force"]) == 0
    assert capsys.readouterr().out.startswith("first: payments ")


def test_from_a_table_outwards(capsys: pytest.CaptureFixture[str]) -> None:
    """Table, service, API."""
    assert run(["suggest", "--from-table", "reviews_vote"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("1. tables, from reviews_vote\n  reviews_review: with reviews_vote")
    assert "\n2. service reviews\n" in text
    assert "\n3. API: what the rest does to its tables today" in text


def test_answers_are_kept_and_change_the_proposal(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty line takes the proposed name, a dash leaves the table open, the end of the input ends the questions."""
    monkeypatch.setattr("sys.stdin", io.StringIO("\n-\npeople\n"))
    assert run(["suggest", "--ask", "--questions", "8", "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("1/8 which service does catalog_brand belong to (like catalog_category")
    assert (shop / "boundaries.toml").read_text().splitlines()[:2] == ["[labels]", 'catalog_brand = "catalog"']
    assert "people" in {service["name"] for service in json.loads(captured.out)["services"]}
    assert run(["suggest", "--json"]) == 0
    assert capsys.readouterr().out == captured.out
