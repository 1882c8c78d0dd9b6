"""Columns that only the target has: what rows begin with, and whose they are from then on."""

from __future__ import annotations

import pytest

from strangler_etl.errors import MappingError
from strangler_etl.verification.repair import repair
from tests.etl.copied_case import give_to_v2, tamper, verified
from tests.etl.parts_case import CROSSING, ENGINES, OpenedParts, copied_parts, followed_parts

USERS = (
    "CREATE TABLE users (id integer PRIMARY KEY, email varchar(40) NOT NULL UNIQUE)",
    *(f"INSERT INTO users VALUES ({number}, 'user{number}')" for number in range(1, 8)),
)
MAPPING = """
tables = ["users"]
[etl.people.tables.users]
columns = { id = "id", email = "email", karma = { default = "10" }, nick = { default = "upper(email)::text" } }
"""


@pytest.mark.parametrize("opened_parts", [*ENGINES, CROSSING], indirect=True)
def test_what_rows_begin_with_is_theirs_from_then_on(opened_parts: OpenedParts) -> None:
    """Neither the follower nor the repair writes it again, and it is no difference."""
    with opened_parts(USERS, MAPPING) as migration:
        copied_parts(migration)
        rows = "SELECT id, email, karma, nick FROM users WHERE id IN (1, 2, 9) ORDER BY id"
        assert migration.target.rows(rows) == [(1, "user1", 10, "USER1"), (2, "user2", 10, "USER2")]
        tamper(migration, "UPDATE users SET karma = 11, nick = 'Ann' WHERE id = 1", "DELETE FROM users WHERE id = 2")
        migration.source.execute("UPDATE users SET email = 'new' WHERE id = 1")
        migration.source.execute("INSERT INTO users VALUES (9, 'nine')")
        repair(migration, verified(migration).differences)
        followed_parts(migration)
        tamper(migration, "UPDATE users SET email = 'wrong' WHERE id = 1")
        repair(migration, verified(migration).differences)
        assert migration.target.rows(rows) == [
            (1, "new", 11, "Ann"),
            (2, "user2", 10, "USER2"),
            (9, "nine", 10, "NINE"),
        ]
        assert verified(migration).clean


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_rows_born_in_the_service_begin_alike(opened_parts: OpenedParts) -> None:
    """Where no row of the source says how; and the column does not go back."""
    with opened_parts(USERS, MAPPING.replace("upper(email)::text", "'none'")) as migration:
        copied_parts(migration)
        give_to_v2(migration)
        migration.target.execute("INSERT INTO users (id, email) VALUES (20, 'twenty')")
        assert migration.target.rows("SELECT karma, nick FROM users WHERE id = 20") == [(10, "none")]
        assert not verified(migration).differing


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("columns", "place", "message"),
    [
        ('id = { default = "7" }, email = "email"', "8:20", "no column of users identifies a row by the source key id"),
        (
            'id = "id", email = { default = "free" }',
            "10:24",
            "the source has no column users.free; a text stands in quotes of SQL: email = { default = \"'free'\" }",
        ),
        (
            'id = "id", email = { default = "emial" }',
            "10:24",
            "the source has no column users.emial; did you mean email?",
        ),
    ],
)
def test_a_default_that_does_not_fit_is_said_with_its_place(
    opened_parts: OpenedParts, columns: str, place: str, message: str
) -> None:
    """A key is no default, and its expression is one over the source."""
    text = f'\ntables = ["users"]\n[etl.people.tables.users]\ntarget = "users"\ncolumns = {{ {columns} }}\n'
    with pytest.raises(MappingError) as caught, opened_parts(USERS, text):
        pass
    assert str(caught.value).startswith(f"strangler.toml:{place}: [etl.people.tables.users]: {message}")
