"""Copies the source's rows into the target, chunk by chunk, while the monolith goes on writing.

Rows are taken in waves of chunks. A wave opens a snapshot of the source, applies what has changed in the rows copied
before, notes in the same transaction of the target which chunks come next, and copies them side by side, all from that
snapshot. So the copied rows are always those of one moment of the source: no constraint can fail that holds there,
whatever users do meanwhile, and the follower goes on where the last wave began. A chunk's rows, and that it is copied,
commit in one transaction: a process killed at any instant has done a chunk or has not, and the next run copies what is
missing of the wave, from a snapshot of its own, after the same step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from strangler.model.authority import Side
from strangler.model.progress import Progress
from strangler_etl.copying.cleaning import skip_backward
from strangler_etl.copying.copier import coming_cluster, opened_copier
from strangler_etl.copying.orphans import restore_references
from strangler_etl.copying.transfer import Condition, Copier, Errand, errands, write_chunk
from strangler_etl.engine.database import Database, StreamPosition
from strangler_etl.engine.journal import Changes
from strangler_etl.errors import BackfillError, StalePositionError
from strangler_etl.following.follower import ForwardBatch, forward_stream
from strangler_etl.mapping.key_check import key_form, require_distinct, require_keys
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import KeyRange, claimed, forward_select
from strangler_etl.mapping.table_size import estimated_size
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority, require_fenced, require_settled
from strangler_etl.records.checkpoint import Checkpoint, read_checkpoints, replace_checkpoint
from strangler_etl.records.chunks import Chunk, copied_ranges, forget_chunks, plan_chunks, read_chunks, write_chunks
from strangler_etl.records.journaled_changes import journaled_changes, require_journaled
from strangler_etl.records.streams import advance_position, keep_position, read_position
from strangler_etl.run.copied_keys import require_copied_keys, write_copied_key
from strangler_etl.run.indexes import drop_indexes, dropped_indexes, rebuild_indexes
from strangler_etl.run.numbers import advance_numbers
from strangler_etl.run.pace import Pace
from strangler_etl.run.references import drop_references, dropped_references, left_unchecked
from strangler_etl.run.rejects import Reject, forget_rejects, read_rejects, rejected_keys, write_rejects
from strangler_etl.run.settings import RunSettings
from strangler_etl.run.sieve import Sieve, try_rejects
from strangler_etl.run.throttle import Throttle, read_rate

if TYPE_CHECKING:
    from strangler_etl.copying.dask_cluster import DaskCluster


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """What a run did for one table, by the name of its mapping: `copied` rows in `seconds`.

    `rows` is how many all runs have copied. The `rejects` do not fit the target and were set aside, by this run or an
    earlier one. `not_numbered` says why the table can not number its rows behind those that were copied, where that is
    so.
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
    """Copy what is not copied yet, from where an earlier run ended, and try again what was set aside.

    Raises RunUnderWayError when another process is copying, AuthorityError unless v1 has the authority, JournalError
    without the journals, BackfillError when the target holds rows that nobody copied, and TooManyRejectsError when more
    rows do not fit the target than may be set aside.
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
    copied_before = {name for name, checkpoint in known.items() if checkpoint.finished}
    filled = [table.target.name for table in migration.mapping.owned if table.name not in copied_before]
    migration.fence_other_side(filled)
    if not known:
        skip_backward(migration)
    drop_references(migration.target, migration.mapping, every=settings.indexes_last)
    if settings.indexes_last:
        drop_indexes(migration.target, migration.mapping)
    target, service = migration.target, migration.mapping.service
    throttle = settings.throttle(lambda: read_rate(target, service))
    with (
        left_unchecked(target, service),
        opened_copier(migration, settings.jobs, throttle, cluster) as copier,
    ):
        run = _Run(migration, progress, copier, throttle, settings)
        tables = tuple(run.table(table) for table in migration.mapping.tables)
    if away := dropped_references(target, service):
        progress.start("foreign keys", len(away))
        restore_references(migration, settings.most_rejects)
        progress.advance(len(away))
        progress.finish()
    copied = tuple(_settled(migration, table) for table in tables)
    if dropped := dropped_indexes(target, service):
        progress.start("indexes", len(dropped))
        progress.advance(rebuild_indexes(target, service))
        progress.finish()
    if filled:
        migration.fence_other_side()
    if any(table.copied for table in copied):
        failed = advance_numbers(target, migration.mapping.tables)
        copied = tuple(replace(table, not_numbered=failed.get(table.target)) for table in copied)
        migration.target.analyze(list(dict.fromkeys(table.target for table in copied)))
    return copied


def _settled(migration: Migration, table: CopiedTable) -> CopiedTable:
    """What became of the table when the foreign keys had their say."""
    target, service = migration.target, migration.mapping.service
    rows = read_checkpoints(target, service)[table.name].rows
    rejects = read_rejects(target, service, table.name)
    return replace(table, rows=rows, copied=table.copied + rows - table.rows, rejects=rejects)


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


class _Run:
    """One run over the tables of a service."""

    def __init__(
        self, migration: Migration, progress: Progress, copier: Copier, throttle: Throttle, settings: RunSettings
    ) -> None:
        self._source = migration.source
        self._target = migration.target
        self._mapping = migration.mapping
        self._fenced = migration.target_tables
        self._progress = progress
        self._copier = copier
        self._throttle = throttle
        self._settings = settings
        self._checkpoints = dict(read_checkpoints(migration.target, migration.mapping.service))

    def table(self, table: MappedTable) -> CopiedTable:
        """Copy what is missing of one table."""
        name = table.name
        clock = self._settings.clock
        begun = clock()
        checkpoint = self._checkpoints.get(name)
        before = checkpoint.rows if checkpoint else 0
        if checkpoint is None or not checkpoint.finished:
            self._copy(table, checkpoint)
            # Rows that came meanwhile.
            if form := key_form(self._source, self._target, table):
                require_distinct(self._source, table, form)
        self._try_rejects(table)
        rows = self._checkpoints[name].rows
        return CopiedTable(name, table.source.name, table.target.name, rows, rows - before, clock() - begun)

    def _copy(self, table: MappedTable, checkpoint: Checkpoint | None) -> None:
        name, clock = table.name, self._settings.clock
        rows, size = estimated_size(self._source, table)
        self._progress.start(f"copy {name}", rows, checkpoint.rows if checkpoint else 0)
        pace = self._settings.pace
        while checkpoint is None or not checkpoint.finished:
            # Before there is a snapshot that could grow old.
            self._throttle.wait()
            rate = self._throttle.rate
            allowed = rate.rows(size / max(1, rows)) if rate else None
            self._progress.limit(allowed)
            lanes, rest = self._copier.lanes, rows - (checkpoint.rows if checkpoint else 0)
            pace = pace.within(allowed, lanes).sharing(rest, lanes)
            started = clock()
            checkpoint = self._checkpoints[name] = self._wave(table, checkpoint, pace)
            pace = pace.after(clock() - started)
        self._progress.finish()

    def _wave(self, table: MappedTable, checkpoint: Checkpoint | None, pace: Pace) -> Checkpoint:
        """Copy the next chunks of a table, those an interrupted run has left first; the checkpoint behind them."""
        while True:
            try:
                with self._source.snapshot():
                    begun, chunks, condition = self._begin(table, checkpoint, pace)
                    checkpoint = self._checkpoints[table.name] = begun
                    errands_ = errands(self._source, table, chunks, condition)
                    for refused in self._copier.copy(errands_, self._progress.advance):
                        self._progress.advance(write_chunk(self._target, refused, self._sifting(table)))
            except StalePositionError:
                # A follower was faster. If another run was, the checkpoint or the chunks say so next time.
                continue
            return self._end(begun)

    def _begin(
        self, table: MappedTable, checkpoint: Checkpoint | None, pace: Pace
    ) -> tuple[Checkpoint, Sequence[Chunk], Condition]:
        """Bring what is copied to the state of the source's snapshot, and note which chunks come next."""
        source, target, service = self._source, self._target, self._mapping.service
        name, stream = table.name, forward_stream(service)
        begun = checkpoint or Checkpoint(name)
        known = read_position(target, stream)
        followed = [one for one in self._mapping.tables if one.name in {*self._checkpoints, name}]
        journaled = ServiceMapping(service, tuple(followed)).journaled_source
        changes = journaled_changes(source, service, known.position, journaled)
        position = StreamPosition(changes.position, changes.read_at)
        with target.transaction(applying=True):
            require_fenced(source, service, target, self._fenced)
            # First what others wait for or fail at: who is still copying has ended after this.
            advance_position(target, stream, known, position)
            replace_checkpoint(target, service, checkpoint, begun)
            chunks = read_chunks(target, service, name)
            if copied := copied_ranges(begun, chunks):
                self._apply(followed, changes, {name: copied})
            else:
                self._apply([one for one in followed if one is not table], changes, {})
            if checkpoint is None:
                write_copied_key(target, service, table)
            if not chunks:
                most = self._copier.lanes * pace.chunks
                select = forward_select(source, table)
                planned = plan_chunks(source, select, begun.last_key, pace.rows, most)
                chunks = tuple(replace(chunk, table=name) for chunk in planned)
                write_chunks(target, service, chunks)
        return begun, chunks, Condition(stream, position, self._fenced)

    def _apply(self, tables: Sequence[MappedTable], changes: Changes, copied: Mapping[str, Sequence[KeyRange]]) -> None:
        mapping = ServiceMapping(self._mapping.service, tuple(tables))
        ForwardBatch(self._source, self._target, mapping, changes, copied).apply(tables)

    def _sifting(self, table: MappedTable) -> Callable[[Errand], int]:
        """What writes those rows of a chunk that fit, and sets the others aside."""
        service, name = self._mapping.service, table.name

        def rows(errand: Errand) -> int:
            rejected = dict(rejected_keys(self._target, service))
            before = sorted(rejected.pop(name, ()))
            most = self._settings.most_rejects - sum(map(len, rejected.values()))
            # With what was set aside before, as that may refer to rows of this chunk.
            sifted = Sieve(self._source, self._target, table, most).between(errand.chunk.keys, before)
            forget_rejects(self._target, service, name)
            write_rejects(self._target, service, sifted.rejects)
            return sifted.rows

        return rows

    def _try_rejects(self, table: MappedTable) -> None:
        """Write what was set aside of a table, and fits by now.

        A row may have been set aside only because it came before one it refers to.
        """
        source, target, service = self._source, self._target, self._mapping.service
        while keys := rejected_keys(target, service).get(table.name):
            known = read_position(target, forward_stream(service))
            try:
                # A follower that is faster has seen the rows as they are in this snapshot, or later.
                with source.snapshot(), target.transaction(applying=True):
                    require_fenced(source, service, target, self._fenced)
                    keep_position(target, forward_stream(service), known)
                    tried = try_rejects(source, target, table, sorted(keys))
                    before = self._checkpoints[table.name]
                    after = replace(before, rows=before.rows + tried)
                    replace_checkpoint(target, service, before, after)
            except StalePositionError:
                continue
            self._checkpoints[table.name] = after
            return

    def _end(self, begun: Checkpoint) -> Checkpoint:
        """Let the checkpoint speak for chunks that are all copied; those that are left come with the next wave."""
        target, service = self._target, self._mapping.service
        with target.transaction():
            chunks = read_chunks(target, service, begun.table)
            if any(chunk.rows is None for chunk in chunks):
                return begun
            last_key = chunks[-1].keys.up_to
            rows = begun.rows + sum(chunk.rows or 0 for chunk in chunks)
            ended = Checkpoint(begun.table, last_key, rows, finished=last_key is None)
            replace_checkpoint(target, service, begun, ended)
            forget_chunks(target, service, begun.table)
        return ended
