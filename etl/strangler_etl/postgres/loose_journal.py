"""The journal of tables that are being filled: inserts are refused, instead of noted.

A trigger that may ask for all inserted rows has PostgreSQL keep them until the statement ends, whether or not it has a
use for them: 7 % of the server's time for a copy (docs/performance.md). While the loose fence lets nobody insert but
strangler, whose rows are not journaled, the trigger of that name has no use for any. So one that refuses takes its
place: not a row can come in unnoticed, whatever becomes of the fence.
"""

from __future__ import annotations

from collections.abc import Sequence

from strangler_etl.engine.session import Session
from strangler_etl.errors import LockTimeoutError
from strangler_etl.postgres import catalogue, definitions
from strangler_etl.postgres.locks import lock_timeout

_LOCK_SECONDS = 0.2


def refuse_inserts(session: Session, tables: Sequence[str]) -> None:
    """Let the journal of tables with a loose fence refuse what is inserted; in a transaction in which they are locked.

    A table that somebody reads just then is left as it is.
    """
    for table, arguments, always in _journaled(session, tables, keeping=True):
        name = session.quoted(table)
        try:
            with session.transaction(), lock_timeout(session, [table], _LOCK_SECONDS):
                session.execute(definitions.refusing_journal(name, arguments, always=always))
        except LockTimeoutError:
            continue


def note_inserts(session: Session, tables: Sequence[str]) -> None:
    """Let the journal note what is inserted again; in a transaction in which the tables are locked."""
    for table, arguments, always in _journaled(session, tables, keeping=False):
        session.execute(definitions.noting_journal(session.quoted(table), arguments, always=always))


def _journaled(session: Session, tables: Sequence[str], *, keeping: bool) -> Sequence[tuple[str, str, bool]]:
    """Those of the tables whose journal keeps inserted rows, or refuses them: its arguments, and if it fires always."""
    found = session.rows(catalogue.JOURNALED_INSERTS, [list(tables), keeping])
    return [(str(table), str(arguments), bool(always)) for table, arguments, always in found]
