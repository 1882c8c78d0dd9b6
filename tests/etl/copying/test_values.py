"""Values of every kind arrive unchanged, under keys of every kind, on both engines."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.backfill import backfill
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Migration, open_migration
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from strangler_etl.verification.verification import verify

KEYS = (
    "",
    " ",
    "A",
    "a",
    "Ä",
    "ä",
    "Z",
    "z",
    "_",
    "-",
    "a-b",
    "ab",
    "a b",
    "10",
    "9",
    "ß",
    "\u4e2d",
    "\U0001f600",
    "%",
)
"""Their order is another one in every collation, and none is that of Python."""

PROJECT = """
[monolith]
database = "${SOURCE}"
[services.things]
tables = ["thing"]
database = "${TARGET}"
[etl.things.tables.thing]
target = "copy"
columns = { code = "code", words = "words", price = "price", day = "day", moment = "moment", bytes = "bytes" }
"""
POSTGRES = "code text PRIMARY KEY, words text, price numeric(30, 10), day date, moment timestamptz, bytes bytea"
SQLITE = "code text PRIMARY KEY NOT NULL, words text, price decimal, day date, moment datetime, bytes blob"
ROWS = (
    ("", None, None, None, None),
    ("\\N \\t\t\n\r\\.", "0.0000000001", "0001-01-01", "1969-12-31 23:59:59.999999+00", b"\x00\\\xff"),
    ("x" * 300_000, "12345678901234567890.0123456789", "1900-02-28", "2026-03-29 01:30:00.000001+00", b""),
    ("ünïcödé \U0001f600", "-5", "9999-12-31", "1904-01-01 00:00:00+00", b"\n"),
)


@pytest.fixture(params=[pytest.param("postgres", marks=pytest.mark.postgres), "sqlite"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """A table of things in the source, an empty one in the target."""
    if request.param == "postgres":
        server = request.getfixturevalue("postgres")
        urls = [server.create_database(f"values_{tmp_path.name}_{side}"[-60:]) for side in "st"]
        columns = POSTGRES
    else:
        urls = [f"sqlite:///{tmp_path / side}.sqlite3" for side in "st"]
        for side in "st":
            sqlite3.connect(tmp_path / f"{side}.sqlite3").execute("CREATE TABLE empty (x)").connection.close()
        columns = SQLITE
    for url, table in zip(urls, ("thing", "copy"), strict=True):
        with open_database(DatabaseUrl(url)) as database:
            database.execute(f"CREATE TABLE {table} ({columns})")
    with open_database(DatabaseUrl(urls[0])) as database:
        marks = ", ".join([database.placeholder] * 6)
        for number, key in enumerate(KEYS):
            database.execute(f"INSERT INTO thing VALUES ({marks})", [key, *ROWS[number % len(ROWS)]])
    return dict(zip(("SOURCE", "TARGET"), urls, strict=True))


def _copy(migration: Migration, rows: int) -> None:
    migration.install()
    ticks = iter(range(1_000))
    backfill(migration, SilentProgress(), RunSettings(Pace(rows, most_chunks=1), 1, lambda: next(ticks)))


@pytest.mark.parametrize("rows", [1, 2, 7, 100])
def test_text_keys_are_paged_in_the_order_of_the_database(environment: dict[str, str], rows: int) -> None:
    """Chunks of any size meet every key once, whatever the collation; the values are those of the source."""
    with open_migration(parse_project(PROJECT), "things", environment) as migration:
        _copy(migration, rows)
        assert verify(migration, SilentProgress()).rows == len(KEYS)
        everything = "SELECT code, words, price, day, moment, bytes FROM {} ORDER BY code"
        assert migration.target.rows(everything.format("copy")) == migration.source.rows(everything.format("thing"))


def test_text_keys_are_followed(environment: dict[str, str]) -> None:
    """Changes, deletions and new keys of every kind reach the copy."""
    with open_migration(parse_project(PROJECT), "things", environment) as migration:
        _copy(migration, 5)
        migration.source.execute("UPDATE thing SET words = 'changed' WHERE code IN ('', 'ä', '10')")
        migration.source.execute("DELETE FROM thing WHERE code IN ('%', 'Z', '\U0001f600')")
        migration.source.execute("INSERT INTO thing (code) VALUES ('''\"\\')")
        applied = apply_forward(migration.source, migration.target, migration.mapping)
        assert (applied.upserted, applied.deleted) == (4, 3)
        assert verify(migration, SilentProgress()).clean
