"""The cause of a change: a consumer that writes rows of its own service lets their events name it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from strangler_etl.engine.session import Session
from strangler_etl.streams.envelope import Event

_KNOWN = "SELECT to_regprocedure('strangler.note_cause(text, text)') IS NOT NULL"
_NOTE = "SELECT strangler.note_cause(%s, %s)"


@contextmanager
def caused_by(session: Session, event: Event) -> Generator[None]:
    """Record an event as the cause of what the block writes, in the transaction of a handler.

    The events of these changes have its id as their causation, and its correlation: so one id finds everything that a
    change has set off, across any number of services. Blocks do not nest. Where no journal is kept, as in a SQLite
    database, nothing is recorded.
    """
    keeps = session.dialect == "postgres" and session.rows(_KNOWN) == [(True,)]
    if keeps:
        session.rows(_NOTE, [event.correlation or event.id, event.id])
    yield
    if keeps:
        # After an error the transaction is rolled back, including this note.
        session.rows(_NOTE, [None, None])
