"""Keys whose values no type of Python holds, or that have several texts, are verified, mended and followed."""

from __future__ import annotations

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.verification.repair import repair
from tests.etl.copied_case import give_to_v2, verified
from tests.etl.pair import OpenedPair

pytestmark = pytest.mark.postgres

_KEYS = {
    "digest": ("bytea", [r"\x00", r"\x2f", r"\x5c78", r"\xff01"]),
    "moment": ("timestamptz", ["infinity", "-infinity", "2024-01-01 00:00:00.123456+00", "0044-03-15 00:00:00+00 BC"]),
    "hour": ("timetz", ["24:00:00+00", "10:00:00+02", "08:00:00+00", "00:00:00-11"]),
    "amount": ("numeric", ["NaN", "Infinity", "1.0", "2"]),
}
_TABLES = "".join(
    f"CREATE TABLE {name} (k {type_} PRIMARY KEY, said text);"
    f"CREATE TABLE parts_of_{name} (part text, k {type_}, said text, PRIMARY KEY (part, k));"
    for name, (type_, _) in _KEYS.items()
)
_ROWS = "".join(
    f"INSERT INTO {name} VALUES ('{value}', '{number}');"
    f"INSERT INTO parts_of_{name} VALUES ('p', '{value}', '{number}');"
    for name, (_, values) in _KEYS.items()
    for number, value in enumerate(values)
)
_NAMES = [each for name in _KEYS for each in (name, f"parts_of_{name}")]
_MAPPING = "".join(
    f"""
[etl.things.tables.{name}]
target = "{name}"
columns = {{ {'part = "part", k = "k"' if name.startswith("parts") else 'k = { key = "source" }'}, said = "said" }}
"""
    for name in _NAMES
)


def test_rows_are_found_by_whatever_their_key_is(opened_pair: OpenedPair) -> None:
    """Rows that differ, that are missing and that are one too many, while a change is on its way, and the way back."""
    with opened_pair(_TABLES + _ROWS, _TABLES, _MAPPING) as migration:
        source, target = migration.source, migration.target

        def every(statement: str) -> str:
            return "; ".join(statement.replace("ITEM", name) for name in _NAMES)

        def equal() -> bool:
            query = " UNION ALL ".join(f"SELECT '{name}', k::text, said FROM {name}" for name in _NAMES)
            return sorted(source.rows(query)) == sorted(target.rows(query)) and verified(migration).clean

        backfill(migration, SilentProgress())
        assert equal()
        source.execute(every("UPDATE ITEM SET said = 'changed' WHERE said = '0'"))
        assert verified(migration).clean
        with target.transaction(applying=True):
            target.execute(every("UPDATE ITEM SET said = 'wrong' WHERE said = '1'; DELETE FROM ITEM WHERE said = '2'"))
        with source.transaction(applying=True):
            source.execute(every("DELETE FROM ITEM WHERE said = '3'"))
        found = verified(migration).differences
        assert sorted({difference.kind for difference in found}) == ["different", "extra", "missing"]
        assert len(found) == 3 * len(_NAMES)
        repair(migration, found)
        apply_forward(source, target, migration.mapping)
        assert equal()
        give_to_v2(migration)
        target.execute(every("DELETE FROM ITEM WHERE said = '1'; UPDATE ITEM SET said = 'back' WHERE said = '2'"))
        apply_backward(source, target, migration.mapping)
        assert equal()
