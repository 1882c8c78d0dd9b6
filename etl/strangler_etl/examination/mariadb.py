"""What a MariaDB server and its tables must be and allow, to be the source of a copy."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager

from strangler.secret import DatabaseUrl
from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import key_name
from strangler_etl.examination.finding import Check, Finding, ok, problem, warning
from strangler_etl.examination.table_use import TableUse
from strangler_etl.mariadb.database import MariaDBDatabase

OLDEST = (10, 5)
"""The first version with ``INSERT ... RETURNING`` and the SSL keywords we rely on; MySQL 8 counts as one."""
_VERSION = re.compile(r"(\d+)\.(\d+)")


@contextmanager
def opened_to_look(url: DatabaseUrl) -> Generator[Database]:
    """Connect without changing anything; DatabaseError when that is not possible."""
    with MariaDBDatabase(url) as database:
        database.execute("SET SESSION TRANSACTION READ ONLY")
        yield database


def seconds(database: Database) -> float:
    """The server's clock, in seconds since 1970."""
    return float(str(database.rows("SELECT UNIX_TIMESTAMP(NOW(6))")[0][0]))


def identity_of(database: Database) -> str:
    """The server and the database, the same whatever address is used."""
    name, host, port, folder = database.rows("SELECT DATABASE(), @@hostname, @@port, @@datadir")[0]
    return f"{host}:{port}:{folder}:{name}"


def server_checks(database: Database) -> Sequence[Check]:
    """Checks of the database as a whole."""
    return (
        Check("engine", lambda: [engine_finding(str(database.rows("SELECT VERSION()")[0][0]))]),
        Check("privileges", lambda: [_privileges(database)]),
    )


def table_checks(database: Database, uses: Sequence[TableUse]) -> Sequence[Check]:
    """Checks of the tables: whether they exist, have a key, and use a transactional engine."""
    return tuple(Check(f"table {use.name}", _table(database, use)) for use in uses)


def engine_finding(version: str) -> Finding:
    """Judge the version of the server, as in ``10.11.6-MariaDB``."""
    found = _VERSION.match(version)
    if found and (int(found[1]), int(found[2])) >= OLDEST:
        return ok("engine", f"MariaDB {version}" if "MariaDB" in version else f"{version}; tests run MariaDB only")
    if found and "MariaDB" not in version and int(found[1]) >= 8:
        return warning("engine", f"MySQL {version}", "nothing is tested with MySQL: compare with etl verify")
    oldest = ".".join(map(str, OLDEST))
    return problem("engine", version, f"use MariaDB {oldest} or newer")


def _privileges(database: Database) -> Finding:
    granted = " ".join(str(grant).upper() for (grant,) in database.rows("SHOW GRANTS"))
    if "ALL PRIVILEGES" in granted or ("SELECT" in granted and "CREATE" in granted):
        return ok("privileges", "enough")
    return warning(
        "privileges",
        "it is not seen that this user may read and create tables",
        "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON the database: strangler keeps three tables of its own there",
    )


def _table(database: Database, use: TableUse) -> Callable[[], Iterable[Finding]]:
    def look() -> Iterator[Finding]:
        name = f"table {use.name}"
        found = database.tables([use.name]).get(use.name)
        kinds = database.rows(
            "SELECT table_type, engine FROM information_schema.tables"
            " WHERE table_schema = DATABASE() AND table_name = %s",
            [use.name],
        )
        if found is None:
            yield problem(name, "is not there", "let its application create it, or correct [etl] in strangler.toml")
        elif kinds and kinds[0][0] != "BASE TABLE":
            yield problem(name, "is a view", "name the table the view is made of")
        elif not found.key:
            yield problem(name, "has no primary key", "give it one: rows are known by it")
        elif kinds and str(kinds[0][1]).lower() != "innodb":
            yield problem(
                name,
                f"is of the engine {kinds[0][1]}, in which a reader sees half of what others write",
                f"run: ALTER TABLE {database.quoted(use.name)} ENGINE = InnoDB",
            )
        else:
            yield ok(name, f"its rows are known by {key_name(found.key)}")

    return look
