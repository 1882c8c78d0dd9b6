"""``strangler etl``."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.migration import Migration
from tests.etl.reviews_case import PROJECT, ROWS, SQLITE_SOURCE, SQLITE_TARGET
from tests.waiting import until


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder, which is the current one, with 30 reviews and votes in the source, journals on."""
    for name, script in (("source", SQLITE_SOURCE + ROWS), ("target", SQLITE_TARGET)):
        with closing(sqlite3.connect(tmp_path / f"{name}.sqlite3")) as connection:
            connection.executescript(script)
        monkeypatch.setenv(name.upper(), f"sqlite:///{tmp_path / name}.sqlite3")
    _seed(tmp_path, 1, 31)
    (tmp_path / "strangler.toml").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    assert run(["journal", "install", "reviews"]) == 0
    return tmp_path


def _seed(folder: Path, first: int, end: int) -> None:
    with closing(sqlite3.connect(folder / "source.sqlite3")) as connection, connection:
        connection.executemany(
            "INSERT INTO reviews_review (id, product_id, text, rating) VALUES (?, 1, 'text', 5)",
            [(number,) for number in range(first, end)],
        )
        connection.executemany(
            "INSERT INTO reviews_vote (id, review_id, customer, value) VALUES (?, ?, 'ann', 1)",
            [(number, number) for number in range(first, end)],
        )


def _tamper(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "target.sqlite3")) as connection, connection:
        connection.execute("INSERT INTO strangler_origin VALUES ('apply')")
        connection.execute(statement)
        connection.execute("DELETE FROM strangler_origin")


def test_copy_verify_repair_and_clean(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole output of each; a difference makes the status 1 until it is repaired."""
    capsys.readouterr()
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 0
    out = re.sub(r"\d+\.\d s|[\d,]+/s", "#", capsys.readouterr().out)
    assert [line.split() for line in out.splitlines()] == [
        ["reviews_review", "->", "review", "30", "rows", "#"],
        ["product", "->", "product", "2", "rows", "#"],
        ["reviews_vote", "->", "vote", "30", "rows", "#"],
        ["reviews:", "62", "rows", "copied", "in", "#,", "#"],
    ]
    assert run(["etl", "verify", "reviews", "--progress", "none"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "reviews: 62 rows compared, all equal"
    _tamper(shop, "UPDATE review SET body = 'secret' WHERE number = 5")
    assert run(["etl", "verify", "reviews", "--progress", "none"]) == 1
    said = capsys.readouterr().out
    assert "(v1: 5): different in body\n" in said
    assert "secret" not in said
    assert run(["etl", "verify", "reviews", "--progress", "none", "--json", "--show-values"]) == 1
    first = json.loads(capsys.readouterr().out)["tables"][0]["differences"][0]
    assert first["columns"] == [{"name": "body", "expected": "text", "found": "secret"}]
    assert run(["etl", "verify", "reviews", "--progress", "none", "--repair"]) == 0
    assert capsys.readouterr().err == "1 row written anew\n"
    assert run(["etl", "clean", "reviews", "--yes"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "vote: 30 rows deleted",
        "product: 2 rows deleted",
        "review: 30 rows deleted",
        "reviews: nothing is copied; begin with: strangler etl run reviews",
    ]


def test_a_copy_is_refreshed(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Table by table what was compared, written, deleted and left alone; only with the option."""
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 0
    _tamper(shop, "UPDATE review SET body = 'other' WHERE number = 5")
    _tamper(shop, "INSERT INTO product (id, title, on_sale) VALUES (70, 'theirs', TRUE)")
    capsys.readouterr()
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 0
    assert "compared" not in capsys.readouterr().out
    assert run(["etl", "run", "reviews", "--progress", "none", "--refresh"]) == 0
    out = re.sub(r"\d+\.\d s", "#", capsys.readouterr().out)
    assert [line.split(maxsplit=1)[1].strip() for line in out.splitlines()] == [
        "30 rows compared: 1 written, 0 deleted, 29 unchanged in #",
        "3 rows compared: 0 written, 1 deleted, 2 unchanged in #",
        "30 rows compared: 0 written, 0 deleted, 30 unchanged in #",
        "2 rows mended, 0 rows copied in #",
    ]
    assert run(["etl", "run", "reviews", "--progress", "none", "--refresh", "--json"]) == 0
    refreshed = json.loads(capsys.readouterr().out)["refreshed"]
    assert [(one["target"], one["compared"], one["unchanged"]) for one in refreshed] == [
        ("review", 30, 30),
        ("product", 2, 2),
        ("vote", 30, 30),
    ]


def test_cleaning_warns_of_what_would_take_long(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A foreign key without an index has its table read for every row that goes."""
    _tamper(shop, "CREATE TABLE answer (id integer PRIMARY KEY, review_id text REFERENCES review)")
    capsys.readouterr()
    assert run(["etl", "clean", "reviews", "--yes"]) == 0
    assert capsys.readouterr().err == (
        "warning: answer (review_id) to review has no index: this takes long where it has many rows;"
        ' CREATE INDEX "answer_review_id" ON "answer" ("review_id")\n'
    )


def test_what_was_created_is_dropped_where_that_is_asked_for(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The question names the tables, and so does the answer; what was there before stays, and is said to."""
    _tamper(shop, "DROP TABLE vote")
    assert run(["etl", "run", "reviews", "--create", "--progress", "none"]) == 0
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", StringIO(""))
    assert run(["etl", "clean", "reviews", "--drop-created"]) == 2
    assert ".sqlite3, and drop vote? [y/N]:" in capsys.readouterr().err
    assert run(["etl", "clean", "reviews", "--drop-created", "--yes"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "vote: 30 rows deleted",
        "product: 2 rows deleted",
        "review: 30 rows deleted",
        "vote: dropped",
        "reviews: nothing is copied; begin with: strangler etl run reviews --create",
    ]
    assert run(["etl", "run", "reviews", "--create", "--progress", "none"]) == 0


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [("", 2, "error: nobody has agreed to that; with --yes it is not asked\n"), ("n\n", 130, "aborted\n")],
    ids=["nobody", "no"],
)
@pytest.mark.usefixtures("shop")
def test_nothing_is_deleted_that_nobody_agreed_to(
    typed: str,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A pipeline has no terminal to answer at, and learns what it has to say."""
    assert run(["etl", "run", "reviews"]) == 0
    monkeypatch.setattr("sys.stdin", StringIO(typed))
    capsys.readouterr()
    assert run(["etl", "clean", "reviews"]) == status
    assert capsys.readouterr().err.endswith(said)
    assert run(["etl", "verify", "reviews"]) == 0


@pytest.mark.usefixtures("shop")
def test_an_unknown_service_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A typing error is no traceback."""
    capsys.readouterr()
    assert run(["etl", "run", "review"]) == 2
    assert capsys.readouterr().err == ("error: there is no service review in strangler.toml; known services: reviews\n")


@pytest.mark.parametrize("chunks", [1, pytest.param(3, marks=pytest.mark.faults)])
def test_killed_and_called_again(shop: Path, chunks: int) -> None:
    """SIGKILL after some chunks; the next call copies the rest, and everything is there once."""
    _seed(shop, 31, 24_000)
    command = [sys.executable, "-m", "strangler", "etl", "run", "reviews", "--progress", "none"]
    process = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)
    with closing(sqlite3.connect(shop / "target.sqlite3", isolation_level=None)) as target:
        seen: set[object] = set()

        def part_copied() -> bool:
            seen.update(target.execute("SELECT table_name, rows FROM strangler_checkpoint").fetchall())
            return len(seen) >= chunks or process.poll() is not None

        until(part_copied, 60)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert run(["etl", "run", "reviews", "--progress", "none"]) == 0
        assert run(["etl", "verify", "reviews", "--progress", "none"]) == 0
        assert target.execute("SELECT count(*), count(DISTINCT number) FROM vote").fetchall() == [(23_999, 23_999)]


def test_the_plan_of_a_run(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole output without queries, and what JSON has beside it."""
    capsys.readouterr()
    assert run(["etl", "plan", "reviews", "--no-sql"]) == 0
    assert re.sub(r"\d+ B", "# B", capsys.readouterr().out).splitlines() == [
        f"from sqlite:///{shop / 'source.sqlite3'}",
        f"to   sqlite:///{shop / 'target.sqlite3'}",
        "",
        "1. reviews_review -> review (owned)",
        "   rows: about 30 rows, # B, 1 chunk, 1 s",
        "",
        "2. product -> product (replica)",
        "   rows: about 2 rows, # B, 1 chunk, 1 s",
        "",
        "3. reviews_vote -> vote (owned, after reviews_review)",
        "   rows: about 30 rows, # B, 1 chunk, 1 s",
        "",
        "reviews: about 62 rows, # B, 1 s; 0 risks; nothing was changed",
    ]
    assert run(["etl", "plan", "reviews", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["rows"], plan["cycle"], plan["tables"][1]["path"]) == (62, [], "rows")
    assert plan["tables"][1]["sql"].startswith("SELECT\n")


@pytest.mark.usefixtures("shop")
def test_the_status_of_a_copy(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each table and one for what was proved."""
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 0
    capsys.readouterr()
    assert run(["etl", "status", "reviews"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "reviews_review -> review  copied     30 of about 30 rows",
        "product -> product        copied     2 of about 2 rows",
        "reviews_vote -> vote      copied     30 of about 30 rows",
        "reviews: the two databases were not found equal yet",
    ]
    assert run(["etl", "verify", "reviews", "--progress", "none"]) == 0
    capsys.readouterr()
    assert run(["etl", "status", "reviews"]) == 0
    assert re.fullmatch(
        r"reviews: all rows were found equal at \d{4}-\d\d-\d\d [\d:]{8} UTC", capsys.readouterr().out.splitlines()[-1]
    )
    assert run(["etl", "status", "reviews", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tables"][0]["state"] == "copied"


def test_missing_tables_are_planned_and_created(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan shows the statement, a run with --create needs nothing else, also when one was killed before."""

    def killed(_: Migration) -> None:
        raise KeyboardInterrupt

    with closing(sqlite3.connect(shop / "target.sqlite3")) as connection, connection:
        connection.executescript("DROP TABLE vote; DROP TABLE review; DROP TABLE product;")
    capsys.readouterr()
    assert run(["etl", "plan", "reviews", "--no-sql"]) == 0
    assert 'to be created with --create: vote\n   CREATE TABLE "vote" (\n' in capsys.readouterr().out
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 3
    with monkeypatch.context() as patch:
        patch.setattr(Migration, "install", killed)
        assert run(["etl", "run", "reviews", "--create", "--progress", "none"]) == 130
    assert run(["etl", "run", "reviews", "--create", "--progress", "none"]) == 0
    assert run(["etl", "verify", "reviews", "--progress", "none"]) == 0


@pytest.mark.usefixtures("shop")
def test_throttling(capsys: pytest.CaptureFixture[str]) -> None:
    """A rate stays until it is taken away; what is no rate is refused before anything is done."""
    capsys.readouterr()
    assert run(["etl", "throttle", "reviews"]) == 0
    assert capsys.readouterr().out == "reviews: as fast as can be\n"
    assert run(["etl", "run", "reviews", "--rate", "many", "--progress", "none"]) == 2
    assert capsys.readouterr().err == (
        "error: --rate many is no rate; write rows or bytes per second: 5000/s, 20MB/s\n"
    )
    assert run(["etl", "run", "reviews", "--rate", "5000/s", "--progress", "none"]) == 0
    assert run(["etl", "throttle", "reviews", "--rate", "20MB/s"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "reviews: at most 20 MB/s"
    assert run(["etl", "status", "reviews"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "reviews: throttled to 20 MB/s"
    capsys.readouterr()
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 0
    assert capsys.readouterr().err == (
        "at most 20 MB/s, as was said before; to lift that: strangler etl throttle reviews --off\n"
    )
    assert run(["etl", "throttle", "reviews", "--rate", "1/s", "--off"]) == 2
    assert run(["etl", "throttle", "reviews", "--off", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"service": "reviews", "rate": None}


@pytest.mark.usefixtures("shop")
def test_a_second_run_ends_with_status_4(capsys: pytest.CaptureFixture[str]) -> None:
    """And says which process is in its way."""
    capsys.readouterr()
    with open_database(DatabaseUrl(os.environ["TARGET"])) as target, target.run_lock.held("reviews"):
        assert run(["etl", "run", "reviews", "--progress", "none"]) == 4
    assert re.fullmatch(
        rf"error: service reviews: etl run is under way: process {os.getpid()} on .*, since [\d: -]+ UTC;"
        " let it finish, or end it; how far it is says: strangler etl status reviews\n",
        capsys.readouterr().err,
    )


def test_rows_that_do_not_fit(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are named with why, by run and verification, and make the status 1; too many make it 3."""
    _tamper(shop, "CREATE UNIQUE INDEX one ON review (stars) WHERE number IN (4, 5)")
    assert run(["journal", "install", "reviews"]) == 0
    capsys.readouterr()
    assert run(["etl", "run", "reviews", "--progress", "none", "--max-rejects", "0"]) == 3
    assert capsys.readouterr().err == (
        "every chunk that was finished is kept; go on with: strangler etl run reviews\n"
        "error: service reviews: more rows of reviews_review do not fit the target than may be set aside, such as 5:"
        " UNIQUE constraint failed: review.stars; mend rows or mapping, or allow more:"
        " strangler etl run reviews --max-rejects N\n"
    )
    said = [
        "reviews_review 5: set aside: UNIQUE constraint failed: review.stars",
        "reviews_vote 5: set aside: a foreign key of vote to review has no row there",
    ]
    mend = "mend them in the source, or the mapping, and run again: strangler etl run reviews"
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[3:5] == said
    assert re.fullmatch(r"reviews: 60 rows copied in [\d.]+ s, [\d,]+/s; 2 rows set aside", out[5])
    assert out[6:] == [mend]
    assert run(["etl", "status", "reviews"]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("29 of about 30 rows, 1 set aside")
    assert run(["etl", "verify", "reviews", "--progress", "none"]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[:2] == said
    assert out[-2:] == ["reviews: 60 rows compared, all equal; 2 rows set aside", mend]
    assert run(["etl", "verify", "reviews", "--progress", "none", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["tables"][0]["set_aside"] == [
        {"table": "reviews_review", "key": "5", "reason": "UNIQUE constraint failed: review.stars"}
    ]
    _tamper(shop, "DROP INDEX one")
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 0
    assert run(["etl", "verify", "reviews", "--progress", "none"]) == 0


def test_a_journal_at_fault_is_told_alike_by_all_that_look(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan, both states and the run itself: the same words, and the same status."""
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 0
    with closing(sqlite3.connect(shop / "source.sqlite3")) as connection, connection:
        connection.execute("DROP TRIGGER strangler_journal_update_reviews_vote")
    for command in (
        ["etl", "plan", "reviews"], ["etl", "status", "reviews"], ["journal", "status", "reviews"],
        ["etl", "verify", "reviews", "--progress", "none"],
    ):  # fmt: skip
        capsys.readouterr()
        assert run(command) == 3
        said = "".join(capsys.readouterr())
        assert "changes would be missed or misread: reviews_vote has no journal; run: strangler journal install" in said
        assert run([*command, "--json"]) == 3


def test_of_many_differences_the_first_are_printed(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How many there are beside them is said, and where they are listed."""
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 0
    _tamper(shop, "UPDATE vote SET value = 7")
    capsys.readouterr()
    assert run(["etl", "verify", "reviews", "--progress", "none"]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[20] == "vote: 10 more; --json lists 30"
    assert run(["etl", "verify", "reviews", "--progress", "none", "--json"]) == 1
    assert capsys.readouterr().out.count('"different"') == 30
