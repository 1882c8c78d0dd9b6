"""The journal of tables that are being filled: it refuses inserts instead of recording them.

For a trigger that may ask for all inserted rows, PostgreSQL keeps them until the statement ends, whether or not the
trigger uses them: 7 % of the server's time for a copy (docs/performance.md). While the loose fence lets only strangler
insert, whose rows are not journaled, the insert trigger uses none. So a trigger that refuses takes its place: no row
can come in unnoticed, whatever happens to the fence.
"""

from __future__ import annotations

from collections.abc import Sequence

from strangler_etl.engine.session import Session
from strangler_etl.errors import LockTimeoutError
from strangler_etl.postgres import catalogue, trigger_definitions
from strangler_etl.postgres.locks import lock_timeout

_LOCK_SECONDS = 0.2


def refuse_inserts(session: Session, tables: Sequence[str]) -> None:
    """Let the journal of tables with a loose fence refuse inserts; in a transaction that has locked the tables.

    Before PostgreSQL 14, a table that somebody is reading is left as it is.
    """
    for table, statements in _changed(session, tables, refuses=True):
        try:
            with session.transaction(), lock_timeout(session, [table], _LOCK_SECONDS):
                session.execute(statements)
        except LockTimeoutError:
            continue


def note_inserts(session: Session, tables: Sequence[str]) -> None:
    """Let the journal record inserts again; in a transaction that has locked the tables."""
    for _, statements in _changed(session, tables, refuses=False):
        session.execute(statements)


def _changed(session: Session, tables: Sequence[str], *, refuses: bool) -> Sequence[tuple[str, str]]:
    """The tables whose journal does the opposite, and the statements that change it."""
    trigger = _refusing_trigger if refuses else trigger_definitions.insert_trigger
    changed: list[tuple[str, str]] = []
    for table, arguments, always, replaces in session.rows(catalogue.JOURNALED_INSERTS, [list(tables), refuses]):
        name = session.quoted(str(table))
        create = trigger(name, str(arguments))
        if replaces:
            # From PostgreSQL 14 on this does not wait for readers of the table.
            create = create.replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER", 1)
        else:
            create = f"DROP TRIGGER strangler_journal_insert ON {name}; {create}"
        enable = f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER strangler_journal_insert" if always else ""
        changed.append((str(table), f"{create} {enable}"))
    return changed


def _refusing_trigger(table: str, arguments: str) -> str:
    return f"""
    CREATE TRIGGER strangler_journal_insert AFTER INSERT ON {table}
        FOR EACH STATEMENT WHEN (current_setting('strangler.origin', true) IS DISTINCT FROM 'apply')
        EXECUTE FUNCTION strangler.refuse_write({arguments});
    """
