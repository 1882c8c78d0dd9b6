"""How far a service's copy is, and what was proved about it; reading changes nothing, whatever runs meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from strangler_etl.engine.holder import Holder
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.mapping.table_size import estimated_size
from strangler_etl.migration import Migration
from strangler_etl.records.checkpoint import Checkpoint, read_checkpoints
from strangler_etl.records.verification import doubt_of, read_verification
from strangler_etl.run.indexes import dropped_indexes
from strangler_etl.run.keys import keys_away
from strangler_etl.run.rate import Rate
from strangler_etl.run.references import dropped_references
from strangler_etl.run.rejects import count_rejects
from strangler_etl.run.throttle import read_rate


class CopyState(StrEnum):
    """How far the copy of a table is."""

    UNTOUCHED = "not begun"
    COPYING = "copying"
    COPIED = "copied"


@dataclass(frozen=True, slots=True)
class TableStatus:
    """A table of the mapping: `copied` of about `rows` rows; while it is being copied, up to the source key `last_key`.

    Another `set_aside` rows do not fit the target.
    """

    source: str
    target: str
    state: CopyState
    copied: int
    rows: int
    last_key: str | None
    set_aside: int = 0


@dataclass(frozen=True, slots=True)
class EtlStatus:
    """`verified_at` is in seconds since 1970; `doubt` says why the two databases cannot be taken for equal, or is None.

    `running` is the process that copies now, `rate` its limit. The `dropped_indexes` and `dropped_references` (foreign
    keys) are made again when everything is copied.
    """

    service: str
    tables: tuple[TableStatus, ...]
    verified_at: float | None
    doubt: str | None
    running: Holder | None
    rate: Rate | None
    dropped_indexes: tuple[str, ...]
    dropped_references: tuple[str, ...]
    journal_faults: tuple[str, ...] = ()
    """Why `etl run`, `verify` and the follower would fail, in the words of their errors."""
    dropped_keys: tuple[str, ...] = ()
    """Primary and unique keys that are made again when their table is filled."""


def etl_status(migration: Migration) -> EtlStatus:
    """Read the status from the target; it is empty before anything is installed there."""
    source, target, mapping = migration.source, migration.target, migration.mapping
    both = source.installed and target.installed
    known: Mapping[str, Checkpoint] = read_checkpoints(target, mapping.service) if target.installed else {}
    rejects: Mapping[str, int] = count_rejects(target, mapping.service) if target.installed else {}
    verified = read_verification(target, mapping.service) if both else None
    tables = tuple(
        replace(_status(migration, table, known.get(table.name)), set_aside=rejects.get(table.name, 0))
        for table in mapping.tables
    )
    doubt = "not everything is copied yet"
    if both and all(table.state is CopyState.COPIED for table in tables):
        doubt = doubt_of(verified, source, target, mapping)
    at, running = verified.verified_at if verified else None, target.run_lock.holder(mapping.service)
    rate = read_rate(target, mapping.service) if target.installed else None
    dropped = tuple(dropped_indexes(target, mapping.service)) if target.installed else ()
    away = tuple(one.name for one in dropped_references(target, mapping.service)) if target.installed else ()
    faults = tuple(str(error) for error in migration.journal_errors)
    keys = tuple(one.name for one in keys_away(target, mapping.service))
    return EtlStatus(mapping.service, tables, at, doubt, running, rate, dropped, away, faults, keys)


def _status(migration: Migration, table: MappedTable, checkpoint: Checkpoint | None) -> TableStatus:
    rows, _ = estimated_size(migration.source, table)
    names = table.source.name, table.target.name
    if checkpoint is None:
        return TableStatus(*names, CopyState.UNTOUCHED, 0, rows, None)
    if checkpoint.finished:
        return TableStatus(*names, CopyState.COPIED, checkpoint.rows, rows, None)
    return TableStatus(*names, CopyState.COPYING, checkpoint.rows, rows, checkpoint.last_key)
