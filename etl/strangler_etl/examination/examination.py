"""Whether a database can take part in a migration: its engine, server and tables. Examining changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from strangler.model.clock import ClockReading, clock_difference, own_reading, read_clock
from strangler.model.errors import ConfigurationError, MissingExtraError
from strangler.secret import DatabaseUrl
from strangler_etl.engine.database import Database
from strangler_etl.examination import sqlite
from strangler_etl.examination.finding import Check, Finding, ok, problem, warning
from strangler_etl.examination.table_use import TableUse

CLOCK_WARNING_SECONDS = 1.0
"""Hosts with NTP differ by milliseconds."""
CLOCK_PROBLEM_SECONDS = 10.0


@contextmanager
def opened_to_look(url: DatabaseUrl) -> Generator[Database]:
    """Connect to a database so that nothing can be changed in it, not even by accident.

    Raises ConfigurationError for another engine, MissingExtraError without its driver, DatabaseError when there is no
    connection.
    """
    match url.engine:
        case "postgresql":
            try:
                from strangler_etl.examination import postgres_server as postgres  # noqa: PLC0415 - its driver is an extra
            except ModuleNotFoundError as error:
                raise MissingExtraError("PostgreSQL", "postgres", error.name or "psycopg") from error
            with postgres.opened_to_look(url) as database:
                yield database
        case "sqlite":
            with sqlite.opened_to_look(url) as database:
                yield database
        case "mysql":
            try:
                from strangler_etl.examination import mariadb  # noqa: PLC0415 - its driver is an extra
            except ModuleNotFoundError as error:
                raise MissingExtraError("MariaDB", "mariadb", error.name or "pymysql") from error
            with mariadb.opened_to_look(url) as database:
                yield database
        case other:
            raise ConfigurationError(
                f"there is no support for {other or 'this kind of'} databases",
                remedy="use postgresql://, mariadb:// or sqlite:///",
            )


def file_checks(url: DatabaseUrl) -> Sequence[Check]:
    """Checks that need no connection to the database."""
    return sqlite.file_checks(sqlite.file_of(url)) if url.engine == "sqlite" else ()


def server_checks(database: Database, now: Callable[[], float]) -> Sequence[Check]:
    """Checks of the database as a whole; `now` gives this machine's seconds since 1970."""
    if database.dialect == "sqlite":
        return sqlite.server_checks(database)
    if database.dialect == "mariadb":
        from strangler_etl.examination import mariadb  # noqa: PLC0415 - its driver is an extra

        clock = Check("clock", lambda: [clock_finding(lambda: mariadb.seconds(database), now)])
        return (*mariadb.server_checks(database), clock)
    from strangler_etl.examination import postgres_server as postgres  # noqa: PLC0415 - its driver is an extra

    clock = Check("clock", lambda: [clock_finding(lambda: postgres.seconds(database), now)])
    return (*postgres.server_checks(database), clock)


def table_checks(database: Database, uses: Sequence[TableUse]) -> Sequence[Check]:
    """Checks of the tables: whether they exist, may be used, and what else happens when a row is written."""
    if database.dialect == "sqlite":
        return sqlite.table_checks(database, uses)
    if database.dialect == "mariadb":
        from strangler_etl.examination import mariadb  # noqa: PLC0415 - its driver is an extra

        return mariadb.table_checks(database, uses)
    from strangler_etl.examination import postgres_tables as postgres  # noqa: PLC0415 - its driver is an extra

    return postgres.table_checks(database, uses)


def identity_of(database: Database) -> str:
    """What distinguishes a database from all others, whatever its address."""
    if database.dialect == "sqlite":
        return sqlite.identity_of(database)
    if database.dialect == "mariadb":
        from strangler_etl.examination import mariadb  # noqa: PLC0415 - its driver is an extra

        return mariadb.identity_of(database)
    from strangler_etl.examination import postgres_server as postgres  # noqa: PLC0415 - its driver is an extra

    return postgres.identity_of(database)


def clock_seconds(database: Database) -> float | None:
    """The database's clock in seconds since 1970; None for SQLite, whose clock is that of whoever opens the file."""
    if database.dialect == "sqlite":
        return None
    if database.dialect == "mariadb":
        from strangler_etl.examination import mariadb  # noqa: PLC0415 - its driver is an extra

        return mariadb.seconds(database)
    from strangler_etl.examination import postgres_server as postgres  # noqa: PLC0415 - its driver is an extra

    return postgres.seconds(database)


def read_database_clock(database: Database, now: Callable[[], float]) -> ClockReading | None:
    """Read the database's clock; None for SQLite. `now` gives this machine's seconds since 1970."""
    before = now()
    shown = clock_seconds(database)
    return None if shown is None else ClockReading(shown, before, now())


def clock_finding(theirs: Callable[[], float], ours: Callable[[], float]) -> Finding:
    """Compare two clocks in seconds since 1970, allowing for the time the question took."""
    difference = clock_difference(read_clock(theirs, ours), own_reading(ours))
    found = f"{difference} this machine"
    if not difference.exceeds(CLOCK_WARNING_SECONDS):
        return ok("clock", "that of this machine" if not difference.exceeds(0.05) else found)
    mend = "let NTP set both clocks: ages and times that commands tell are wrong, and so may be those of the gateway"
    return (problem if difference.exceeds(CLOCK_PROBLEM_SECONDS) else warning)("clock", found, mend)
