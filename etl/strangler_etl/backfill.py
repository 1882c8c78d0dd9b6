"""Copies the source's rows into the target, chunk by chunk, while the monolith goes on writing.

After every chunk the target is the source's state in one snapshot, as far as it is copied: a chunk first applies what
has changed in the rows copied before, and then takes the next ones, both in the same snapshot of the source. So no
constraint can fail that holds in the source, whatever users do meanwhile, and the follower goes on where the last
chunk ended. Changes, rows, checkpoint and position commit in one transaction of the target: a process killed at any
instant has done a chunk or has not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from strangler.model.authority import Side
from strangler.model.progress import Progress
from strangler_etl.authority import read_authority, require_fenced, require_settled
from strangler_etl.checkpoint import Checkpoint, read_checkpoints, replace_checkpoint
from strangler_etl.cleaning import skip_backward
from strangler_etl.database import Database, StreamPosition
from strangler_etl.errors import BackfillError, JournalError, StalePositionError
from strangler_etl.follower import ForwardBatch, forward_stream
from strangler_etl.mapping import MappedTable, ServiceMapping
from strangler_etl.migration import Migration
from strangler_etl.pace import Pace
from strangler_etl.selects import KeyRange, forward_select
from strangler_etl.streams import advance_position, read_position
from strangler_etl.transfer import transfer


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """What a run did for one table: `copied` rows in `seconds`; `rows` is how many all runs have copied."""

    source: str
    target: str
    rows: int
    copied: int
    seconds: float


def backfill(
    migration: Migration, progress: Progress, pace: Pace | None = None, clock: Callable[[], float] = time.monotonic
) -> tuple[CopiedTable, ...]:
    """Copy what is not copied yet, from where an earlier run ended; `pace` is that of the first chunk of each table.

    Raises AuthorityError unless v1 has the authority, JournalError without the journals, and BackfillError when the
    target holds rows that nobody copied or another process is copying.
    """
    migration.source.install()
    migration.target.install()
    _require_ready(migration.source, migration.target, migration.mapping)
    migration.fence_other_side()
    if not read_checkpoints(migration.target, migration.mapping.service):
        skip_backward(migration)
    run = _Run(migration, progress, pace or Pace(), clock)
    copied = tuple(run.table(table) for table in migration.mapping.tables)
    if any(table.copied for table in copied):
        migration.target.analyze([table.target for table in copied])
    return copied


def _require_ready(source: Database, target: Database, mapping: ServiceMapping) -> None:
    service = mapping.service
    require_settled(read_authority(source, service), Side.V1, "etl run")
    if missing := set(mapping.followed) - source.journaled():
        raise JournalError(service, source.address, sorted(missing))
    owned = [table.target.name for table in mapping.owned]
    if missing := set(owned) - target.journaled():
        raise JournalError(service, target.address, sorted(missing))
    _require_explained(target, mapping)


def _require_explained(target: Database, mapping: ServiceMapping) -> None:
    clean = f"empty the tables: strangler etl clean {mapping.service}"
    known = read_checkpoints(target, mapping.service)
    if known and read_position(target, forward_stream(mapping.service)).position is None:
        raise BackfillError(mapping.service, "it is not known which changes the copied rows have seen", clean)
    for table in mapping.tables:
        name = table.target.name
        if table.source.name not in known and target.rows(f"SELECT 1 FROM {target.quoted(name)} LIMIT 1"):
            raise BackfillError(mapping.service, f"the target table {name} has rows that etl run did not copy", clean)


class _Run:
    """One run over the tables of a service."""

    def __init__(self, migration: Migration, progress: Progress, pace: Pace, clock: Callable[[], float]) -> None:
        self._source = migration.source
        self._target = migration.target
        self._mapping = migration.mapping
        self._progress = progress
        self._pace = pace
        self._clock = clock
        self._checkpoints = dict(read_checkpoints(migration.target, migration.mapping.service))

    def table(self, table: MappedTable) -> CopiedTable:
        """Copy what is missing of one table."""
        name = table.source.name
        begun = self._clock()
        checkpoint = self._checkpoints.get(name)
        before = checkpoint.rows if checkpoint else 0
        if checkpoint and checkpoint.finished:
            return CopiedTable(name, table.target.name, before, 0, 0.0)
        total = self._source.rows(*forward_select(self._source, table).count(self._source))[0][0]
        self._progress.start(f"copy {name}", int(str(total)))
        self._progress.advance(before)
        pace = self._pace
        while checkpoint is None or not checkpoint.finished:
            started = self._clock()
            rows = checkpoint.rows if checkpoint else 0
            checkpoint = self._checkpoints[name] = self._chunk(table, checkpoint, pace.rows)
            self._progress.advance(checkpoint.rows - rows)
            pace = pace.after(self._clock() - started)
        self._progress.finish()
        return CopiedTable(name, table.target.name, checkpoint.rows, checkpoint.rows - before, self._clock() - begun)

    def _chunk(self, table: MappedTable, checkpoint: Checkpoint | None, rows: int) -> Checkpoint:
        while True:
            try:
                return self._try_chunk(table, checkpoint, rows)
            except StalePositionError:
                # A follower was faster. If another run was, the checkpoint says so next time.
                continue

    def _try_chunk(self, table: MappedTable, checkpoint: Checkpoint | None, rows: int) -> Checkpoint:
        source, target, service = self._source, self._target, self._mapping.service
        name, stream = table.source.name, forward_stream(service)
        after, done = (checkpoint.last_key, checkpoint.rows) if checkpoint else (None, 0)
        copied = self._copied()
        known = read_position(target, stream)
        with source.snapshot():
            changes = source.changes(known.position, copied.followed)
            last = source.rows(*forward_select(source, table).next_key(source, after, rows))
            up_to = str(last[0][0]) if last else None
            begun = Checkpoint(name, up_to or "", done, finished=up_to is None)
            with target.transaction(applying=True):
                require_fenced(source, service, target, [table.target.name for table in self._mapping.owned])
                # First what others wait for or fail at.
                replace_checkpoint(target, service, checkpoint, begun)
                advance_position(target, stream, known, StreamPosition(changes.position, changes.read_at))
                batch = ForwardBatch(source, target, copied, changes, {} if after is None else {name: after})
                for changed in reversed(copied.tables):
                    batch.delete(changed)
                for changed in copied.tables:
                    batch.upsert(changed)
                ended = replace(begun, rows=done + transfer(source, target, table, KeyRange(after, up_to)))
                replace_checkpoint(target, service, begun, ended)
        return ended

    def _copied(self) -> ServiceMapping:
        """The mapping of the tables that are copied, wholly or in part."""
        tables = (table for table in self._mapping.tables if table.source.name in self._checkpoints)
        return ServiceMapping(self._mapping.service, tuple(tables))
