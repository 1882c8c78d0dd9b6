"""Keys that would come back as others, or that something depends on, are not to be taken away."""

from __future__ import annotations

import pytest

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database

pytestmark = pytest.mark.postgres

_ODD = {
    "referred": "CREATE TABLE outside (number bigint REFERENCES referred (number))",
    "grouped": "CREATE VIEW groups AS SELECT id, name FROM grouped GROUP BY id",
    "published": "CREATE PUBLICATION further FOR TABLE published",
    "expression": "CREATE UNIQUE INDEX odd ON expression (lower(name))",
    "partial": "CREATE UNIQUE INDEX odd_partial ON partial (name) WHERE number > 1",
    "roomy": "ALTER INDEX roomy_pkey SET (fillfactor = 70)",
    "replicated": "ALTER TABLE replicated REPLICA IDENTITY USING INDEX replicated_number_key",
    "clustered": "ALTER TABLE clustered CLUSTER ON clustered_pkey",
    "collated": 'CREATE UNIQUE INDEX odd_collated ON collated (name COLLATE "C")',
    "operators": "CREATE UNIQUE INDEX odd_operators ON operators (name text_pattern_ops)",
    "nulls": "CREATE UNIQUE INDEX odd_nulls ON nulls (name) NULLS NOT DISTINCT",
    "parent": "CREATE TABLE heir () INHERITS (parent)",
}
_TABLE = "CREATE TABLE {} (id bigint PRIMARY KEY, number bigint NOT NULL UNIQUE, name text)"


def test_only_what_comes_back_as_it_is_may_be_dropped(postgres_database: str) -> None:
    """Of each table with something odd one key at least has to stay, and with it they all do; plain keys go."""
    with open_database(DatabaseUrl(postgres_database)) as database:
        for name, odd in {"plain": "SELECT 1", **_ODD}.items():
            database.execute(f"{_TABLE.format(name)}; {odd}")
        database.execute("CREATE TABLE whole (id bigint PRIMARY KEY) PARTITION BY RANGE (id)")
        database.execute("CREATE TABLE part PARTITION OF whole DEFAULT")
        found = database.unique_keys(["plain", "whole", "part", *_ODD])
        stay = {one.table for one in found if one.drop is None}
        assert {one.table for one in found} - stay == {"plain"}
        assert [(one.name, one.primary, one.columns) for one in found if one.table == "plain"] == [
            ("plain_pkey", True, ("id",)),
            ("plain_number_key", False, ("number",)),
        ]
        # To make a key of a large table may take longer than a statement is allowed to.
        database.execute("SET statement_timeout = '1h'")
        assert {one.drop for one in database.unique_keys(["plain"])} == {None}
