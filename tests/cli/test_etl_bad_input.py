"""``strangler etl run`` on what is wrong: the message says what and where, the status says of which kind it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from strangler.cli.main import run
from tests.etl.reviews_case import PROJECT, ROWS, SQLITE_SOURCE, SQLITE_TARGET


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder, which is the current one, with its two databases; no journal is kept yet."""
    for name, script in (("source", SQLITE_SOURCE + ROWS), ("target", SQLITE_TARGET)):
        _change(tmp_path, name, script)
        monkeypatch.setenv(name.upper(), f"sqlite:///{tmp_path / name}.sqlite3")
    (tmp_path / "strangler.toml").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _change(folder: Path, database: str, script: str) -> None:
    with closing(sqlite3.connect(folder / f"{database}.sqlite3")) as connection, connection:
        connection.executescript(script)


def _edit(folder: Path, old: str, new: str) -> None:
    assert old in PROJECT
    (folder / "strangler.toml").write_text(PROJECT.replace(old, new))


def _gone(shop: Path) -> None:
    (shop / "source.sqlite3").unlink()


def _no_database(shop: Path) -> None:
    (shop / "source.sqlite3").write_text("not a database, whatever its name says, but a text of some length" * 20)


def _wrong_database(shop: Path) -> None:
    (shop / "source.sqlite3").write_bytes((shop / "target.sqlite3").read_bytes())


def _wrong_column(shop: Path) -> None:
    _edit(shop, '"product_id"\nbody', '"produkt_id"\nbody')


def _wrong_table(shop: Path) -> None:
    _edit(shop, 'target = "vote"', 'target = "votes"')


def _no_expression(shop: Path) -> None:
    _edit(shop, "rating::smallint", "rating::")


def _no_key(shop: Path) -> None:
    _change(
        shop,
        "source",
        "CREATE TABLE copied AS SELECT * FROM product; DROP TABLE product; ALTER TABLE copied RENAME TO product;",
    )


def _no_journal(shop: Path) -> None:
    assert (shop / "source.sqlite3").is_file()


@pytest.mark.parametrize(
    ("spoil", "status", "said"),
    [
        (_gone, 4, "there is no file"),
        (_no_database, 4, "file is not a database"),
        (_wrong_database, 3, "reviews_review"),
        (_wrong_column, 3, "did you mean product_id"),
        (_wrong_table, 3, "did you mean vote"),
        (_no_expression, 3, "strangler.toml:"),
        (_no_key, 3, "key"),
        (_no_journal, 3, "each has no journal"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(
    shop: Path, spoil: Callable[[Path], None], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, one error, and a target that is as it was."""
    spoil(shop)
    assert run(["etl", "run", "reviews", "--progress", "none"]) == status
    err = capsys.readouterr().err
    assert said in err
    assert err.count("error: ") == 1
    assert "every chunk that was finished is kept" not in err
    with closing(sqlite3.connect(shop / "target.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM review").fetchall() == [(0,)]


def test_a_target_with_rows_of_somebody_else(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are not mixed with what is copied, and not deleted either."""
    _change(shop, "target", "INSERT INTO review VALUES (1, 'a', 1, 'theirs', 1)")
    assert run(["journal", "install", "reviews"]) == 0
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 3
    assert "the target table review has rows that etl run did not copy" in capsys.readouterr().err
    with closing(sqlite3.connect(shop / "target.sqlite3")) as connection:
        assert connection.execute("SELECT body FROM review").fetchall() == [("theirs",)]


def test_a_row_without_a_key(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """SQLite lets a primary key be NULL: no copy finds such a row again, so it is counted before."""
    _change(
        shop,
        "source",
        "DROP TABLE reviews_vote; CREATE TABLE reviews_vote (id text PRIMARY KEY, review_id bigint, customer text,"
        " value integer); INSERT INTO reviews_vote VALUES (NULL, 1, 'ann', 1), (NULL, 1, 'bob', 1);",
    )
    assert run(["journal", "install", "reviews"]) == 0
    assert run(["etl", "run", "reviews", "--progress", "none"]) == 3
    assert capsys.readouterr().err == (
        "error: service reviews: rows of reviews_vote have no id, so nobody could find them again: 2;"
        ' give them one; they are: SELECT * FROM "reviews_vote" WHERE "id" IS NULL\n'
    )
