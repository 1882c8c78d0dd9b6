"""What a text of the target says of values of other types: copied, followed and verified alike."""

from __future__ import annotations

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.following.follower import apply_forward
from tests.etl.copied_case import verified
from tests.etl.pair import OpenedPair

pytestmark = pytest.mark.postgres

TYPES = ("inet", "cidr", "boolean", "character(5)", "numeric(8,2)", "timestamp with time zone", "integer[]")
VALUES = (
    "'10.0.0.1/32', '10.1.0.0/16', TRUE, 'ab', 1.50, '2026-03-29 01:30:00+02', '{1,2}'",
    "'fe80::1/64', '10.0.0.1/32', FALSE, 'ab  c', 0, 'infinity', NULL",
)


def test_values_of_other_types_become_the_texts_they_are_verified_as(opened_pair: OpenedPair) -> None:
    """COPY gives other texts of booleans, addresses and padded texts than a cast gives."""
    columns = [f"c{number}" for number in range(len(TYPES))]
    source = ", ".join(f"{name} {type_}" for name, type_ in zip(columns, TYPES, strict=True))
    target = ", ".join(f"{name} text" for name in columns)
    with opened_pair(
        f"CREATE TABLE thing (id int PRIMARY KEY, {source});"
        + "".join(f"INSERT INTO thing VALUES ({key}, {row});" for key, row in enumerate(VALUES)),
        f"CREATE TABLE thing (id int PRIMARY KEY, {target})",
        '[etl.things.tables.thing]\ntarget = "thing"\n[etl.things.tables.thing.columns]\nid = "id"\n'
        + "\n".join(f'{name} = "{name}"' for name in columns),
    ) as migration:
        backfill(migration, SilentProgress())
        migration.source.execute(f"INSERT INTO thing VALUES (7, {VALUES[0]})")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert verified(migration).differences == ()
        rows = migration.target.rows("SELECT * FROM thing ORDER BY id")
    expected = ("10.0.0.1", "10.1.0.0/16", "true", "ab", "1.50", "2026-03-28 23:30:00+00", "{1,2}")
    assert rows == [
        (0, *expected),
        (1, "fe80::1/64", "10.0.0.1/32", "false", "ab  c", "0.00", "infinity", None),
        (7, *expected),
    ]


@pytest.mark.parametrize("type_", ["inet", "character(12)", "boolean", "numeric(8,2)"])
def test_a_row_whose_key_became_a_text_is_found_again(opened_pair: OpenedPair, type_: str) -> None:
    """When it goes in the monolith it goes in the service."""
    first, second = {"boolean": ("TRUE", "FALSE"), "numeric(8,2)": ("1.5", "2")}.get(type_, ("'10.0.0.1'", "'::1'"))
    with opened_pair(
        f"CREATE TABLE thing (id {type_} PRIMARY KEY, name text); INSERT INTO thing VALUES ({first}), ({second})",
        "CREATE TABLE thing (id text PRIMARY KEY, name text)",
        '[etl.things.tables.thing]\ntarget = "thing"\ncolumns = { id = "id", name = "name" }',
    ) as migration:
        backfill(migration, SilentProgress())
        migration.source.execute(f"DELETE FROM thing WHERE id = {first}")
        migration.source.execute(f"UPDATE thing SET name = 'new' WHERE id = {second}")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert migration.target.rows("SELECT name FROM thing") == [("new",)]
        assert verified(migration).clean


@pytest.mark.parametrize("type_", ["inet", "character(12)", "timestamp with time zone", "numeric(8,2)"])
@pytest.mark.parametrize("derived", [True, False], ids=["derived", "copied"])
def test_a_row_keeps_its_children_whatever_its_key_is(opened_pair: OpenedPair, type_: str, derived: bool) -> None:
    """The journal writes keys as JSON does, in the time zone of who changed the row."""
    moments = ("'2026-03-29 01:30:00+02'", "'infinity'")
    first, second = {"numeric(8,2)": ("1.5", "2"), "inet": ("'10.0.0.1'", "'::1'")}.get(type_, moments)
    if type_ == "character(12)":
        first, second = "'a'", "'b'"
    columns = 'id = { key = "uuid" }, number = { key = "source" }' if derived else 'id = { key = "source" }'
    key = f"id uuid PRIMARY KEY, number {type_} UNIQUE" if derived else f"id {type_} PRIMARY KEY"
    with opened_pair(
        f"CREATE TABLE thing (id {type_} PRIMARY KEY, name text); INSERT INTO thing VALUES ({first}), ({second})",
        f"CREATE TABLE thing ({key}, name text);"
        f"CREATE TABLE part (thing {'uuid' if derived else type_} REFERENCES thing ON DELETE CASCADE)",
        f'[etl.things.tables.thing]\ntarget = "thing"\ncolumns = {{ {columns}, name = "name" }}',
    ) as migration:
        backfill(migration, SilentProgress())
        migration.target.execute("INSERT INTO part SELECT id FROM thing")
        migration.source.execute("SET timezone = 'Asia/Kolkata'; SET datestyle = 'German'")
        migration.source.execute(f"DELETE FROM thing WHERE id = {first}")
        migration.source.execute(f"UPDATE thing SET name = 'new' WHERE id = {second}")
        migration.source.execute("SET timezone = 'UTC'; SET datestyle = 'ISO'")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert migration.target.rows("SELECT name FROM thing") == [("new",)]
        assert migration.target.rows("SELECT count(*) FROM part") == [(1,)]
        assert verified(migration).clean
