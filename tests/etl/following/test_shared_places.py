"""The way back in parts: rows that leave their places to others go back together, and all others by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import NAMESPACE_OID, uuid5

import pytest

from strangler.model.authority import Side
from strangler_etl.following.follower import apply_backward
from strangler_etl.following.shared_places import goes_back_in_parts
from strangler_etl.migration import Migration
from tests.etl.copied_case import key_of, verified
from tests.etl.following import test_kinds_go_back, test_parts_go_back, test_rows_go_back
from tests.etl.parts_case import ENGINES, OpenedParts, copied_parts, follow_back, killed_between_parts, moved_to

ROWS = (test_rows_go_back.TABLES, test_rows_go_back.MAPPING, ("users",))
KINDS = (test_kinds_go_back.TABLES, test_kinds_go_back.MAPPING, ("customer", "supplier", "purchase"))
PARTS = (test_parts_go_back.TABLES, test_parts_go_back.MAPPING, ("users",))


def _new(name: str) -> str:
    return str(uuid5(NAMESPACE_OID, name))


_USERS = [key_of(number, "users") for number in range(5)]
_SUPPLIERS = [key_of(number, "supplier") for number in range(3)]
_CUSTOMERS = [key_of(number, "customer") for number in range(4)]
BETWEEN_PARTS = (
    f"UPDATE open_user SET bio = 'first' WHERE id = '{_USERS[1]}'",
    f"UPDATE closed_user SET email = 'third' WHERE id = '{_USERS[3]}'",
    # Number 2 is given to another row in the other part, number 4 moves with its key.
    f"DELETE FROM open_user WHERE id = '{_USERS[2]}'",
    f"UPDATE open_user SET bio = 'again' WHERE id = '{_USERS[1]}'",
    f"DELETE FROM closed_user WHERE id = '{_USERS[4]}'",
    f"INSERT INTO open_user (id, number, email) VALUES ('{_new('a')}', 8, 'new')",
    f"INSERT INTO closed_user (id, number, email) VALUES ('{_new('b')}', 2, 'second')",
    f"INSERT INTO open_user (id, number, email) VALUES ('{_USERS[4]}', 4, 'fourth')",
    f"UPDATE closed_user SET email = 'third again' WHERE id = '{_USERS[3]}'",
)
BETWEEN_KINDS = (
    f"UPDATE party SET name = 'Ann' WHERE id = '{_CUSTOMERS[1]}'",
    f"UPDATE party SET kind = 'supplier', number = 9 WHERE id = '{_CUSTOMERS[2]}'",
    f"UPDATE party SET name = 'Cid' WHERE id = '{_CUSTOMERS[3]}'",
    # The numbers of both suppliers are exchanged, while an order refers to one of them.
    f"UPDATE party SET number = 77 WHERE id = '{_SUPPLIERS[1]}'",
    f"UPDATE party SET name = 'Ann again' WHERE id = '{_CUSTOMERS[1]}'",
    f"UPDATE party SET number = 1 WHERE id = '{_SUPPLIERS[2]}'",
    f"UPDATE party SET number = 2 WHERE id = '{_SUPPLIERS[1]}'",
    f"INSERT INTO party (id, number, kind, name) VALUES ('{_new('a')}', 2, 'customer', 'Bob')",
    f"UPDATE party SET name = 'Cid again' WHERE id = '{_CUSTOMERS[3]}'",
)
BESIDE = (
    f"UPDATE account SET email = 'first' WHERE id = '{_USERS[1]}'",
    f"UPDATE person SET name = 'second' WHERE id = '{_USERS[2]}'",
    f"UPDATE profile SET bio = 'third' WHERE id = '{_USERS[3]}'",
    f"DELETE FROM profile WHERE id = '{_USERS[1]}'",
    f"DELETE FROM account WHERE id = '{_USERS[4]}'",
    f"DELETE FROM person WHERE id = '{_USERS[4]}'",
    f"DELETE FROM profile WHERE id = '{_USERS[4]}'",
    f"INSERT INTO account (id, email, number) VALUES ('{_new('c')}', 'new', 4)",
    f"INSERT INTO person (id, name) VALUES ('{_new('c')}', 'new')",
    f"UPDATE account SET email = 'second' WHERE id = '{_USERS[2]}'",
)
Case = tuple[tuple[Sequence[str], str, Sequence[str]], Sequence[str]]
CASES = [
    pytest.param((ROWS, BETWEEN_PARTS), id="parts of rows"),
    pytest.param((KINDS, BETWEEN_KINDS), id="tables that became one"),
    pytest.param((PARTS, BESIDE), id="parts of columns"),
]


def _written(migration: Migration, statements: Sequence[str]) -> None:
    copied_parts(migration)
    moved_to(migration, Side.V2)
    for statement in statements:
        migration.target.execute(statement)


def _back(migration: Migration, tables: Sequence[str]) -> object:
    assert verified(migration).clean
    return [migration.source.rows(f"SELECT * FROM {name} ORDER BY id") for name in tables]


def _at_once(opened_parts: OpenedParts, case: Case) -> object:
    (statements, mapping, tables), written = case
    with opened_parts(statements, mapping) as migration:
        _written(migration, written)
        follow_back(migration)
        return _back(migration, tables)


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
@pytest.mark.parametrize("case", CASES)
def test_parts_lead_to_what_all_at_once_does(opened_parts: OpenedParts, case: Case) -> None:
    """And what a part leaves behind is on its way, as verification sees it."""
    (statements, mapping, tables), written = case
    expected = _at_once(opened_parts, case)
    with opened_parts(statements, mapping) as migration:
        assert goes_back_in_parts(migration.mapping, migration.source)
        _written(migration, written)
        parts = 1
        while apply_backward(migration.source, migration.target, migration.mapping, most=2).more:
            parts += 1
        assert parts > 2
        assert _back(migration, tables) == expected


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
def test_a_part_takes_along_who_had_and_who_gets_its_places(opened_parts: OpenedParts) -> None:
    """A place that is given to a row of another part, whose record comes much later."""
    with opened_parts(ROWS[0], ROWS[1]) as migration:
        later = [f"UPDATE open_user SET bio = '{n}' WHERE id = '{_USERS[1]}'" for n in range(20)]
        taken = f"INSERT INTO closed_user (id, number, email) VALUES ('{_new('b')}', 2, 'second')"
        _written(migration, [f"DELETE FROM open_user WHERE id = '{_USERS[2]}'", *later, taken])
        applied = apply_backward(migration.source, migration.target, migration.mapping, most=1)
        assert applied.more
        assert migration.source.rows("SELECT email, bio, state, legacy FROM users WHERE id = 2") == [
            ("second", "bio 2", "closed", "old")
        ]
        assert migration.source.rows("SELECT bio FROM users WHERE id = 1") == [("bio 1",)]


@pytest.mark.faults
@pytest.mark.postgres
@pytest.mark.parametrize("opened_parts", ["postgres postgres"], indirect=True)
@pytest.mark.parametrize("case", CASES)
def test_a_follower_that_is_killed_between_two_parts_is_continued(opened_parts: OpenedParts, case: Case) -> None:
    """SIGKILL after each part: the next process goes on behind it."""
    (statements, mapping, tables), written = case
    expected = _at_once(opened_parts, case)
    with opened_parts(statements, mapping) as migration:
        _written(migration, written)
        killed = 0
        while killed_between_parts(migration, mapping, 1):
            killed += 1
        assert killed > 1
        assert _back(migration, tables) == expected


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("tables", "mapping"),
    [
        pytest.param(
            [
                "CREATE TABLE team (id integer PRIMARY KEY)",
                "CREATE TABLE member (team_id integer, place integer, PRIMARY KEY (team_id, place))",
            ],
            """
tables = ["team", "member"]
[etl.people.tables.team]
columns = { id = { key = "uuid" }, number = { key = "source" } }
[etl.people.tables.member]
columns = { team_id = { key = "uuid", of = "team" }, place = "place" }
""",
            id="known by the rows they refer to",
        ),
        pytest.param(
            ["CREATE TABLE users (id varchar(9) PRIMARY KEY, state varchar(9))"],
            """
tables = ["users"]
[etl.people.tables.open_user]
source = "users"
columns = { id = "id" }
where = "state = 'open'"
[etl.people.tables.closed_user]
source = "users"
columns = { id = "id" }
where = "state = 'closed'"
""",
            id="parts by texts",
        ),
    ],
)
def test_what_the_journal_cannot_tell_goes_back_at_once(
    opened_parts: OpenedParts, tables: Sequence[str], mapping: str
) -> None:
    """A parent may be gone, and v1 may take two texts for one key."""
    with opened_parts(tables, mapping) as migration:
        assert not goes_back_in_parts(migration.mapping, migration.source)


def _labels(type_: str) -> tuple[Sequence[str], Sequence[str], str]:
    """Tables of labels known by a text: v1's takes some texts for equal, v2's does not."""
    return (
        [f"CREATE TABLE label (id {type_} PRIMARY KEY, name text)", "INSERT INTO label VALUES ('A', 'old')"],
        ["CREATE TABLE label (id text PRIMARY KEY, name text)"],
        '\ntables = ["label"]\n[etl.people.tables.label]\ncolumns = { id = "id", name = "name" }\n',
    )


@pytest.mark.parametrize(
    ("opened_parts", "type_", "other"),
    [
        pytest.param("sqlite sqlite", "text COLLATE NOCASE", "a", id="sqlite-nocase"),
        pytest.param("sqlite sqlite", "text COLLATE RTRIM", "A ", id="sqlite-rtrim"),
        pytest.param("postgres postgres", "char(3)", "A ", id="postgres-char", marks=pytest.mark.postgres),
    ],
    indirect=["opened_parts"],
)
def test_a_row_is_not_lost_where_v1_takes_its_key_for_that_of_another(
    opened_parts: OpenedParts, type_: str, other: str
) -> None:
    """v2 gives a key that v1 takes for one that goes; the deletion, in a later batch, would delete the new row."""
    source, target, mapping = _labels(type_)
    with opened_parts(source, mapping, target) as migration:
        copied_parts(migration)
        moved_to(migration, Side.V2)
        key = migration.target.rows("SELECT id FROM label")[0][0]
        migration.target.execute(f"INSERT INTO label (id, name) VALUES ('{other}', 'new')")
        migration.target.execute(f"DELETE FROM label WHERE id = '{key}'")
        follow_back(migration, most=1)
        assert migration.source.rows("SELECT name FROM label") == [("new",)]


@pytest.mark.parametrize(
    ("opened_parts", "type_", "theirs", "parts"),
    [
        ("sqlite sqlite", "text", "text", True),
        ("sqlite sqlite", "text COLLATE NOCASE", "text", False),
        ("sqlite sqlite", "integer", "text", False),
        ("sqlite sqlite", "integer", "bigint", True),
        pytest.param("postgres postgres", "varchar(9)", "text", True, marks=pytest.mark.postgres),
        pytest.param("postgres postgres", "numeric(9,2)", "numeric", False, marks=pytest.mark.postgres),
        pytest.param("postgres postgres", "uuid", "text", False, marks=pytest.mark.postgres),
    ],
    indirect=["opened_parts"],
)
def test_keys_go_back_in_batches_where_v1_tells_all_of_v2s_apart(
    opened_parts: OpenedParts, type_: str, theirs: str, parts: bool
) -> None:
    """By the collation of v1's key, and by what its type makes of v2's."""
    mapping = '\ntables = ["label"]\n[etl.people.tables.label]\ncolumns = { id = "id" }\n'
    source, target = (f"CREATE TABLE label (id {key} PRIMARY KEY)" for key in (type_, theirs))
    with opened_parts([source], mapping, [target]) as migration:
        assert goes_back_in_parts(migration.mapping, migration.source) is parts
