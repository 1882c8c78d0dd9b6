"""The rows that have changed are compared before anybody waits, and once more under the lock."""

from __future__ import annotations

import pytest

from strangler.model.authority import MoveStep, Side
from strangler.planner.move import Move
from strangler.planner.touched_rows import RowsDifferError, TouchedRows
from strangler_etl.errors import MisplacedRowError
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority
from tests.etl.copied_case import copied, key_of, tamper, verified
from tests.etl.parts_case import ENGINES, OpenedParts, copied_parts
from tests.etl.reviews_case import ReviewsCase
from tests.planner.test_move import Gateway, Steps, Unconditional


def _move(migration: Migration, gateway: Gateway, told: list[str], destination: Side = Side.V2) -> Move:
    return Move(
        migration=migration,
        gateways=gateway,
        destination=destination,
        routes=(),
        conditions=Unconditional(),
        verify=TouchedRows().verify,
        timer=Steps(),
        report=lambda moment: told.append(f"{moment.name} {moment.figures}".strip()),
    )


def test_what_was_compared_before_the_hold_is_not_compared_under_the_lock(case: ReviewsCase) -> None:
    """The pause does not grow with what has changed since the last full verification, or since the last move."""
    with copied(case) as migration:
        verified(migration)
        case.monolith.execute("UPDATE reviews_review SET text = 'newer' WHERE id <= 5")
        told: list[str] = []
        _move(migration, Gateway(), told).run()
        assert told[0] == "close 5 rows behind, 5 rows changed on v1, equal on v2"
        assert "verify 0 rows changed on v1, equal on v2" in told
        case.service.execute("UPDATE review SET body = 'newest' WHERE number <= 7")
        told.clear()
        _move(migration, Gateway(Side.V2, 2), told, Side.V1).run()
        assert told[0] == "close 7 rows behind, 7 rows changed on v2, equal on v1"
        assert "verify 0 rows changed on v2, equal on v1" in told


def test_a_difference_is_found_before_anybody_waits(case: ReviewsCase) -> None:
    """Nothing is held, and nothing has begun."""
    with copied(case) as migration:
        verified(migration)
        case.monolith.execute("UPDATE reviews_review SET text = 'newer' WHERE id = 1")
        apply_forward(migration.source, migration.target, migration.mapping)
        tamper(migration, "UPDATE review SET body = 'wrong' WHERE number = 1")
        gateway = Gateway()
        with pytest.raises(RowsDifferError, match="1 touched rows differ, the first is"):
            _move(migration, gateway, []).run()
        assert "hold" not in gateway.calls
        assert read_authority(migration.source, "reviews").step is MoveStep.SETTLED


PARTS = """
tables = ["users"]
[etl.people.tables.users]
target = "account"
columns = { id = { key = "uuid" }, number = { key = "source" }, email = "email" }
[etl.people.tables.person]
source = "users"
columns = { id = { key = "uuid" }, name = "name" }
"""
USERS = (
    "CREATE TABLE users (id integer PRIMARY KEY, email varchar(40) NOT NULL, name varchar(40) NOT NULL)",
    "INSERT INTO users VALUES (1, 'mail', 'Ann'), (2, 'mail', 'Bob')",
)


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_a_split_table_moves_and_comes_back_when_nothing_of_it_waits(opened_parts: OpenedParts) -> None:
    """What v1 could not hold refuses the way back, however often it is tried; v2 keeps its rows, and the authority."""
    with opened_parts(USERS, PARTS) as migration:
        copied_parts(migration)
        verified(migration)
        _move(migration, Gateway(), []).run()
        ann, born = key_of(1, "users"), key_of(9, "nobody")
        migration.target.execute(f"UPDATE person SET name = 'Anna' WHERE id = '{ann}'")
        migration.target.execute(f"INSERT INTO account (id, number, email) VALUES ('{born}', 9, 'nine')")
        migration.target.execute(f"INSERT INTO person (id, name) VALUES ('{key_of(8, 'nobody')}', 'Lone')")
        for _ in range(2):
            with pytest.raises(RowsDifferError, match=r"2 touched rows differ, .* has to get it at v2 first"):
                _move(migration, Gateway(Side.V2, 2), [], Side.V1).run()
            assert read_authority(migration.source, "people").side is Side.V2
        migration.target.execute(f"UPDATE person SET id = '{born}' WHERE name = 'Lone'")
        _move(migration, Gateway(Side.V2, 2), [], Side.V1).run()
        found = migration.source.rows("SELECT id, email, name FROM users ORDER BY id")
        assert found == [(1, "mail", "Anna"), (2, "mail", "Bob"), (9, "nine", "Lone")]
        assert verified(migration).clean
        migration.source.execute("UPDATE users SET email = 'v1 again' WHERE id = 9")
        _move(migration, Gateway(Side.V1, 3), []).run()
        assert migration.target.rows(f"SELECT email FROM account WHERE id = '{born}'") == [("v1 again",)]
        assert verified(migration).clean


ROWS = """
tables = ["users"]
[etl.people.tables.ann]
source = "users"
columns = { id = "id", email = "email" }
where = "name = 'Ann'"
[etl.people.tables.bob]
source = "users"
columns = { id = "id", email = "email" }
where = "name = 'Bob'"
"""


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_a_table_split_by_rows_moves_and_comes_back_when_each_row_has_a_place(opened_parts: OpenedParts) -> None:
    """What two parts have refuses the way back, however often it is tried; v2 keeps its rows, and the authority."""
    with opened_parts(USERS, ROWS) as migration:
        copied_parts(migration)
        verified(migration)
        _move(migration, Gateway(), []).run()
        migration.target.execute("INSERT INTO bob (id, email) VALUES (1, 'moved'), (9, 'nine')")
        for _ in range(2):
            with pytest.raises(
                MisplacedRowError, match="the row 1 of bob is the row 1 of users, and so is that of ann"
            ):
                _move(migration, Gateway(Side.V2, 2), [], Side.V1).run()
            assert read_authority(migration.source, "people").side is Side.V2
        migration.target.execute("DELETE FROM ann WHERE id = 1")
        _move(migration, Gateway(Side.V2, 2), [], Side.V1).run()
        found = migration.source.rows("SELECT id, email, name FROM users ORDER BY id")
        assert found == [(1, "moved", "Bob"), (2, "mail", "Bob"), (9, "nine", "Bob")]
        assert verified(migration).clean
        migration.source.execute("UPDATE users SET name = 'Ann' WHERE id = 9")
        _move(migration, Gateway(Side.V1, 3), []).run()
        assert migration.target.rows("SELECT id, email FROM ann") == [(9, "nine")]
        assert verified(migration).clean


KINDS = """
tables = ["users", "shop"]
[etl.people.tables.users]
target = "party"
columns = { id = { key = "uuid" }, number = { key = "source" }, kind = "'user'", name = "name" }
[etl.people.tables.shop]
target = "party"
columns = { id = { key = "uuid" }, number = { key = "source" }, kind = "'shop'", name = "title" }
"""
USERS_AND_SHOPS = (
    "CREATE TABLE users (id integer PRIMARY KEY, name varchar(40) NOT NULL)",
    "CREATE TABLE shop (id integer PRIMARY KEY, title varchar(40) NOT NULL)",
    "INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob')",
    "INSERT INTO shop VALUES (1, 'Shop')",
)


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_tables_that_became_one_move_and_come_back_when_each_row_has_a_kind(opened_parts: OpenedParts) -> None:
    """A row of no kind refuses the way back, however often it is tried; v2 keeps its rows, and the authority."""
    with opened_parts(USERS_AND_SHOPS, KINDS) as migration:
        copied_parts(migration)
        verified(migration)
        _move(migration, Gateway(), []).run()
        migration.target.execute(f"UPDATE party SET kind = 'shop' WHERE id = '{key_of(2, 'users')}'")
        migration.target.execute(
            f"INSERT INTO party (id, number, kind, name) VALUES ('{key_of(9, 'nobody')}', 9, 'who?', 'Nina')"
        )
        for _ in range(2):
            with pytest.raises(MisplacedRowError, match="is of no kind: kind is none of 'user' and 'shop'"):
                _move(migration, Gateway(Side.V2, 2), [], Side.V1).run()
            assert read_authority(migration.source, "people").side is Side.V2
        migration.target.execute("UPDATE party SET kind = 'user' WHERE number = 9")
        _move(migration, Gateway(Side.V2, 2), [], Side.V1).run()
        assert migration.source.rows("SELECT id, name FROM users ORDER BY id") == [(1, "Ann"), (9, "Nina")]
        assert migration.source.rows("SELECT id, title FROM shop ORDER BY id") == [(1, "Shop"), (2, "Bob")]
        assert verified(migration).clean
        migration.source.execute("INSERT INTO users VALUES (2, 'another Bob')")
        _move(migration, Gateway(Side.V1, 3), []).run()
        found = migration.target.rows("SELECT kind, number, name FROM party ORDER BY kind, number")
        assert found == [
            *(("shop", 1, "Shop"), ("shop", 2, "Bob")),
            *(("user", 1, "Ann"), ("user", 2, "another Bob"), ("user", 9, "Nina")),
        ]
        assert verified(migration).clean
