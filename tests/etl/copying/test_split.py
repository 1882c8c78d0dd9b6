"""One table of the source that becomes several: by its columns, and by its rows."""

from __future__ import annotations

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.cleaning import clean
from strangler_etl.etl_status import CopyState, etl_status
from strangler_etl.migration import Migration
from strangler_etl.planning.plan import plan_etl
from strangler_etl.planning.table_risks import RiskKind
from strangler_etl.verification.comparison import DifferenceKind
from strangler_etl.verification.repair import repair
from tests.etl.copied_case import key_of, tamper, verified
from tests.etl.parts_case import CROSSING, ENGINES, OpenedParts, copied_parts, followed_parts

USERS = (
    "CREATE TABLE users (id integer PRIMARY KEY, email varchar(40) NOT NULL, bio text, state varchar(9))",
    *(
        f"INSERT INTO users VALUES ({number}, 'user{number}@example.org', 'bio {number}',"
        f" '{'open' if number % 3 else 'closed'}')"
        for number in range(1, 9)
    ),
)
BY_COLUMNS = """
tables = ["users"]
[etl.people]
way_back = false
[etl.people.tables.users]
target = "account"
columns = { id = { key = "uuid" }, number = { key = "source" }, email = "email" }
[etl.people.tables.profile]
source = "users"
columns = { id = { key = "uuid" }, bio = "bio" }
"""
BY_ROWS = """
tables = ["users"]
[etl.people]
way_back = false
[etl.people.tables.open_user]
source = "users"
columns = { id = "id", email = "email" }
where = "state = 'open'"
[etl.people.tables.closed_user]
source = "users"
columns = { id = "id", email = "email" }
where = "state = 'closed'"
"""
PARTS = [*ENGINES, CROSSING]


def _rows(migration: Migration, query: str) -> list[tuple[object, ...]]:
    return migration.target.rows(query)


@pytest.mark.parametrize("opened_parts", PARTS, indirect=True)
def test_a_table_is_split_by_its_columns(opened_parts: OpenedParts) -> None:
    """Each row becomes one of either part, with the same key; what changes reaches both."""
    with opened_parts(USERS, BY_COLUMNS) as migration:
        copied_parts(migration)
        assert verified(migration).clean
        both = "SELECT number, email, bio FROM account JOIN profile ON profile.id = account.id ORDER BY number"
        assert _rows(migration, both) == migration.source.rows("SELECT id, email, bio FROM users ORDER BY id")
        migration.source.execute("UPDATE users SET email = 'new', bio = 'new' WHERE id = 2")
        migration.source.execute("DELETE FROM users WHERE id = 3")
        migration.source.execute("INSERT INTO users (id, email) VALUES (20, 'twenty')")
        followed_parts(migration)
        assert _rows(migration, both) == migration.source.rows("SELECT id, email, bio FROM users ORDER BY id")
        assert _rows(migration, "SELECT count(*) FROM profile") == [(8,)]


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
@pytest.mark.parametrize(("drop", "left"), [("", ["state"]), ('drop = ["state"]\n', [])])
def test_a_column_that_no_part_takes_is_told_once(opened_parts: OpenedParts, drop: str, left: list[str]) -> None:
    """It would go with the monolith, and nobody would miss it before."""
    with opened_parts(USERS, BY_COLUMNS + drop) as migration:
        risks = [(table.name, risk) for table in plan_etl(migration).tables for risk in table.risks]
        told = [(name, risk.column) for name, risk in risks if risk.kind is RiskKind.LEFT_BEHIND]
        assert told == [("users", column) for column in left]


@pytest.mark.parametrize("opened_parts", PARTS, indirect=True)
def test_a_table_is_split_by_its_rows(opened_parts: OpenedParts) -> None:
    """A row that moves is deleted in one part and written in the other."""
    with opened_parts(USERS, BY_ROWS) as migration:
        copied_parts(migration)
        assert verified(migration).clean
        assert _rows(migration, "SELECT id FROM closed_user ORDER BY id") == [(3,), (6,)]
        migration.source.execute("UPDATE users SET state = 'closed' WHERE id IN (1, 2)")
        migration.source.execute("UPDATE users SET state = 'open' WHERE id = 3")
        migration.source.execute("UPDATE users SET state = NULL WHERE id = 4")
        followed_parts(migration)
        assert _rows(migration, "SELECT id FROM closed_user ORDER BY id") == [(1,), (2,), (6,)]
        assert _rows(migration, "SELECT id FROM open_user ORDER BY id") == [(3,), (5,), (7,), (8,)]


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_each_part_is_verified_and_mended_by_itself(opened_parts: OpenedParts) -> None:
    """A difference names the part it is in."""
    with opened_parts(USERS, BY_COLUMNS) as migration:
        copied_parts(migration)
        tamper(
            migration,
            f"UPDATE profile SET bio = 'wrong' WHERE id = '{key_of(1, 'users')}'",
            f"DELETE FROM account WHERE id = '{key_of(2, 'users')}'",
        )
        found = verified(migration)
        assert {(one.table, one.part, one.kind, one.origin_key) for one in found.differences} == {
            ("profile", "profile", DifferenceKind.DIFFERENT, "1"),
            ("account", "users", DifferenceKind.MISSING, "2"),
        }
        repair(migration, found.differences)
        assert verified(migration).clean


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_each_part_is_planned_copied_and_taken_back_by_itself(opened_parts: OpenedParts) -> None:
    """Plan, status and `etl clean` know them apart."""
    with opened_parts(USERS, BY_COLUMNS) as migration:
        assert {(table.name, table.source, table.target) for table in plan_etl(migration).tables} == {
            ("users", "users", "account"),
            ("profile", "users", "profile"),
        }
        copied = backfill(migration, SilentProgress())
        assert {(table.name, table.rows) for table in copied} == {("users", 8), ("profile", 8)}
        assert {(table.target, table.state) for table in etl_status(migration).tables} == {
            ("account", CopyState.COPIED),
            ("profile", CopyState.COPIED),
        }
        assert clean(migration) == {"account": 8, "profile": 8}
        copied_parts(migration)
        assert verified(migration).clean
