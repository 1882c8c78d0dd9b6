"""Copies one chunk from the source to the target: its rows and its record commit in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from strangler_etl.engine.database import CopyingDatabase, Database, StreamPosition, Upsert
from strangler_etl.engine.session import Value
from strangler_etl.errors import DuplicateRowError, RowRefusedError, StalePositionError
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.mapping.selects import forward_select
from strangler_etl.records.chunks import Chunk, claim_chunk, finish_chunk
from strangler_etl.records.streams import keep_position
from strangler_etl.run.rate import RateUnit
from strangler_etl.run.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold while rows are written: `stream` is at `position`, and `fenced` tables are closed."""

    stream: str
    position: StreamPosition
    fenced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Errand:
    """A chunk to copy, with everything a copier needs to know.

    The source's query (`sql` with `parameters`) gives the `columns` of the rows of `table`, in that order; `key` are
    the columns that identify them. The `initial` columns of rows that are there already keep their values.
    """

    service: str
    chunk: Chunk
    sql: str
    parameters: tuple[Value, ...]
    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    condition: Condition
    initial: frozenset[str] = frozenset()

    @property
    def into(self) -> Upsert:
        """The description of the rows to write, without any rows."""
        return Upsert(self.table, self.key, self.columns, (), self.initial)


def errands(source: Database, table: MappedTable, chunks: Sequence[Chunk], condition: Condition) -> tuple[Errand, ...]:
    """One errand for each chunk of a table that is not copied yet."""
    select, target = forward_select(source, table), table.target.name
    queries = [(chunk, select.between(source, chunk.keys)) for chunk in chunks if chunk.rows is None]
    return tuple(
        Errand(
            table.service, chunk, sql, tuple(parameters), target, table.key, select.columns, condition, table.initial
        )
        for chunk, (sql, parameters) in queries
    )


Heard = Callable[[Errand, int, float | None], None]
"""Called with a copied chunk, its number of rows and the seconds its lane took; None where that is not known."""


class Copier(Protocol):
    """Copies chunks, inside a snapshot of the source, each completely or not at all."""

    @property
    def lanes(self) -> int:
        """How many chunks are copied at the same time."""
        ...

    def copy(self, errands: Sequence[Errand], copied: Heard) -> Sequence[Errand]:
        """Copy the chunks, of any tables, and report each; some are left when the throttle is overdue.

        Returns the chunks with a refused row: nothing of them is copied. Raises any other error of a chunk once no
        chunk is being copied any more: StalePositionError when the stream has moved on, BackfillError when another
        process has copied a chunk.
        """
        ...

    def finish(self, tables: Sequence[str], work: Callable[[Database, str], object]) -> None:
        """Do the last work on filled tables of the target, on as many at the same time as there are lanes."""
        ...


class OneLane:
    """Copies one chunk after the other, over the two open connections."""

    lanes = 1

    def __init__(
        self, source: Database, target: Database, throttle: Throttle, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._source = source
        self._target = target
        self._throttle = throttle
        self._clock = clock

    def copy(self, errands: Sequence[Errand], copied: Heard) -> Sequence[Errand]:
        """Copy the chunks; see `Copier`."""
        refused: list[Errand] = []
        for errand in errands:
            if self._throttle.overdue:
                break
            begun = self._clock()
            try:
                rows = write_chunk(self._target, errand, self._rows)
            except RowRefusedError:
                refused.append(errand)
                continue
            self._throttle.count(rows, RateUnit.ROWS)
            copied(errand, rows, self._clock() - begun)
        return refused

    def finish(self, tables: Sequence[str], work: Callable[[Database, str], object]) -> None:
        """Do the last work on tables; see `Copier`."""
        for table in tables:
            work(self._target, table)

    def _rows(self, errand: Errand) -> int:
        """Write the rows; those a faster follower has written already become what the source says."""
        source, target = self._source, self._target
        if isinstance(source, CopyingDatabase) and isinstance(target, CopyingDatabase):
            try:
                blocks = self._counted(source.copy_out(errand.sql, errand.parameters))
                return target.copy_in(errand.table, errand.columns, blocks)
            except DuplicateRowError:
                pass
        rows = source.rows(errand.sql, errand.parameters)
        target.write(replace(errand.into, rows=rows))
        rate = self._throttle.rate
        if rate is not None and rate.unit is RateUnit.BYTES:
            self._throttle.count(sum(len(str(value)) for row in rows for value in row), RateUnit.BYTES)
        return len(rows)

    def _counted(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self._throttle.count(len(block), RateUnit.BYTES)
            yield block


def write_chunk(target: Database, errand: Errand, rows: Callable[[Errand], int]) -> int:
    """Write a chunk with `rows`, which returns how many rows it wrote, and record it in the same transaction.

    Raises StalePositionError, with nothing written, when the rows copied before are of another moment by now.
    """
    with target.transaction(applying=True):
        condition = errand.condition
        keep_position(target, condition.stream, condition.position)
        if condition.fenced and target.fence.kept_closed(condition.fenced) != frozenset(condition.fenced):
            raise StalePositionError(condition.stream)
        claim_chunk(target, errand.service, errand.chunk)
        count = rows(errand)
        finish_chunk(target, errand.service, errand.chunk, count)
    return count
