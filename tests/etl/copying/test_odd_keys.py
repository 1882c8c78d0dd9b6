"""Keys that SQLite has and others do not, or that an engine writes in several ways."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from strangler.demo.postgres import PostgresServer
from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.backfill import backfill
from strangler_etl.errors import BackfillError, DatabaseError
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.migration import Missing, open_migration
from tests.etl.copied_case import give_to_v2, verified

PROJECT = """
[monolith]
database = "${SOURCE}"
[services.readings]
tables = ["reading"]
database = "${TARGET}"
[etl.readings.tables.reading]
target = "reading"
columns = { at = "at", sensor = "sensor" }
"""


def _seed(path: Path, *statements: str) -> str:
    """A database of SQLite in which the statements were executed; return its URL."""
    path.touch()
    url = f"sqlite:///{path}"
    with closing(open_database(DatabaseUrl(url))) as database:
        for statement in statements:
            database.execute(statement)
    return url


@pytest.mark.postgres
@pytest.mark.parametrize("key", ["at, sensor", "at"])
def test_a_moment_in_a_key_goes_back_as_it_came(tmp_path: Path, postgres: PostgresServer, key: str) -> None:
    """The journal of PostgreSQL writes it otherwise: by that the row that is gone would not be found."""
    source = _seed(
        tmp_path / "source.sqlite3",
        f"CREATE TABLE reading (at datetime NOT NULL, sensor bigint NOT NULL, PRIMARY KEY ({key}))",
        "INSERT INTO reading VALUES ('2024-01-01 00:00:00', 1), ('2024-01-01 01:00:00', 2)",
    )
    urls = {"SOURCE": source, "TARGET": postgres.create_database(f"moments_{len(key)}")}
    with open_migration(parse_project(PROJECT), "readings", urls, Missing.CREATE) as migration:
        migration.install()
        backfill(migration, SilentProgress())
        give_to_v2(migration)
        migration.target.execute("DELETE FROM reading WHERE sensor = 1")
        apply_backward(migration.source, migration.target, migration.mapping)
        assert migration.source.rows("SELECT sensor FROM reading") == [(2,)]
        assert verified(migration).clean


def test_a_row_whose_key_is_null_in_part_is_named(tmp_path: Path) -> None:
    """SQLite takes one; it would be written again and again."""
    table = "CREATE TABLE reading (at text, sensor integer, PRIMARY KEY (at, sensor))"
    urls = {"SOURCE": _seed(tmp_path / "source.sqlite3", table), "TARGET": _seed(tmp_path / "target.sqlite3")}
    with open_migration(parse_project(PROJECT), "readings", urls, Missing.CREATE) as migration:
        migration.install()
        backfill(migration, SilentProgress())
        migration.source.execute("INSERT INTO reading VALUES (NULL, 1)")
        with pytest.raises(DatabaseError, match=r"a row of reading has no \(at, sensor\)"):
            apply_forward(migration.source, migration.target, migration.mapping)
        assert migration.target.rows("SELECT * FROM reading") == []


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("key", "at", "what"),
    [
        ("at, sensor", "2024-01-01 00:00:00.000000", "come back from at as 2024-01-01 00:00:00: as another row"),
        ("at", "2024-01-01", "come back from at as 2024-01-01 00:00:00: as another row"),
        ("at", "2024-01-02T00:00:00", "come back from at as 2024-01-02 00:00:00: as another row"),
        ("at", "of old", None),
    ],
)
def test_a_key_that_comes_back_otherwise_is_refused(
    tmp_path: Path, postgres: PostgresServer, key: str, at: str, what: str | None
) -> None:
    """The source would have the row twice: SQLite compares the texts. One that does not fit never goes."""
    source = _seed(
        tmp_path / "source.sqlite3",
        f"CREATE TABLE reading (at datetime NOT NULL, sensor bigint NOT NULL, PRIMARY KEY ({key}))",
        f"INSERT INTO reading VALUES ('2024-01-02 00:00:00', 1), ('{at}', 2)",
    )
    urls = {"SOURCE": source, "TARGET": postgres.create_database(f"spelling_{len(key)}_{len(at)}")}
    with open_migration(parse_project(PROJECT), "readings", urls, Missing.CREATE) as migration:
        migration.install()
        if what is None:
            (table,) = backfill(migration, SilentProgress())
            assert [reject.key for reject in table.rejects] == [at]
        else:
            with pytest.raises(BackfillError, match=what):
                backfill(migration, SilentProgress())
            assert migration.target.rows("SELECT * FROM reading") == []


@pytest.mark.parametrize("value", ["0.1 + 0.2", "x'00ff'"])
def test_a_part_of_a_key_without_an_exact_text_is_refused(tmp_path: Path, value: str) -> None:
    """SQLite writes 15 digits of a number; by those the row is not found again."""
    table = "CREATE TABLE reading (at NOT NULL, sensor integer NOT NULL, PRIMARY KEY (at, sensor))"
    source = _seed(tmp_path / "source.sqlite3", table, f"INSERT INTO reading VALUES ({value}, 1)")
    urls = {"SOURCE": source, "TARGET": _seed(tmp_path / "target.sqlite3", table)}
    with open_migration(parse_project(PROJECT), "readings", urls) as migration:
        migration.install()
        with pytest.raises(BackfillError, match="rows of reading have a at without an exact text"):
            backfill(migration, SilentProgress())
