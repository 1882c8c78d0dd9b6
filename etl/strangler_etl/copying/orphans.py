"""Sets rows aside that refer to none, when all are copied and the foreign keys that were away are to hold again."""

from __future__ import annotations

from dataclasses import replace

from strangler_etl.engine.keys import key_of_table
from strangler_etl.errors import (
    BackfillError,
    DatabaseError,
    RowRefusedError,
    StalePositionError,
    TooManyRejectsError,
)
from strangler_etl.following.follower import apply_forward, forward_stream
from strangler_etl.following.origin_keys import origin_keys
from strangler_etl.following.steps import delete_rows
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.mapping.selects import claimed
from strangler_etl.migration import Migration
from strangler_etl.records.authority import require_fenced
from strangler_etl.records.checkpoint import read_checkpoints, replace_checkpoint
from strangler_etl.records.streams import keep_position, read_position
from strangler_etl.run.references import (
    DroppedReference,
    dropped_references,
    left_unchecked,
    make_references,
)
from strangler_etl.run.rejects import Reject, count_rejects, write_rejects
from strangler_etl.run.sieve import image_of

_TRIES = 5
"""A follower may write further orphans between the two steps."""


def restore_references(migration: Migration, most: int) -> None:
    """Let the foreign keys hold again that were taken away; rows they do not allow are set aside, up to `most` in all.

    Raises TooManyRejectsError, with the foreign keys still away, and nothing set aside.
    """
    target, service = migration.target, migration.mapping.service
    dropped = dropped_references(target, service)
    if not dropped:
        return
    # What a follower would bring, once the keys hold, would stop it; here it is set aside.
    _catch_up(migration)
    # Who makes one compares its tables as well, and most find nothing.
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
        f"foreign keys can not be made again: {names}",
        f"end what follows, and run: strangler etl run {migration.mapping.service}",
    )


def _catch_up(migration: Migration) -> None:
    """Apply what has changed since the last rows were copied, whatever the foreign keys say that are away."""
    with left_unchecked(migration.target, migration.mapping.service):
        while True:
            try:
                apply_forward(migration.source, migration.target, migration.mapping)
            except StalePositionError:
                continue
            return


def _set_orphans_aside(migration: Migration, most: int) -> None:
    source, target, service = migration.source, migration.target, migration.mapping.service
    while True:
        try:
            # Somebody may have mended them since they were copied.
            _catch_up(migration)
            known = read_position(target, forward_stream(service))
            with source.snapshot(), target.transaction(applying=True):
                require_fenced(source, service, target, migration.target_tables)
                keep_position(target, forward_stream(service), known)
                # What refers to a row that goes is an orphan, too.
                away = dropped_references(target, service)
                tables = [(table, one) for table in migration.mapping.tables for one in away]
                while sum(_taken(migration, table, one, most) for table, one in tables):
                    pass
        except StalePositionError:
            continue
        except RowRefusedError as error:
            names = ", ".join(one.name for one in dropped_references(target, service))
            what = f"rows for which a foreign key finds no row ({names}) can not be set aside: {error.what}"
            mend = f"mend them in the monolith, or delete what refers to them, then run: strangler etl run {service}"
            raise BackfillError(service, what, mend) from error
        return


def _taken(migration: Migration, table: MappedTable, reference: DroppedReference, most: int) -> int:
    """Set the orphans of one foreign key aside that are of a mapping, and return how many they were."""
    target, service = migration.target, migration.mapping.service
    if table.target.name != reference.table:
        return 0
    allowed = most - sum(count_rejects(target, service).values())
    name, key = target.quoted(reference.table), key_of_table(target, table.target, table.key)
    known_by = key_of_table(target, table.target, table.known_by)
    written = f"{key.as_text(target)}, {known_by.as_text(target)}"
    own = f"({claimed(target, table) or 'TRUE'}) AND ({reference.orphans})"
    found = target.rows(f"SELECT {written} FROM {name} WHERE {own} LIMIT {max(0, allowed) + 1}")
    if not found:
        return 0
    pairs = [(str(key), number) for key, number in found]
    of_source = origin_keys(migration.source, target, table, pairs)
    orphans = {key: number for (key, _), number in zip(pairs, of_source, strict=True)}
    reason = f"the foreign key {reference.name} finds no row in {reference.parent}"
    if len(found) > allowed:
        raise TooManyRejectsError(service, table.name, next(iter(orphans.values())), reason)
    delete_rows(target, reference.table, key, list(orphans))
    images = ((key, image_of(migration.source, table, key)) for key in orphans.values())
    write_rejects(target, service, [Reject(table.name, key, reason, image) for key, image in images])
    before = read_checkpoints(target, service)[table.name]
    # Some of them no run has copied, but a follower, and it has deleted others: only counting tells.
    left = int(str(target.rows(f"SELECT count(*) FROM {name} WHERE {claimed(target, table) or 'TRUE'}")[0][0]))
    replace_checkpoint(target, service, before, replace(before, rows=left))
    return len(orphans)
