"""What a journal says has changed, where it can be relied on."""

from __future__ import annotations

from collections.abc import Sequence

from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Changes, JournaledTable
from strangler_etl.errors import JournalError


def journaled_changes(
    database: Database, service: str, since: str | None, tables: Sequence[JournaledTable], most: int | None = None
) -> Changes:
    """What was committed in the tables since a position, as `Journal.changes` has it: inside `Session.snapshot`.

    Raises JournalError where, in this snapshot, a table is not journaled, or by another key than it is mapped by: what
    is read would be taken for other rows.
    """
    require_journaled(database, service, tables, copied=True)
    return database.journal.changes(since, [table.name for table in tables], most)


def require_journaled(
    database: Database, service: str, tables: Sequence[JournaledTable], *, copied: bool, published: bool = False
) -> None:
    """Raise JournalError unless every change of the tables is journaled by their keys.

    What was `copied`, or `published` as events, may be without changes then: the error says what brings them.
    """
    if faults := database.journal.faults(tables):
        found = {fault.table: fault.what for fault in faults}
        raise JournalError(service, database.address, found, copied=copied, published=published)
