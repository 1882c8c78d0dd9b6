"""The SQL of strangler's own tables in a SQLite database.

SQLite has one writer at a time, so `seq` is the order of commits. It has no session settings either: whoever applies
changes marks that in ``strangler_origin``, in its own transaction, where nobody else can write or see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strangler_etl.engine.journal import JournaledTable
from strangler_etl.engine.keys import key_text
from strangler_etl.engine.session import Session

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS strangler_journal (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        table_name TEXT NOT NULL,
        operation TEXT NOT NULL,
        key TEXT,
        number TEXT,
        written_at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_journal_gap (
        table_name TEXT NOT NULL,
        reason TEXT NOT NULL,
        written_at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_stream_position (
        stream TEXT PRIMARY KEY, position TEXT, read_at REAL NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_event_stream (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        stream TEXT NOT NULL,
        event_id TEXT NOT NULL,
        subject TEXT NOT NULL,
        envelope TEXT NOT NULL,
        published_at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
    )""",
    "CREATE INDEX IF NOT EXISTS strangler_event_stream_name ON strangler_event_stream (stream, position)",
    """CREATE TABLE IF NOT EXISTS strangler_authority (
        service TEXT PRIMARY KEY,
        side TEXT NOT NULL CHECK (side IN ('v1', 'v2')),
        epoch INTEGER NOT NULL,
        step TEXT NOT NULL,
        changed_at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_key_map (
        table_name TEXT NOT NULL,
        source_key TEXT NOT NULL,
        target_key TEXT NOT NULL,
        PRIMARY KEY (table_name, source_key),
        UNIQUE (table_name, target_key)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS strangler_checkpoint (
        service TEXT NOT NULL,
        table_name TEXT NOT NULL,
        last_key TEXT,
        rows INTEGER NOT NULL,
        finished INTEGER NOT NULL,
        written_at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0),
        PRIMARY KEY (service, table_name)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_copied_key (
        service TEXT NOT NULL,
        table_name TEXT NOT NULL,
        columns TEXT NOT NULL,
        PRIMARY KEY (service, table_name)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_chunk (
        service TEXT NOT NULL,
        table_name TEXT NOT NULL,
        number INTEGER NOT NULL,
        after_key TEXT,
        up_to_key TEXT,
        rows INTEGER,
        PRIMARY KEY (service, table_name, number)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_refresh (
        service TEXT NOT NULL,
        table_name TEXT NOT NULL,
        last_key TEXT,
        finished INTEGER NOT NULL,
        ground TEXT NOT NULL,
        PRIMARY KEY (service, table_name)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_throttle (
        service TEXT PRIMARY KEY, amount REAL NOT NULL CHECK (amount > 0), unit TEXT NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_reject (
        service TEXT NOT NULL,
        table_name TEXT NOT NULL,
        source_key TEXT NOT NULL,
        reason TEXT NOT NULL,
        image TEXT NOT NULL,
        written_at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0),
        PRIMARY KEY (service, table_name, source_key)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_dropped_index (
        service TEXT NOT NULL,
        table_name TEXT NOT NULL,
        name TEXT NOT NULL,
        definition TEXT NOT NULL,
        PRIMARY KEY (service, table_name, name)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_dropped_reference (
        service TEXT NOT NULL,
        table_name TEXT NOT NULL,
        name TEXT NOT NULL,
        parent TEXT NOT NULL,
        orphans TEXT NOT NULL,
        definition TEXT,
        PRIMARY KEY (service, table_name, name)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_verification (
        service TEXT PRIMARY KEY,
        position TEXT NOT NULL,
        target_position TEXT,
        verified_at REAL NOT NULL,
        rows INTEGER NOT NULL,
        source_gaps INTEGER NOT NULL,
        target_gaps INTEGER NOT NULL,
        mapping TEXT NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_verified_table (
        service TEXT NOT NULL,
        side TEXT NOT NULL,
        table_name TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        PRIMARY KEY (service, side, table_name)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_created_table (
        service TEXT NOT NULL,
        table_name TEXT NOT NULL,
        identity TEXT NOT NULL,
        types TEXT NOT NULL,
        PRIMARY KEY (service, table_name)
    )""",
    "CREATE TABLE IF NOT EXISTS strangler_origin (origin TEXT NOT NULL)",
)

LINKED_CHANGES = """
WITH given AS MATERIALIZED (
         SELECT value ->> 0 AS name, value ->> 1 AS key, value ->> 2 AS number FROM json_each(?)),
     waiting AS MATERIALIZED (
         SELECT DISTINCT table_name, key, number,
                CASE typeof(key) WHEN 'blob' THEN '\\x' || lower(hex(key)) ELSE CAST(key AS text) END AS its_key,
                CASE typeof(number) WHEN 'blob' THEN '\\x' || lower(hex(number)) ELSE CAST(number AS text) END
                AS its_number
           FROM strangler_journal WHERE seq > ?)
SELECT table_name, waiting.key, waiting.number FROM waiting
  JOIN given ON table_name = name AND its_key = given.key
 UNION
SELECT table_name, waiting.key, waiting.number FROM waiting
  JOIN given ON table_name = name AND its_number = given.number
 ORDER BY 1, 2, 3
"""

LAST_NUMBER = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'strangler_journal'), 0)"
"""The number of the last change ever journaled, whether or not its record still exists."""

_NOT_APPLYING = "NOT EXISTS (SELECT 1 FROM strangler_origin)"

JOURNAL_KINDS = ("insert", "update", "rekey", "delete", "insert_over", "update_over")
FENCE_KINDS = ("insert", "update", "delete")


def journal_trigger(table: str, kind: str) -> str:
    """The name of one of the table's journal triggers."""
    return f"strangler_journal_{kind}_{table}"


def fence_trigger(table: str, kind: str) -> str:
    """The name of one of the triggers of the table's fence."""
    return f"strangler_fence_{kind}_{table}"


def create_journal_triggers(session: Session, table: JournaledTable, unique: Sequence[Sequence[str]]) -> Iterator[str]:
    """The statements that create the journal triggers of a table with these unique columns.

    An update that changes a row's key also journals the old key. A row that OR REPLACE removes in favour of another
    fires no trigger of its own, so every row with the same unique values is journaled first; recording it does no harm,
    whatever becomes of the statement.
    """
    known_by = [_quoted(name) for name in (*table.key, table.number) if name]
    changed = " OR ".join(f"old.{name} IS NOT new.{name}" for name in known_by)
    replaced = " OR ".join(map(same_values, unique))
    others = f"FROM {_quoted(table.name)} WHERE {replaced or '0'}"
    for kind, event, condition, operation, row, source in (
        ("insert", "AFTER INSERT", "", "I", "new.", ""),
        ("update", "AFTER UPDATE", "", "U", "new.", ""),
        ("rekey", "AFTER UPDATE", f" AND ({changed})", "D", "old.", ""),
        ("delete", "AFTER DELETE", "", "D", "old.", ""),
        ("insert_over", "BEFORE INSERT", "", "D", "", others),
        ("update_over", "BEFORE UPDATE", "", "D", "", others),
    ):
        columns = [f"{row}{_quoted(name)}" for name in table.key]
        key = columns[0] if len(columns) == 1 else key_text([f"CAST({name} AS text)" for name in columns], session)
        number = f"{row}{_quoted(table.number)}" if table.number else "NULL"
        yield f"""
        CREATE TRIGGER {_quoted(journal_trigger(table.name, kind))} {event} ON {_quoted(table.name)} FOR EACH ROW
        WHEN {_NOT_APPLYING}{condition}
        BEGIN
            INSERT INTO strangler_journal (table_name, operation, key, number)
            SELECT {_text(table.name)}, '{operation}', {key}, {number} {source};
        END
        """


def same_values(columns: Sequence[str]) -> str:
    """The condition that a row has the values of a new one in these columns."""
    return "(" + " AND ".join(f"{_quoted(name)} = new.{_quoted(name)}" for name in columns) + ")"


def create_fence_trigger(table: str, kind: str) -> str:
    """The statement that creates one of the triggers of a table's fence."""
    message = _text(
        f"strangler: the table {table} may not be written here now: the other side of its service does;"
        " strangler status says which side may write it"
    )
    return f"""
    CREATE TRIGGER {_quoted(fence_trigger(table, kind))} BEFORE {kind.upper()} ON {_quoted(table)} FOR EACH ROW
    WHEN {_NOT_APPLYING}
    BEGIN
        SELECT RAISE(ABORT, {message});
    END
    """


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
