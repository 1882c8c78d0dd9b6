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
from strangler_etl.errors import DatabaseError
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
