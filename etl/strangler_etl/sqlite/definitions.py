"""The SQL of strangler's own tables in a SQLite database.

SQLite has one writer at a time, so `seq` is the order of commits. It has no settings of a session either: who applies
changes says so in ``strangler_origin``, in its own transaction, where nobody else can write or see it.
"""

from __future__ import annotations

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS strangler_journal (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        table_name TEXT NOT NULL,
        operation TEXT NOT NULL,
        key TEXT,
        number TEXT,
        written_at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_stream_position (
        stream TEXT PRIMARY KEY, position TEXT, read_at REAL NOT NULL
    )""",
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
        last_key TEXT NOT NULL,
        rows INTEGER NOT NULL,
        finished INTEGER NOT NULL,
        written_at REAL NOT NULL DEFAULT ((julianday('now') - 2440587.5) * 86400.0),
        PRIMARY KEY (service, table_name)
    )""",
    """CREATE TABLE IF NOT EXISTS strangler_verification (
        service TEXT PRIMARY KEY, position TEXT NOT NULL, verified_at REAL NOT NULL, rows INTEGER NOT NULL
    )""",
    "CREATE TABLE IF NOT EXISTS strangler_origin (origin TEXT NOT NULL)",
)

_NOT_APPLYING = "NOT EXISTS (SELECT 1 FROM strangler_origin)"

JOURNAL_KINDS = ("insert", "update", "rekey", "delete")
FENCE_KINDS = ("insert", "update", "delete")


def journal_trigger(table: str, kind: str) -> str:
    """The name of one of the table's journal triggers."""
    return f"strangler_journal_{kind}_{table}"


def fence_trigger(table: str, kind: str) -> str:
    """The name of one of the triggers of the table's fence."""
    return f"strangler_fence_{kind}_{table}"


def create_journal_trigger(table: str, kind: str, key: str, number: str | None) -> str:
    """The statement that creates one of the journal triggers: an update that changes the key journals both keys."""
    when = {
        "insert": ("INSERT", "I", "new", ""),
        "update": ("UPDATE", "U", "new", ""),
        "rekey": ("UPDATE", "D", "old", f" AND old.{_quoted(key)} IS NOT new.{_quoted(key)}"),
        "delete": ("DELETE", "D", "old", ""),
    }
    event, operation, row, condition = when[kind]
    numbered = f"{row}.{_quoted(number)}" if number else "NULL"
    return f"""
    CREATE TRIGGER {_quoted(journal_trigger(table, kind))} AFTER {event} ON {_quoted(table)} FOR EACH ROW
    WHEN {_NOT_APPLYING}{condition}
    BEGIN
        INSERT INTO strangler_journal (table_name, operation, key, number)
        VALUES ({_text(table)}, '{operation}', {row}.{_quoted(key)}, {numbered});
    END
    """


def create_fence_trigger(table: str, kind: str) -> str:
    """The statement that creates one of the triggers of a table's fence."""
    message = _text(f"strangler: the table {table} may not be written here now: the other side of its service does")
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
