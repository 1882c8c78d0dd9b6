"""A key that is a number is followed by its value, of which PostgreSQL keeps several texts."""

from __future__ import annotations

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.following.follower import apply_backward, apply_forward
from tests.etl.copied_case import give_to_v2, verified
from tests.etl.pair import OpenedPair

pytestmark = pytest.mark.postgres

_TABLES = """
CREATE TABLE rate (id numeric PRIMARY KEY, name text);
CREATE TABLE use (id bigint PRIMARY KEY, rate_id numeric);
"""
_ROWS = "INSERT INTO rate VALUES (1.0, 'one'), (2.0, 'two'), ('NaN', 'none'); INSERT INTO use VALUES (1, 1.0);"
_CASCADE = "ALTER TABLE use ADD FOREIGN KEY (rate_id) REFERENCES rate ON DELETE CASCADE;"
_MAPPING = """
[etl.things.tables.rate]
target = "rate"
columns = { id = { key = "source" }, name = "name" }
[etl.things.tables.use]
target = "use"
columns = { id = { key = "source" }, rate_id = "rate_id" }
"""
_WRITTEN_ANEW = [
    ("UPDATE rate SET id = 1.00, name = 'uno' WHERE id = 1",),
    ("DELETE FROM rate WHERE id = 1", "INSERT INTO rate VALUES (1.00, 'uno')"),
    ("TRUNCATE rate", "INSERT INTO rate VALUES (1.00, 'uno'), (2, 'two'), ('NaN', 'none')"),
]


@pytest.mark.parametrize("statements", _WRITTEN_ANEW, ids=["changed", "deleted and inserted", "truncated"])
def test_a_row_whose_number_is_written_anew_stays(opened_pair: OpenedPair, statements: tuple[str, ...]) -> None:
    """What refers to it in the target would go with it."""
    with opened_pair(_TABLES + _ROWS, _TABLES + _CASCADE, _MAPPING) as migration:
        backfill(migration, SilentProgress())
        with migration.source.transaction():
            for statement in statements:
                migration.source.execute(statement)
        applied = apply_forward(migration.source, migration.target, migration.mapping)
        assert applied.deleted == 0
        assert migration.target.rows("SELECT name FROM rate ORDER BY id") == [("uno",), ("two",), ("none",)]
        assert migration.target.rows("SELECT rate_id = 1 FROM use") == [(True,)]
        assert verified(migration).clean


def test_a_row_whose_number_is_another_goes(opened_pair: OpenedPair) -> None:
    """Also by the smallest part, beyond the digits of a float."""
    other = f"1.{'0' * 40}1"
    with opened_pair(_TABLES + _ROWS, _TABLES, _MAPPING) as migration:
        backfill(migration, SilentProgress())
        migration.source.execute(f"UPDATE rate SET id = {other} WHERE id = 1")
        assert apply_forward(migration.source, migration.target, migration.mapping).deleted == 1
        assert verified(migration).clean


@pytest.mark.parametrize("statements", _WRITTEN_ANEW, ids=["changed", "deleted and inserted", "truncated"])
def test_a_row_whose_number_the_service_writes_anew_stays_in_the_monolith(
    opened_pair: OpenedPair, statements: tuple[str, ...]
) -> None:
    """On the way back, too, what refers to it would go with it."""
    with opened_pair(_TABLES + _ROWS + _CASCADE, _TABLES, _MAPPING) as migration:
        backfill(migration, SilentProgress())
        give_to_v2(migration)
        with migration.target.transaction():
            for statement in statements:
                migration.target.execute(statement)
        assert apply_backward(migration.source, migration.target, migration.mapping).deleted == 0
        assert migration.source.rows("SELECT name FROM rate ORDER BY id") == [("uno",), ("two",), ("none",)]
        assert migration.source.rows("SELECT rate_id = 1 FROM use") == [(True,)]
        assert verified(migration).clean
        migration.target.execute(f"UPDATE rate SET id = 2.{'0' * 40}1 WHERE id = 2")
        assert apply_backward(migration.source, migration.target, migration.mapping).deleted == 1
        assert verified(migration).clean
