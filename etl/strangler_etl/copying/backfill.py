"""Copies the source's rows into the target, chunk by chunk, while the monolith keeps writing.

Rows are copied in waves of chunks (`strangler_etl.copying.waves`), of one table or of many, all from one snapshot of
the source. So the copied rows always show one moment of the source: no constraint that holds there can fail, whatever
users do meanwhile, and the follower continues where the last wave began. A chunk's rows and the note that it is copied
commit in one transaction: a process killed at any instant has either copied a chunk or not, and the next run copies
what is missing of the wave, from a snapshot of its own, after the same step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from strangler.model.authority import Side
from strangler.model.progress import Progress
from strangler_etl.copying.cleaning import skip_backward
from strangler_etl.copying.copier import coming_cluster, opened_copier
from strangler_etl.copying.duplicates import restore_keys
from strangler_etl.copying.orphans import restore_references
from strangler_etl.copying.unwritten_target import require_unwritten
from strangler_etl.copying.waves import Waves
from strangler_etl.engine.database import Database
from strangler_etl.errors import BackfillError, StalePositionError
from strangler_etl.mapping.key_check import require_keys
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import claimed
from strangler_etl.mapping.table_size import estimated_size
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority, require_fenced, require_settled
from strangler_etl.records.checkpoint import Checkpoint, read_checkpoints, replace_checkpoint
from strangler_etl.records.journaled_changes import require_journaled
from strangler_etl.records.streams import forward_stream, keep_position, read_position
from strangler_etl.run.copied_keys import require_copied_keys
from strangler_etl.run.indexes import drop_indexes, dropped_indexes, rebuild_indexes
from strangler_etl.run.keys import drop_keys, keys_away, make_keys
from strangler_etl.run.numbers import advance_numbers
from strangler_etl.run.references import drop_references, dropped_references, left_unchecked
from strangler_etl.run.rejects import Reject, read_rejects, rejected_keys
from strangler_etl.run.settings import RunSettings
from strangler_etl.run.sieve import try_rejects
from strangler_etl.run.throttle import read_rate

if TYPE_CHECKING:
    from strangler_etl.copying.dask_cluster import DaskCluster


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """What a run did for one table, by the name of its mapping: `copied` rows in `seconds` of one lane.

    `rows` is how many rows all runs have copied. `rejects` is how many rows do not fit the target and were set aside,
    by this run or an earlier one. `not_numbered` says why the table cannot give new rows numbers behind the copied
    ones; None where it can.
    """

    name: str
    source: str
    target: str
    rows: int
    copied: int
    seconds: float
    rejects: tuple[Reject, ...] = ()
    not_numbered: str | None = None


def backfill(
    migration: Migration,
    progress: Progress,
    settings: RunSettings | None = None,
) -> tuple[CopiedTable, ...]:
    """Copy what is not copied yet, from where an earlier run ended, and retry the rows that were set aside.

    Raises RunUnderWayError when another process is copying, AuthorityError unless v1 has the authority, JournalError
    without the journals, BackfillError when the target holds rows that no run has copied, and TooManyRejectsError when
    more rows do not fit the target than may be set aside.
    """
    settings = settings or RunSettings()
    with coming_cluster(migration, settings.executor, settings.jobs) as cluster:
        migration.source.install()
        migration.target.install()
        with migration.target.run_lock.held(migration.mapping.service):
            return _backfill(migration, progress, settings, cluster)


def _backfill(
    migration: Migration, progress: Progress, settings: RunSettings, cluster: Callable[[], DaskCluster] | None
) -> tuple[CopiedTable, ...]:
    require_ready(migration)
    known = read_checkpoints(migration.target, migration.mapping.service)
    there = {name for name, checkpoint in known.items() if checkpoint.finished}
    filled = [table.target.name for table in migration.mapping.owned if table.name not in there]
    migration.fence_other_side(filled)
    if not known:
        skip_backward(migration)
    # A killed run may have left keys dropped, and resuming may have to look rows up by key.
    restore_keys(migration, settings.most_rejects)
    drop_references(migration.target, migration.mapping, every=settings.indexes_last)
    unfinished = [table for table in migration.mapping.tables if table.name not in there]
    sizes = {table.name: estimated_size(migration.source, table) for table in unfinished}
    large = [table for table in unfinished if sizes[table.name][0] >= settings.keys_last]
    drop_keys(migration.source, migration.target, migration.mapping, large)
    if settings.indexes_last:
        drop_indexes(migration.target, migration.mapping)
    target, service = migration.target, migration.mapping.service
    throttle = settings.throttle(lambda: read_rate(target, service))
    with (
        left_unchecked(target, service),
        opened_copier(migration, settings.jobs, throttle, settings.clock, cluster) as copier,
    ):
        for table in migration.mapping.tables:
            if table.name in there:
                _try_rejects(migration, settings.most_rejects, table)
        waves = Waves(migration, progress, copier, throttle, settings)
        waves.copy(partial(_try_rejects, migration, settings.most_rejects), sizes)
        if without := {one.table: None for one in keys_away(target, service)}:
            progress.start("keys", len(without))
            copier.finish(list(without), lambda database, table: make_keys(database, service, table))
            restore_keys(migration, settings.most_rejects)
            progress.advance(len(without))
            progress.finish()
        if dropped := dropped_indexes(target, service):
            progress.start("indexes", len(dropped))
            progress.advance(rebuild_indexes(target, service))
            progress.finish()
        away = dropped_references(target, service)
        if dropped or away or unfinished:
            # First, because this decides how foreign keys are compared.
            names = list(dict.fromkeys(table.target.name for table in migration.mapping.tables))
            copier.finish(names, lambda database, table: database.analyze([table]))
    if away:
        progress.start("foreign keys", len(away))
        restore_references(migration, settings.most_rejects)
        progress.advance(len(away))
        progress.finish()
    copied = _copied(migration, known, waves.seconds)
    if filled:
        migration.fence_other_side()
    if any(table.copied for table in copied):
        failed = advance_numbers(target, migration.mapping.tables)
        copied = tuple(replace(table, not_numbered=failed.get(table.target)) for table in copied)
    return copied


def _copied(
    migration: Migration, before: Mapping[str, Checkpoint], seconds: Mapping[str, float]
) -> tuple[CopiedTable, ...]:
    """What became of each table after the foreign keys were checked; `before` is its checkpoint before the run."""
    target, service = migration.target, migration.mapping.service
    checkpoints, rejects = read_checkpoints(target, service), read_rejects(target, service)
    copied: list[CopiedTable] = []
    for table in migration.mapping.tables:
        name, rows = table.name, checkpoints[table.name].rows
        # An earlier run may have copied the rows that were set aside.
        new = max(0, rows - (before[name].rows if name in before else 0))
        aside = tuple(one for one in rejects if one.table == name)
        copied.append(CopiedTable(name, table.source.name, table.target.name, rows, new, seconds[name], aside))
    return tuple(copied)


def _try_rejects(migration: Migration, most_rejects: int, table: MappedTable) -> None:
    """Write the rows of a table that were set aside and fit by now.

    A row may have been set aside only because it came before one it refers to.
    """
    source, target, service = migration.source, migration.target, migration.mapping.service
    while keys := rejected_keys(target, service).get(table.name):
        # Writing single rows means looking them up.
        restore_keys(migration, most_rejects, [table.target.name])
        known = read_position(target, forward_stream(service))
        try:
            # A faster follower has seen the rows as they are in this snapshot, or later.
            with source.snapshot(), target.transaction(applying=True):
                require_fenced(source, service, target, migration.target_tables)
                keep_position(target, forward_stream(service), known)
                tried = try_rejects(source, target, table, sorted(keys))
                before = read_checkpoints(target, service)[table.name]
                replace_checkpoint(target, service, before, replace(before, rows=before.rows + tried.rows))
        except StalePositionError:
            continue
        return


def require_ready(migration: Migration) -> None:
    """Refuse to write rows unless v1 has the authority, changes are journaled, and every row can be found again.

    Raises what `backfill` does.
    """
    source, target, mapping = migration.source, migration.target, migration.mapping
    service = mapping.service
    require_settled(read_authority(source, service), Side.V1, "etl run")
    require_journaled(source, service, mapping.journaled_source, copied=False)
    require_journaled(target, service, mapping.journaled_target, copied=False)
    require_keys(source, target, mapping)
    require_copied_keys(target, mapping)
    _require_explained(target, mapping)
    require_unwritten(migration)


def _require_explained(target: Database, mapping: ServiceMapping) -> None:
    clean = f"empty the tables: strangler etl clean {mapping.service}"
    known = read_checkpoints(target, mapping.service)
    if known and read_position(target, forward_stream(mapping.service)).position is None:
        raise BackfillError(mapping.service, "it is not known which changes the copied rows have seen", clean)
    for table in mapping.tables:
        name = table.target.name
        own = claimed(target, table) or "TRUE"
        if table.name not in known and target.rows(f"SELECT 1 FROM {target.quoted(name)} WHERE {own} LIMIT 1"):
            raise BackfillError(mapping.service, f"the target table {name} has rows that etl run did not copy", clean)
