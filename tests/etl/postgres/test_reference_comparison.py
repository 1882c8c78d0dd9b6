"""Where parents lie in the order of their keys a foreign key is compared by merging, and by hashing everywhere else."""

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
ANALYZE ordered, shuffled, "two 'keys'", named
"""


def _hashes(database: Database) -> object:
    return database.rows("SELECT current_setting('enable_hashjoin')")[0][0]


def test_only_numbers_whose_rows_lie_in_order_are_merged(postgres_database: str) -> None:
    """Every key of the table counts, as any may be referred to; the setting is what it was, for what comes then."""
    with open_database(DatabaseUrl(postgres_database)) as database:
        database.execute(_TABLES)
        hashed: dict[str, object] = {}
        with database.transaction():
            for table in ("ordered", "shuffled", "two 'keys'", "named", "unknown", "absent"):
                with database.comparing(table):
                    hashed[table] = _hashes(database)
                assert _hashes(database) == "on"
        assert [table for table, on in hashed.items() if on == "off"] == ["ordered"]
        assert _hashes(database) == "on"
