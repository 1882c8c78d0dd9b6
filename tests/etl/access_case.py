"""Accounts, their roles and the lines of orders, which move to a service, between whatever engines.

Two of the three tables are known by two columns.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from strangler.demo.postgres import PostgresServer
from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.backfill import CopiedTable, backfill
from strangler_etl.migration import Migration, Missing, open_migration
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from tests.etl.copied_case import verified
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


def copied_access(migration: Migration, *, indexes_last: bool = False) -> tuple[CopiedTable, ...]:
    """Copy in chunks of a few rows."""
    return backfill(migration, SilentProgress(), RunSettings(Pace(rows=5), jobs=2, indexes_last=indexes_last))


def require_equal(migration: Migration) -> None:
    """Look at both sides as an application would."""
    in_source = MEMBERS.replace("number", "account_id").replace("JOIN account ON account.id = account_id ", "")
    by_text = sorted(map(repr, migration.source.rows(in_source)))
    assert sorted(map(repr, migration.target.rows(MEMBERS))) == by_text
    assert migration.target.rows(LINES) == migration.source.rows(LINES)
    assert verified(migration).clean
