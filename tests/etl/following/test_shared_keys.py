"""Two keys of the source that are one in the target: followed, as copied, no row takes the place of another."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from strangler.demo.postgres import PostgresServer
from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler_etl.copying.backfill import backfill
from strangler_etl.errors import SharedKeyError
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Migration, open_migration
from tests.etl.copied_case import verified

pytestmark = pytest.mark.postgres

_THINGS = """
[monolith]
database = "${SOURCE}"
[services.things]
tables = ["thing"]
database = "${TARGET}"
[etl.things.tables.thing]
target = "thing"
columns = { id = "KEY", name = "name" }
"""
_PLAIN = f"{1:032x}"
_DASHES = "00000000-0000-0000-0000-000000000001"


@pytest.fixture(params=["sqlite", "postgres"])
def things(request: pytest.FixtureRequest, postgres: PostgresServer, tmp_path: Path) -> Generator[Migration]:
    """Copied things with a UUID for a key, which the source keeps as text."""
    create = "CREATE TABLE thing (id varchar(40) PRIMARY KEY, name text)"
    name = f"shared_{request.param}"
    environment = {
        "TARGET": postgres.create_database(f"{name}_target"),
        "SOURCE": f"sqlite:///{tmp_path}/source.sqlite3",
    }
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "source.sqlite3")) as source:
            source.execute(create)
    else:
        environment["SOURCE"] = postgres.create_database(f"{name}_source")
        with psycopg.connect(environment["SOURCE"]) as source:
            source.execute(create.encode())
    with psycopg.connect(environment["TARGET"]) as target:
        target.execute("CREATE TABLE thing (id uuid PRIMARY KEY, name text)")
        target.execute("CREATE TABLE part (of_thing uuid REFERENCES thing ON DELETE CASCADE)")
    project = parse_project(_THINGS.replace("KEY", "id" if request.param == "sqlite" else "id::uuid"))
    with open_migration(project, "things", environment) as migration:
        migration.install()
        migration.source.execute(f"INSERT INTO thing VALUES ('{_PLAIN}', 'first'), ('{2:032x}', 'second')")
        backfill(migration, SilentProgress())
        yield migration


def _names(migration: Migration) -> list[tuple[object, ...]]:
    return migration.target.rows("SELECT name FROM thing ORDER BY id")


def _follow(migration: Migration) -> None:
    apply_forward(migration.source, migration.target, migration.mapping)


def test_a_row_with_the_key_of_another_stops_the_follower(things: Migration) -> None:
    """Nothing is overwritten, and with the row gone or its key mended the follower goes on."""
    things.source.execute(f"INSERT INTO thing VALUES ('{_DASHES}', 'usurper')")
    with pytest.raises(SharedKeyError, match=f"same id in the target: {_DASHES} and {_PLAIN}"):
        _follow(things)
    assert _names(things) == [("first",), ("second",)]
    things.source.execute(f"UPDATE thing SET id = '{3:032x}' WHERE id = '{_DASHES}'")
    _follow(things)
    assert _names(things) == [("first",), ("second",), ("usurper",)]
    assert verified(things).clean


def test_a_row_that_came_and_went_takes_no_other_with_it(things: Migration) -> None:
    """Between two looks of the follower."""
    things.source.execute(f"INSERT INTO thing VALUES ('{_DASHES}', 'usurper')")
    things.source.execute(f"DELETE FROM thing WHERE id = '{_DASHES}'")
    _follow(things)
    assert _names(things) == [("first",), ("second",)]
    assert verified(things).clean


def test_a_key_that_is_spelled_anew_is_the_same_row(things: Migration) -> None:
    """It changes in place: what refers to it stays."""
    with things.target.transaction(applying=True):
        things.target.execute(f"INSERT INTO part VALUES ('{_DASHES}')")
    things.source.execute(f"UPDATE thing SET id = '{_DASHES}', name = 'anew' WHERE id = '{_PLAIN}'")
    _follow(things)
    things.source.execute(f"DELETE FROM thing WHERE id = '{2:032x}'")
    _follow(things)
    assert _names(things) == [("anew",)]
    assert things.target.rows("SELECT count(*) FROM part") == [(1,)]
    assert verified(things).clean
