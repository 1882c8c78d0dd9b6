"""The tables of inboxes in a database, and their days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from strangler_etl.engine.database import Database

_POSTGRES = """
CREATE SCHEMA IF NOT EXISTS strangler;

CREATE TABLE IF NOT EXISTS strangler.inbox_consumer (
    consumer text PRIMARY KEY,
    handled bigint NOT NULL,
    failures bigint NOT NULL,
    last_error text
);

CREATE TABLE IF NOT EXISTS strangler.inbox_position (
    consumer text NOT NULL,
    stream text NOT NULL,
    read_to bigint NOT NULL,
    PRIMARY KEY (consumer, stream)
);

CREATE SEQUENCE IF NOT EXISTS strangler.inbox_number;

CREATE TABLE IF NOT EXISTS strangler.inbox (
    number bigint NOT NULL DEFAULT nextval('strangler.inbox_number'),
    day date NOT NULL,
    consumer text NOT NULL,
    event_id text NOT NULL,
    replay text NOT NULL,
    stream text NOT NULL,
    subject text NOT NULL,
    envelope text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'handled', 'parked', 'dropped')),
    error text,
    arrived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (number, day)
) PARTITION BY RANGE (day);
CREATE INDEX IF NOT EXISTS inbox_event ON strangler.inbox (consumer, event_id);
CREATE INDEX IF NOT EXISTS inbox_waiting ON strangler.inbox (consumer, number) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS inbox_parked ON strangler.inbox (consumer, stream, subject) WHERE state = 'parked';
"""

_POSTGRES_VISIT = """
CREATE TABLE strangler.inbox_visit (
    consumer text NOT NULL,
    stream text NOT NULL,
    seen_at double precision NOT NULL,
    PRIMARY KEY (consumer, stream)
)
"""
"""Separate from the others, because older inboxes lack it."""

_POSTGRES_MARK = """
CREATE TABLE IF NOT EXISTS strangler.inbox_mark (
    consumer text NOT NULL,
    stream text NOT NULL,
    read_to bigint NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (consumer, stream)
)
"""

_SQLITE = (
    """CREATE TABLE IF NOT EXISTS strangler_inbox_consumer (
        consumer TEXT PRIMARY KEY, handled INTEGER NOT NULL, failures INTEGER NOT NULL, last_error TEXT
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_inbox_position (
        consumer TEXT NOT NULL, stream TEXT NOT NULL, read_to INTEGER NOT NULL, PRIMARY KEY (consumer, stream)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_inbox_visit (
        consumer TEXT NOT NULL, stream TEXT NOT NULL, seen_at REAL NOT NULL, PRIMARY KEY (consumer, stream)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_inbox_mark (
        consumer TEXT NOT NULL, stream TEXT NOT NULL, read_to INTEGER NOT NULL, digest TEXT NOT NULL,
        PRIMARY KEY (consumer, stream)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_inbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        day TEXT NOT NULL,
        consumer TEXT NOT NULL,
        event_id TEXT NOT NULL,
        replay TEXT NOT NULL,
        stream TEXT NOT NULL,
        subject TEXT NOT NULL,
        envelope TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'handled', 'parked', 'dropped')),
        error TEXT,
        arrived_at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
    )""",
    "DROP INDEX IF EXISTS strangler_inbox_event",
    """CREATE UNIQUE INDEX IF NOT EXISTS strangler_inbox_known
        ON strangler_inbox (consumer, event_id, replay, stream)""",
    """CREATE INDEX IF NOT EXISTS strangler_inbox_waiting
        ON strangler_inbox (consumer, number) WHERE state = 'waiting'""",
    """CREATE INDEX IF NOT EXISTS strangler_inbox_parked
        ON strangler_inbox (consumer, stream, subject) WHERE state = 'parked'""",
    "CREATE INDEX IF NOT EXISTS strangler_inbox_day ON strangler_inbox (day)",
)

_INSTALL_LOCK = 7_240_190_542
"""Keeps two consumers that start at the same time from both creating the tables."""

_DAYS = """
SELECT relid::regclass::text, right(relid::regclass::text, 8)
  FROM pg_partition_tree('strangler.inbox') WHERE isleaf AND relid <> 'strangler.inbox'::regclass ORDER BY 2
"""


def install(database: Database) -> None:
    """Create the tables where they are missing."""
    with database.transaction():
        if database.dialect == "postgres":
            database.execute("SELECT pg_advisory_xact_lock(%s)", [_INSTALL_LOCK])
            if database.rows("SELECT to_regclass('strangler.inbox')") == [(None,)]:
                database.execute(_POSTGRES)
            if not visits_noted(database):
                database.execute(_POSTGRES_VISIT)
            if not marks_noted(database):
                database.execute(_POSTGRES_MARK)
        else:
            for statement in _SQLITE:
                database.execute(statement)


def installed(database: Database) -> bool:
    """Whether there are inboxes in the database."""
    if database.dialect == "postgres":
        return database.rows("SELECT to_regclass('strangler.inbox') IS NOT NULL") == [(True,)]
    return bool(database.rows("SELECT 1 FROM sqlite_master WHERE name = 'strangler_inbox'"))


def visits_noted(database: Database) -> bool:
    """Whether consumers record when they were last seen; those of an older release do not."""
    if database.dialect == "postgres":
        return database.rows("SELECT to_regclass('strangler.inbox_visit') IS NOT NULL") == [(True,)]
    return bool(database.rows("SELECT 1 FROM sqlite_master WHERE name = 'strangler_inbox_visit'"))


def marks_noted(database: Database) -> bool:
    """Whether consumers record what they have read last; those of an older release do not."""
    if database.dialect == "postgres":
        return database.rows("SELECT to_regclass('strangler.inbox_mark') IS NOT NULL") == [(True,)]
    return bool(database.rows("SELECT 1 FROM sqlite_master WHERE name = 'strangler_inbox_mark'"))


def begin_day(database: Database, day: date) -> None:
    """Make room for the events that arrive on a day, in a transaction."""
    if database.dialect != "postgres":
        return
    name = f"strangler.inbox_{day:%Y%m%d}"
    if database.rows(f"SELECT to_regclass('{name}')") == [(None,)]:
        database.execute("SELECT pg_advisory_xact_lock(%s)", [_INSTALL_LOCK])
        following = date.fromordinal(day.toordinal() + 1)
        database.execute(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF strangler.inbox"
            f" FOR VALUES FROM ('{day:%Y-%m-%d}') TO ('{following:%Y-%m-%d}')"
        )


def remove_days(database: Database, before: date) -> Sequence[date]:
    """Remove what arrived before a day, for all consumers, and return which days were removed.

    A day with an event that waits or is parked stays (in SQLite: only that event does).
    """
    if database.dialect != "postgres":
        with database.transaction():
            database.execute(
                "DELETE FROM strangler_inbox WHERE day < ? AND state IN ('handled', 'dropped')", [before.isoformat()]
            )
        return []
    gone: list[date] = []
    for day, partition in _days(database).items():
        if day >= before or _holds_unhandled(database, partition):
            continue
        with database.transaction():
            # In the order in which others lock them: a consumer that waits for a day holds the whole inbox already.
            database.execute("LOCK TABLE ONLY strangler.inbox IN ACCESS EXCLUSIVE MODE")
            if day in _days(database) and not _holds_unhandled(database, partition):
                database.execute(f"DROP TABLE {partition}")
                gone.append(day)
    return gone


def _holds_unhandled(database: Database, partition: str) -> bool:
    return bool(database.rows(f"SELECT 1 FROM {partition} WHERE state IN ('waiting', 'parked') LIMIT 1"))


def _days(database: Database) -> Mapping[date, str]:
    found = database.rows(_DAYS)
    return {date.fromisoformat(str(day)): str(name) for name, day in found}
