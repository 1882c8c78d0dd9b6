"""What a journal says has changed, where it can be relied on."""

from __future__ import annotations

from collections.abc import Sequence

from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Changes, JournaledTable
from strangler_etl.errors import JournalError, PutBackError


def journaled_changes(
    database: Database, service: str, since: str | None, tables: Sequence[JournaledTable], most: int | None = None
) -> Changes:
    """What was committed in the tables since a position, as `Journal.changes` has it: inside `Session.snapshot`.

    Raises JournalError where, in this snapshot, a table is not journaled, or by another key than it is mapped by: what
    is read would be taken for other rows.
    """
    require_journaled(database, service, tables, copied=True)
    return database.journal.changes(since, [table.name for table in tables], most)


def applicable_changes(
    database: Database, service: str, since: str | None, tables: Sequence[JournaledTable], most: int | None = None
) -> Changes:
    """The same, where they are to be applied: PrunedError where some have been deleted by now."""
    changes = journaled_changes(database, service, since, tables, most)
    database.journal.require_unpruned(since, [table.name for table in tables])
    return changes


def comparable_changes(
    database: Database, service: str, since: str | None, tables: Sequence[JournaledTable]
) -> tuple[Changes, PutBackError | None]:
    """The same, where both sides are compared: what was not applied yet.

    None where that is not known, and why: then every row is compared, and the position is the present.
    """
    try:
        return applicable_changes(database, service, since, tables), None
    except PutBackError as error:
        return database.journal.changes(None, ()), error


def require_journaled(
    database: Database, service: str, tables: Sequence[JournaledTable], *, copied: bool, published: bool = False
) -> None:
    """Raise JournalError unless every change of the tables is journaled by their keys.

    What was `copied`, or `published` as events, may be without changes then: the error says what brings them.
    """
    if faults := database.journal.faults(tables):
        found = {fault.table: fault.what for fault in faults}
        raise JournalError(service, database.address, found, copied=copied, published=published)
