"""Tables whose rows are known by several columns: copied, followed, verified and mended, between whatever engines."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from strangler.demo.postgres import PostgresServer
from strangler.model.authority import Side
from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.backfill import CopiedTable, backfill
from strangler_etl.engine.keys import key_of_parts
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.migration import Migration, Missing, open_migration
from strangler_etl.planning.plan import plan_etl
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from strangler_etl.values.derived_key import derived_key
from strangler_etl.verification.repair import repair
from strangler_etl.verification.verification import compare_changes
from tests.etl.copied_case import give_to_v2, tamper, verified
from tests.mariadb import MariaDBCase

PROJECT = """
[monolith]
database = "${SOURCE}"
[services.access]
tables = ["account", "membership", "line"]
database = "${TARGET}"
[etl.access.tables.account]
target = "account"
columns = { id = { key = "uuid" }, number = { key = "source" }, name = "name" }
[etl.access.tables.membership]
target = "membership"
columns = { role = "role", account_id = { key = "uuid", of = "account" }, since = "since" }
[etl.access.tables.line]
target = "line"
columns = { order_id = "order_id", line = "line", sku = "sku" }
"""
SCHEMA = (
    "CREATE TABLE account (id bigint PRIMARY KEY, name varchar(40) NOT NULL)",
    (
        "CREATE TABLE membership (role varchar(40) NOT NULL, account_id bigint NOT NULL REFERENCES account (id),"
        " since integer NOT NULL, PRIMARY KEY (role, account_id))"
    ),
    (
        "CREATE TABLE line (order_id bigint NOT NULL, line integer NOT NULL, sku varchar(40) NOT NULL,"
        " PRIMARY KEY (order_id, line))"
    ),
)
ROLES = ("admin", "a/b", "a~1b", "ä%s", "Z", "z z", "'quoted'")
ACCOUNTS = 20
MEMBERS = "SELECT role, number, since FROM membership JOIN account ON account.id = account_id ORDER BY role, number"
LINES = "SELECT order_id, line, sku FROM line ORDER BY order_id, line"

OpenedAccess = Callable[[], AbstractContextManager[Migration]]


FOLLOWED = (
    pytest.param("postgres postgres", marks=pytest.mark.postgres),
    pytest.param("sqlite postgres", marks=pytest.mark.postgres),
    "sqlite sqlite",
)
COPIED = (*FOLLOWED, pytest.param("mariadb postgres", marks=[pytest.mark.postgres, pytest.mark.mariadb]))


@pytest.fixture
def access(request: pytest.FixtureRequest, tmp_path: Path) -> OpenedAccess:
    """Open the migration of accounts, their memberships and lines of orders, from a source that has some."""

    def url(engine: str, side: str) -> str:
        if engine == "sqlite":
            (tmp_path / f"{side}.sqlite3").touch()
            return f"sqlite:///{tmp_path / side}.sqlite3"
        if engine == "mariadb":
            case = request.getfixturevalue("mariadb_database")
            assert isinstance(case, MariaDBCase)
            return case.url
        server = request.getfixturevalue("postgres")
        assert isinstance(server, PostgresServer)
        return server.create_database(f"composite_{tmp_path.name}_{side}"[-60:])

    source, target = str(request.param).split()
    urls = {"SOURCE": url(source, "source"), "TARGET": url(target, "target")}
    with closing(open_database(DatabaseUrl(urls["SOURCE"]))) as monolith:
        for statement in SCHEMA:
            monolith.execute(statement)
        with monolith.transaction():
            for account in range(1, ACCOUNTS + 1):
                mark = monolith.placeholder
                monolith.execute(f"INSERT INTO account VALUES ({mark}, {mark})", [account, f"account {account}"])
                for role in ROLES[: account % 8]:
                    monolith.execute(f"INSERT INTO membership VALUES ({mark}, {mark}, 1)", [role, account])
                for line in range(account % 6):
                    monolith.execute(f"INSERT INTO line VALUES ({mark}, {mark}, 'lamp')", [account, line])

    @contextmanager
    def opened() -> Generator[Migration]:
        with open_migration(parse_project(PROJECT), "access", urls, Missing.CREATE) as migration:
            migration.install()
            yield migration

    return opened


def copied(migration: Migration, *, indexes_last: bool = False) -> tuple[CopiedTable, ...]:
    """Copy in chunks of a few rows."""
    return backfill(migration, SilentProgress(), RunSettings(Pace(rows=5), jobs=2, indexes_last=indexes_last))


def require_equal(migration: Migration) -> None:
    """Look at both sides as an application would."""
    in_source = MEMBERS.replace("number", "account_id").replace("JOIN account ON account.id = account_id ", "")
    by_text = sorted(map(repr, migration.source.rows(in_source)))
    assert sorted(map(repr, migration.target.rows(MEMBERS))) == by_text
    assert migration.target.rows(LINES) == migration.source.rows(LINES)
    assert verified(migration).clean


@pytest.mark.parametrize("access", COPIED, indirect=True)
def test_every_row_arrives_and_is_verified(access: OpenedAccess) -> None:
    """In chunks that end anywhere between two rows; what differs later is named by both columns, and mended."""
    with access() as migration:
        assert [table.rows for table in plan_etl(migration).tables if table.source == "line"] == [
            len(migration.source.rows(LINES))
        ]
        copied(migration)
        require_equal(migration)
        key = derived_key("account", "7")
        tamper(
            migration,
            f"UPDATE membership SET since = 2 WHERE role = 'a/b' AND account_id = '{key}'",
            "DELETE FROM line WHERE order_id = 14 AND line = 1",
            "INSERT INTO line VALUES (-3, 9, 'lamp')",
        )
        found = verified(migration)
        assert sorted((one.table, one.key, one.kind.value) for one in found.differences) == [
            ("line", "-3/9", "extra"),
            ("line", "14/1", "missing"),
            ("membership", f"a~1b/{key}", "different"),
        ]
        assert [one.origin_key for one in found.differences if one.table == "membership"] == ["a~1b/7"]
        repair(migration, found.differences)
        require_equal(migration)


@pytest.mark.parametrize("access", FOLLOWED, indirect=True)
def test_changes_are_followed(access: OpenedAccess) -> None:
    """Rows that come, change, go, and get another key in one or both columns."""
    with access() as migration:
        copied(migration)
        for statement in (
            "INSERT INTO account VALUES (99, 'new')",
            "INSERT INTO membership VALUES ('a/b', 99, 3), ('~', 99, 3)",
            "UPDATE membership SET since = 4 WHERE role = 'a~1b'",
            "UPDATE membership SET account_id = 99 WHERE role = 'admin' AND account_id = 1",
            "UPDATE line SET order_id = order_id + 1000, line = line + 1 WHERE line = 3",
            "DELETE FROM line WHERE line = 0",
            "DELETE FROM membership WHERE account_id = 5",
        ):
            migration.source.execute(statement)
        on_their_way = verified(migration)
        assert on_their_way.clean
        assert [table.pending for table in on_their_way.tables] == [1, 29, 20]
        apply_forward(migration.source, migration.target, migration.mapping)
        require_equal(migration)
        assert compare_changes(migration, Side.V1, None).differences == ()


@pytest.mark.parametrize("access", FOLLOWED, indirect=True)
def test_changes_go_back(access: OpenedAccess) -> None:
    """Those of the service: with rows that are gone together with what their key refers to."""
    with access() as migration:
        copied(migration)
        give_to_v2(migration)
        one, two, five, new = (str(derived_key("account", number)) for number in ("1", "2", "5", "77"))
        for statements in (
            (
                f"INSERT INTO account (id, number, name) VALUES ('{new}', 77, 'new')",
                f"INSERT INTO membership VALUES ('a/b', '{new}', 3), ('~', '{one}', 3)",
                f"UPDATE membership SET account_id = '{new}' WHERE role = 'admin' AND account_id = '{one}'",
                f"UPDATE membership SET role = 'z/' WHERE role = 'a/b' AND account_id = '{two}'",
                "UPDATE line SET line = line + 1 WHERE line = 4",
                "DELETE FROM line WHERE line = 0",
            ),
            (f"DELETE FROM membership WHERE account_id = '{five}'", f"DELETE FROM account WHERE id = '{five}'"),
        ):
            for statement in statements:
                migration.target.execute(statement)
            apply_backward(migration.source, migration.target, migration.mapping)
            require_equal(migration)
        assert compare_changes(migration, Side.V2, None).differences == ()


@pytest.mark.parametrize("access", COPIED[::3], indirect=True)
def test_rows_that_do_not_fit_are_set_aside(access: OpenedAccess) -> None:
    """By the text of their key, as the source has it; they are found by it when they are tried again."""
    with access() as migration:
        migration.target.execute("ALTER TABLE line ADD CONSTRAINT few CHECK (line < 4)")
        migration.target.execute("ALTER TABLE membership ADD CONSTRAINT plain CHECK (role <> 'a/b')")
        run = {table.source: table for table in copied(migration)}
        assert [reject.key for reject in run["line"].rejects] == ["5/4", "11/4", "17/4"]
        assert {reject.key for reject in run["membership"].rejects} >= {"a~1b/2", "a~1b/7"}
        found = verified(migration)
        assert (found.differing, found.clean) == (0, False)
        migration.target.execute("ALTER TABLE membership DROP CONSTRAINT plain; ALTER TABLE line DROP CONSTRAINT few")
        copied(migration)
        require_equal(migration)


@pytest.mark.postgres
@pytest.mark.parametrize("access", FOLLOWED[:1], indirect=True)
def test_rows_that_refer_to_none_are_set_aside(access: OpenedAccess) -> None:
    """Although nothing in the target says which row of the source that is."""
    with access() as migration:
        migration.source.execute("ALTER TABLE membership DROP CONSTRAINT membership_account_id_fkey")
        migration.source.execute("INSERT INTO membership VALUES ('a/b', 500, 1)")
        (members,) = (table for table in copied(migration, indexes_last=True) if table.source == "membership")
        assert [(reject.key, "finds no row in account" in reject.reason) for reject in members.rejects] == [
            ("a~1b/500", True)
        ]


def test_a_key_has_one_text() -> None:
    """So that no two keys are one, whatever their columns hold."""
    assert key_of_parts(["a/b", "c"]) == "a~1b/c"
    assert key_of_parts(["a", "b/c"]) == "a/b~1c"
    assert key_of_parts(["a/b"]) == "a/b"
