"""Foreign keys of moving tables to tables v2 has no copy of: a row of v2 may refer to a row that is gone."""

from __future__ import annotations

from strangler.model.quantity import first_of, quantity
from strangler_etl.engine.outside_references import OutsideReference
from strangler_etl.migration import Migration

_NAMED = 5


def unchecked_references(migration: Migration) -> tuple[OutsideReference, ...]:
    """The foreign keys that only v1 can check for the moved tables; empty where nothing goes back there."""
    mapping = migration.mapping
    if not mapping.way_back:
        return ()
    copied = {table.source.name for table in mapping.tables}
    found = migration.source.leaving_references(migration.source_tables)
    return tuple(one for one in found if one.parent not in copied)


def unchecked_told(found: tuple[OutsideReference, ...]) -> str:
    """A line that says what such foreign keys mean."""
    lead = "leads" if len(found) == 1 else "lead"
    names = first_of([f"{one.name} to {one.parent}" for one in found], _NAMED)
    return (
        f"{quantity(len(found), 'foreign key')} of tables that move {lead} to such as v2 has no copy of: {names};"
        " once a row of v2 refers to one that v1 has deleted, nothing goes back and rollback is refused"
    )
