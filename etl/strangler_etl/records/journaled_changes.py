"""The changes in a journal, where it can be relied on."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Changes, JournaledTable
from strangler_etl.errors import JournalError, PutBackError


def journaled_changes(
    database: Database, service: str, since: str | None, tables: Sequence[JournaledTable], most: int | None = None
) -> Changes:
    """What was committed in the tables since a position, as `Journal.changes` has it; call it in `Session.snapshot`.

    Raises JournalError where, in this snapshot, a table is not journaled, or by another key than its mapping's: its
    records would be read as changes of other rows.
    """
    require_journaled(database, service, tables, copied=True)
    with remedy_for(service):
        return database.journal.changes(since, [table.name for table in tables], most)


def applicable_changes(
    database: Database, service: str, since: str | None, tables: Sequence[JournaledTable], most: int | None = None
) -> Changes:
    """The same changes, to be applied: PrunedError where some of them have been deleted already."""
    changes = journaled_changes(database, service, since, tables, most)
    with remedy_for(service):
        database.journal.require_unpruned(since, [table.name for table in tables])
    return changes


def comparable_changes(
    database: Database, service: str, since: str | None, tables: Sequence[JournaledTable]
) -> tuple[Changes, PutBackError | None]:
    """The same changes, to compare both sides: those that were not applied yet, and None.

    Where they are not known, the second value says why: then every row is compared, and the position is the present.
    """
    try:
        return applicable_changes(database, service, since, tables), None
    except PutBackError as error:
        return database.journal.changes(None, ()), error


@contextmanager
def remedy_for(service: str) -> Generator[None]:
    """A PutBackError of this block names the service in its remedy."""
    try:
        yield
    except PutBackError as error:
        raise error.of(service) from None


def require_journaled(
    database: Database, service: str, tables: Sequence[JournaledTable], *, copied: bool, published: bool = False
) -> None:
    """Raise JournalError unless every change of the tables is journaled by their keys.

    `copied` rows, or events that were `published`, may then lack changes: the error says how to bring them.
    """
    if faults := database.journal.faults(tables):
        found = {fault.table: fault.what for fault in faults}
        raise JournalError(service, database.address, found, copied=copied, published=published)
