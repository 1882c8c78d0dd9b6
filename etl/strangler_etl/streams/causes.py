"""What has led to a change: a consumer that writes rows of its own service lets their events say so."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from strangler_etl.engine.session import Session
from strangler_etl.streams.envelope import Event

_KNOWN = "SELECT to_regprocedure('strangler.note_cause(text, text)') IS NOT NULL"
_NOTE = "SELECT strangler.note_cause(%s, %s)"


@contextmanager
def caused_by(session: Session, event: Event) -> Generator[None]:
    """Let what is written in the block, in the transaction of a handler, be caused by an event.

    The events of these changes have its id as their causation, and its correlation: so all that one change has set off
    is found by one id, over any number of services. Blocks do not contain each other. Where no journal is kept, as in a
    database of SQLite, nothing is noted.
    """
    keeps = session.dialect == "postgres" and session.rows(_KNOWN) == [(True,)]
    if keeps:
        session.rows(_NOTE, [event.correlation or event.id, event.id])
    yield
    if keeps:
        # After an error the transaction is undone, and what was noted with it.
        session.rows(_NOTE, [None, None])
