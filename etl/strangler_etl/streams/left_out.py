"""Events that are left out for good, by a user's decision, recorded beside the position so that every process knows."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from strangler.model.authority import Side
from strangler_etl.engine.journal import RecordRange
from strangler_etl.migration import Migration
from strangler_etl.records.publications import note_left_out, read_left_out, read_published
from strangler_etl.streams.errors import UnknownChangeError
from strangler_etl.streams.sides import journal_of

_ID = re.compile(r"(?P<side>v1|v2)-(?P<xid>\d+)(?:\.(?P<lives>\d+))?-(?P<number>\d+)(?:\.(?P<part>.+))?", re.DOTALL)


def leave_out(migration: Migration, events: Sequence[str]) -> Collection[str]:
    """Record events to be left out, and return those for which it is too late: they are published already.

    Events whose change the journal no longer holds are skipped. UnknownChangeError where an id belongs to no change.
    """
    service = migration.mapping.service
    known = read_left_out(migration.target, service)
    late = {event for event in events if event not in known and not _is_pending(migration, event)}
    new = [event for event in events if event not in known and event not in late]
    if new:
        with migration.target.transaction():
            note_left_out(migration.target, service, [*read_left_out(migration.target, service), *new])
    return late


def _is_pending(migration: Migration, event: str) -> bool:
    service, found = migration.mapping.service, _ID.fullmatch(event)
    if found is None:
        raise UnknownChangeError(service, event)
    side, number = Side(found["side"]), int(found["number"])
    database, tables = journal_of(migration, side)
    names, known = [table.name for table in tables], read_published(migration.target, service).of(side)
    with database.snapshot():
        now = database.journal.changes(None, ()).position
        first = database.journal.records(RecordRange(None, now), names, 1)
        named = database.journal.records(RecordRange(None, now, number - 1), names, 1)
        pending = database.journal.records(RecordRange(known.since, now, number - 1), names, 1)
    if not first or number < first[0].number:
        return False
    if not named or (named[0].number, named[0].transaction) != (number, found["xid"]):
        raise UnknownChangeError(service, event)
    return bool(pending) and pending[0].number == number and number > known.after
