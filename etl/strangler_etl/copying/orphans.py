"""Sets orphaned rows aside when everything is copied, and restores the foreign keys that were dropped."""

from __future__ import annotations

from contextlib import suppress

from strangler_etl.copying.copied_rejects import set_aside
from strangler_etl.errors import (
    BackfillError,
    DatabaseError,
    RowRefusedError,
    StalePositionError,
)
from strangler_etl.following.follower import apply_forward
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.migration import Migration
from strangler_etl.records.authority import require_fenced
from strangler_etl.records.streams import forward_stream, keep_position, read_position
from strangler_etl.run.references import (
    DroppedReference,
    dropped_references,
    left_unchecked,
    make_references,
)

_TRIES = 5
"""A follower may write more orphans between the two steps."""


def restore_references(migration: Migration, most: int) -> None:
    """Make the dropped foreign keys again; rows they do not allow are set aside, up to `most` in all.

    Raises TooManyRejectsError, with the foreign keys still dropped and nothing set aside.
    """
    target, service = migration.target, migration.mapping.service
    dropped = dropped_references(target, service)
    if not dropped:
        return
    # Once the keys hold, an orphan that a follower brings would stop it; here it is set aside.
    _catch_up(migration)
    # Making a foreign key compares its tables anyway, and most find no orphans.
    checked = all(one.definition is not None for one in dropped)
    away = make_references(target, service) if checked else dropped
    for _ in range(_TRIES):
        if not away:
            return
        _set_orphans_aside(migration, most)
        away = make_references(target, service)
    if not away:
        return
    names = ", ".join(one.name for one in away)
    raise DatabaseError(
        migration.target.address,
        f"foreign keys cannot be made again: {names}",
        f"end what follows, and run: strangler etl run {migration.mapping.service}",
    )


def _catch_up(migration: Migration) -> None:
    """Apply what has changed since the last rows were copied, without regard to the dropped foreign keys."""
    with left_unchecked(migration.target, migration.mapping.service):
        more = True
        while more:
            with suppress(StalePositionError):
                more = apply_forward(migration.source, migration.target, migration.mapping).more


def _set_orphans_aside(migration: Migration, most: int) -> None:
    source, target, service = migration.source, migration.target, migration.mapping.service
    while True:
        try:
            # Somebody may have repaired the rows since they were copied.
            _catch_up(migration)
            known = read_position(target, forward_stream(service))
            with source.snapshot(), target.transaction(applying=True):
                require_fenced(source, service, target, migration.target_tables)
                keep_position(target, forward_stream(service), known)
                # Rows that refer to a row set aside are orphans, too.
                away = dropped_references(target, service)
                tables = [(table, one) for table in migration.mapping.tables for one in away]
                while sum(_taken(migration, table, one, most) for table, one in tables):
                    pass
        except StalePositionError:
            continue
        except RowRefusedError as error:
            names = ", ".join(one.name for one in dropped_references(target, service))
            what = f"rows for which a foreign key finds no row ({names}) cannot be set aside: {error.what}"
            mend = f"mend them in the monolith, or delete what refers to them, then run: strangler etl run {service}"
            raise BackfillError(service, what, mend) from error
        return


def _taken(migration: Migration, table: MappedTable, reference: DroppedReference, most: int) -> int:
    """Set the orphans of one foreign key in a mapped table aside, and return how many there were."""
    if table.target.name != reference.table:
        return 0
    reason = f"the foreign key {reference.name} finds no row in {reference.parent}"
    return set_aside(migration, table, reference.orphans, reason, most)
