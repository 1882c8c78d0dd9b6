"""Copies tables side by side, a wave of chunks at a time: the chunks of one table, of many small ones, or of both.

A wave opens a snapshot of the source, applies what has changed in the rows copied before, and records in the same
transaction of the target which chunks come next. Then all lanes copy them, each chunk with its record in a transaction
of its own. So the copied rows of all tables always show one moment of the source, however many tables are copied in
part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from strangler.model.progress import Progress
from strangler_etl.copying.duplicates import restore_keys
from strangler_etl.copying.order import copied_before
from strangler_etl.copying.transfer import Condition, Copier, Errand, errands, write_chunk
from strangler_etl.engine.database import StreamPosition
from strangler_etl.engine.key_histogram import KeyHistogram
from strangler_etl.errors import StalePositionError
from strangler_etl.following.follower import ForwardBatch, with_orphans
from strangler_etl.mapping.key_check import key_form, require_distinct
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import forward_select
from strangler_etl.migration import Migration
from strangler_etl.records.authority import require_fenced
from strangler_etl.records.checkpoint import Checkpoint, read_checkpoints, replace_checkpoint
from strangler_etl.records.chunks import (
    Chunk,
    copied_ranges,
    counted_end,
    estimated_end,
    forget_chunks,
    plan_chunks,
    read_chunks,
    write_chunks,
)
from strangler_etl.records.journaled_changes import applicable_changes
from strangler_etl.records.streams import advance_position, forward_stream, read_position
from strangler_etl.run.copied_keys import write_copied_key
from strangler_etl.run.keys import keys_away
from strangler_etl.run.pace import Pace
from strangler_etl.run.portions import Portion, Waiting, portions
from strangler_etl.run.rejects import count_rejects, forget_rejects, rejected_keys, write_rejects
from strangler_etl.run.settings import RunSettings
from strangler_etl.run.sieve import Sieve
from strangler_etl.run.throttle import Throttle

_WORTH_ESTIMATING = 20_000
"""Rows of a chunk. Finding its end means reading its keys while all lanes wait; below this size that is quick."""


@dataclass(slots=True)
class _Copying:
    """A table not yet copied completely: about `rows` of `row_bytes` each; `chunks` are seconds each took."""

    table: MappedTable
    pace: Pace
    rows: int
    row_bytes: float
    speed: float | None = None
    chunks: list[float] = field(default_factory=list[float])

    def next(self, checkpoint: Checkpoint | None) -> Waiting:
        rest = self.rows - (checkpoint.rows if checkpoint else 0)
        return Waiting(self.table.name, self.pace, max(0, rest), self.row_bytes, self.speed)

    def learn(self, portion: Portion) -> None:
        """Learn the pace from copied chunks."""
        each, pace = max(sum(self.chunks) / len(self.chunks), 0.001), portion.pace
        self.speed, self.pace = pace.rows / each, pace.after(each * pace.chunks)


class _KeysNeededError(Exception):
    """Rows of these target tables must be looked up again, and their keys are dropped."""

    def __init__(self, tables: Collection[str]) -> None:
        super().__init__(tables)
        self.tables = frozenset(tables)


class Waves:
    """Copies the tables of a service while the keys and foreign keys that can be dropped are dropped."""

    def __init__(
        self,
        migration: Migration,
        progress: Progress,
        copier: Copier,
        throttle: Throttle,
        settings: RunSettings,
    ) -> None:
        self._migration = migration
        self._source = migration.source
        self._target = migration.target
        self._mapping = migration.mapping
        self._fenced = migration.target_tables
        self._progress = progress
        self._copier = copier
        self._throttle = throttle
        self._settings = settings
        self._order = copied_before(migration.target, migration.mapping)
        self._checkpoints = dict(read_checkpoints(migration.target, migration.mapping.service))
        self._copying: dict[str, _Copying] = {}
        self._without_keys = {one.table for one in keys_away(migration.target, migration.mapping.service)}
        self.seconds = dict.fromkeys((table.name for table in self._mapping.tables), 0.0)
        """How long lanes were busy with each table."""

    def copy(self, finished: Callable[[MappedTable], None], sizes: Mapping[str, tuple[int, int]]) -> None:
        """Copy what is missing of every table, and call `finished` for each table that is complete.

        `sizes` are those of the incomplete tables as `estimated_size` has them, by the names of their mappings.
        """
        unfinished = [table for table in self._mapping.tables if not self._is_finished(table.name)]
        if not unfinished:
            return
        for table in unfinished:
            rows, size = sizes[table.name]
            self._copying[table.name] = _Copying(table, self._settings.pace, rows, size / max(1, rows))
        what = unfinished[0].name if len(unfinished) == 1 else f"{len(unfinished)} tables"
        done = sum(self._checkpoints[name].rows for name in self._copying if name in self._checkpoints)
        self._progress.start(f"copy {what}", sum(one.rows for one in self._copying.values()), done)
        while self._copying:
            # Before there is a snapshot that could grow old.
            self._throttle.wait()
            self._progress.limit(self._allowed())
            for name in self._wave(self._ready()):
                finished(self._finished(name))
        self._progress.finish()

    def _is_finished(self, name: str) -> bool:
        checkpoint = self._checkpoints.get(name)
        return checkpoint is not None and checkpoint.finished

    def _ready(self) -> Sequence[Waiting]:
        """The tables that need not wait for others, in the order of the mapping."""
        ready = [
            one.next(self._checkpoints.get(name))
            for name, one in self._copying.items()
            if self._order[name].isdisjoint(self._copying)
        ]
        return ready[: self._settings.tables]

    def _allowed(self) -> float | None:
        """How many rows a second may be copied, at the average size of those to come."""
        rate = self._throttle.rate
        if rate is None:
            return None
        rest = [one.next(self._checkpoints.get(name)) for name, one in self._copying.items()]
        return rate.rows(sum(one.rest * one.row_bytes for one in rest) / max(1, sum(one.rest for one in rest)))

    def _finished(self, name: str) -> MappedTable:
        table = self._copying.pop(name).table
        # Rows that arrived meanwhile.
        if form := key_form(self._source, self._target, table):
            require_distinct(self._source, table, form)
        return table

    def _wave(self, ready: Sequence[Waiting]) -> Sequence[str]:
        """Copy the next chunks, those an interrupted run left first; return the tables that this finishes."""
        while True:
            for one in self._copying.values():
                one.chunks.clear()
            try:
                with self._source.snapshot():
                    portioned, coming = with_orphans(partial(self._begin, ready), self._most_orphans())
                    refused = self._copier.copy(coming, self._copied)
                    self._require_keys({errand.table for errand in refused})
                    for errand in refused:
                        self._progress.advance(write_chunk(self._target, errand, self._sift))
            except _KeysNeededError as needed:
                # The remaining chunks come with the next wave.
                self._make_keys(needed.tables)
                continue
            except StalePositionError:
                # A follower was faster. If it was another run, the checkpoints or chunks will show it next time.
                continue
            break
        for portion in portioned:
            if self._copying[portion.name].chunks:
                self._copying[portion.name].learn(portion)
        return self._end()

    def _require_keys(self, tables: Collection[str]) -> None:
        if lacking := self._without_keys.intersection(tables):
            raise _KeysNeededError(lacking)

    def _make_keys(self, tables: Collection[str]) -> None:
        """Make the keys of target tables again, so that they are there from now on."""
        restore_keys(self._migration, self._settings.most_rejects, tables)
        self._without_keys.difference_update(tables)
        self._checkpoints = dict(read_checkpoints(self._target, self._mapping.service))

    def _copied(self, errand: Errand, rows: int, seconds: float | None) -> None:
        self._progress.advance(rows)
        if seconds is not None:
            name = errand.chunk.table
            self.seconds[name] += seconds
            self._copying[name].chunks.append(seconds)

    def _most_orphans(self) -> int:
        """How many copied rows may be set aside now because they have become orphans."""
        aside = count_rejects(self._target, self._mapping.service)
        return max(0, self._settings.most_rejects - sum(aside.values()))

    def _begin(self, ready: Sequence[Waiting], most_orphans: int) -> tuple[Sequence[Portion], Sequence[Errand]]:
        """Bring the copied rows to the state of the source's snapshot, and record which chunks come next.

        Foreign keys that could not be dropped may require up to `most_orphans` rows to be set aside. Returns the new
        portions of tables in this wave, and an errand for each chunk.
        """
        source, target, service = self._source, self._target, self._mapping.service
        stream = forward_stream(service)
        left = read_chunks(target, service)
        chosen: Sequence[Portion] = ()
        if not (names := [one.name for one in ready if one.name in left]):
            chosen = portions(ready, self._copier.lanes, self._throttle.rate)
            names = [one.name for one in chosen]
        known = read_position(target, stream)
        followed = [one for one in self._mapping.tables if one.name in {*self._checkpoints, *names}]
        journaled = ServiceMapping(service, tuple(followed)).journaled_source
        changes = applicable_changes(source, service, known.position, journaled)
        changed = {change.table for change in changes.rows}
        begun_before = [
            one for one in followed if one.name in self._checkpoints and changed.intersection(one.read_from)
        ]
        self._require_keys([one.target.name for one in begun_before])
        position = StreamPosition(changes.position, changes.read_at)
        begun = {name: self._checkpoints.get(name) or Checkpoint(name) for name in names}
        with target.transaction(applying=True):
            require_fenced(source, service, target, self._fenced)
            # First, because others wait for it or fail at it: past this point nobody else is still copying.
            advance_position(target, stream, known, position)
            for name, checkpoint in begun.items():
                replace_checkpoint(target, service, self._checkpoints.get(name), checkpoint)
            chunks = read_chunks(target, service)
            if chunks.keys() != left.keys():
                # Another run was faster.
                raise StalePositionError(stream)
            copied = {
                name: copied_ranges(checkpoint, chunks.get(name, ()))
                for name, checkpoint in {**self._checkpoints, **begun}.items()
                if not checkpoint.finished
            }
            applied = [one for one in followed if copied.get(one.name, True)]
            ForwardBatch(source, target, ServiceMapping(service, tuple(applied)), changes, copied).apply(
                applied, most_orphans=most_orphans
            )
            for name in begun.keys() - self._checkpoints.keys():
                write_copied_key(target, service, self._mapping.named(name))
            planned = {one.name: self._planned(one, begun[one.name]) for one in chosen}
            write_chunks(target, service, [chunk for each in planned.values() for chunk in each])
        self._checkpoints |= begun
        condition = Condition(stream, position, self._fenced)
        return chosen, [
            errand
            for name in names
            for errand in errands(source, self._mapping.named(name), planned.get(name, chunks.get(name, ())), condition)
        ]

    def _planned(self, portion: Portion, checkpoint: Checkpoint) -> Sequence[Chunk]:
        table, rows = self._mapping.named(portion.name), portion.pace.rows
        histogram = self._histogram(table, rows)
        if histogram is None:
            end = partial(counted_end, self._source, forward_select(self._source, table), rows)
        else:
            end = partial(estimated_end, histogram, rows)
        return list(plan_chunks(table.name, checkpoint.last_key, portion.most, end))

    def _histogram(self, table: MappedTable, rows: int) -> KeyHistogram | None:
        """The distribution of the source's keys, as of now; None where it cannot say where this many rows end."""
        key = table.source_key
        if rows < _WORTH_ESTIMATING or len(key) != 1:
            return None
        histogram = self._source.key_histogram(table.source.name, key[0])
        return histogram if histogram is not None and histogram.measures(rows) else None

    def _sift(self, errand: Errand) -> int:
        """Write the rows of a chunk that fit, and set the others aside."""
        service, name = self._mapping.service, errand.chunk.table
        rejected = dict(rejected_keys(self._target, service))
        before = sorted(rejected.pop(name, ()))
        most = self._settings.most_rejects - sum(map(len, rejected.values()))
        # Including rows set aside earlier, as those may refer to rows of this chunk.
        sieve = Sieve(self._source, self._target, self._mapping.named(name), most)
        sifted = sieve.between(errand.chunk.keys, before)
        forget_rejects(self._target, service, name)
        write_rejects(self._target, service, sifted.rejects)
        return sifted.rows

    def _end(self) -> Sequence[str]:
        """Replace chunks that are all copied by the checkpoint; unfinished ones come with the next wave.

        Returns the tables that are finished.
        """
        target, service = self._target, self._mapping.service
        ended: dict[str, Checkpoint] = {}
        with target.transaction():
            for name, chunks in read_chunks(target, service).items():
                if name not in self._copying or any(chunk.rows is None for chunk in chunks):
                    continue
                begun, last_key = self._checkpoints[name], chunks[-1].keys.up_to
                rows = begun.rows + sum(chunk.rows or 0 for chunk in chunks)
                ended[name] = Checkpoint(name, last_key, rows, finished=last_key is None)
                replace_checkpoint(target, service, begun, ended[name])
                forget_chunks(target, service, name)
        self._checkpoints |= ended
        return [name for name, checkpoint in ended.items() if checkpoint.finished]
