"""Where parents lie in the order of their keys a foreign key is compared by merging; else the planner has its way."""

from __future__ import annotations

import pytest

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Database

pytestmark = pytest.mark.postgres

_TABLES = """
CREATE TABLE ordered (id bigint PRIMARY KEY, number integer UNIQUE, name text);
INSERT INTO ordered SELECT n, 3 * n, 'name ' || n FROM generate_series(1, 500) AS n;
CREATE TABLE shuffled (id bigint PRIMARY KEY);
INSERT INTO shuffled SELECT n FROM generate_series(1, 500) AS n ORDER BY md5(n::text);
CREATE TABLE "two 'keys'" (id bigint PRIMARY KEY, other integer UNIQUE);
INSERT INTO "two 'keys'" SELECT n, (n * 7919) % 1009 FROM generate_series(1, 500) AS n;
CREATE TABLE named (name text PRIMARY KEY);
INSERT INTO named SELECT 'name ' || lpad(n::text, 3, '0') FROM generate_series(1, 500) AS n;
CREATE TABLE unknown (id bigint PRIMARY KEY);
INSERT INTO unknown SELECT n FROM generate_series(1, 500) AS n;
CREATE TABLE many (parent bigint);
INSERT INTO many SELECT n FROM generate_series(1, 30) AS n;
CREATE TABLE few (parent bigint);
INSERT INTO few SELECT n FROM generate_series(1, 20) AS n;
ANALYZE ordered, shuffled, "two 'keys'", named, many, few
"""


def _allowed(database: Database) -> object:
    return database.rows("SELECT current_setting('enable_hashjoin') || current_setting('enable_indexonlyscan')")[0][0]


def test_only_numbers_whose_rows_lie_in_order_are_merged(postgres_database: str) -> None:
    """Every key of the table counts, as any may be referred to; the settings are what they were afterwards."""
    with open_database(DatabaseUrl(postgres_database)) as database:
        database.execute(_TABLES)
        allowed: dict[tuple[str, str], object] = {}
        with database.transaction():
            for parent in ("ordered", "shuffled", "two 'keys'", "named", "unknown", "absent"):
                for table in ("many", "few", "absent"):
                    with database.comparing(table, parent):
                        allowed[table, parent] = _allowed(database)
                    assert _allowed(database) == "onon"
        assert [pair for pair, on in allowed.items() if on == "offoff"] == [("many", "ordered")]
        assert {on for pair, on in allowed.items() if pair != ("many", "ordered")} == {"onon"}
        assert _allowed(database) == "onon"
