"""Ranges of keys that are copied side by side, each in a transaction of its own; kept in the target until all are.

They are recorded before the first of them is copied, so that the run after a crash knows which ones are done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strangler_etl.engine.database import Database
from strangler_etl.engine.key_histogram import KeyHistogram
from strangler_etl.errors import BackfillError
from strangler_etl.mapping.selects import KeyRange, Select
from strangler_etl.records.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class Chunk:
    """A range of source keys of a mapped table (by its name), the `number`-th of those begun together.

    `rows` is None until it is copied.
    """

    table: str
    number: int
    keys: KeyRange
    rows: int | None = None


def plan_chunks(table: str, after: str | None, most: int, end: Callable[[str | None], str | None]) -> Iterator[Chunk]:
    """The next chunks of a table behind the key `after`, at most `most`; the last chunk of the table has no end.

    `end` returns the last key of the chunk behind a key, None where all remaining keys belong to it.
    """
    for number in range(most):
        up_to = end(after)
        yield Chunk(table, number, KeyRange(after, up_to))
        if up_to is None:
            return
        after = up_to


def counted_end(source: Database, select: Select, rows: int, after: str | None) -> str | None:
    """The last of the next `rows` keys behind `after`; None where fewer are left."""
    last = source.rows(*select.next_key(source, after, rows))
    return str(last[0][0]) if last else None


def estimated_end(histogram: KeyHistogram, rows: int, after: str | None) -> str | None:
    """About the last of the next `rows` keys behind `after`; None where about as many are left, or fewer."""
    found = histogram.end(None if after is None else int(after), rows)
    return None if found is None else str(found)


def read_chunks(target: Database, service: str) -> Mapping[str, tuple[Chunk, ...]]:
    """The chunks under way of each mapped table, copied or not; tables without any are missing."""
    found = target.rows(
        f"SELECT table_name, number, after_key, up_to_key, rows FROM {target.own('chunk')}"
        f" WHERE service = {target.placeholder} ORDER BY table_name, number",
        [service],
    )
    chunks: dict[str, tuple[Chunk, ...]] = {}
    for name, number, after, up_to, rows in found:
        keys, copied = KeyRange(_text(after), _text(up_to)), None if rows is None else int(str(rows))
        table = str(name)
        chunks[table] = (*chunks.get(table, ()), Chunk(table, int(str(number)), keys, copied))
    return chunks


def write_chunks(target: Database, service: str, chunks: Sequence[Chunk]) -> None:
    """Record new chunks, none of them copied yet."""
    mark = target.placeholder
    for chunk in chunks:
        target.execute(
            f"INSERT INTO {target.own('chunk')} (service, table_name, number, after_key, up_to_key)"
            f" VALUES ({mark}, {mark}, {mark}, {mark}, {mark})",
            [service, chunk.table, chunk.number, chunk.keys.after, chunk.keys.up_to],
        )


def claim_chunk(target: Database, service: str, chunk: Chunk) -> None:
    """Begin to copy a chunk, in the transaction that writes its rows; others that want it wait until that ends.

    Raises BackfillError when it is copied already.
    """
    _set_rows(target, service, chunk, 0, "rows IS NULL")


def finish_chunk(target: Database, service: str, chunk: Chunk, rows: int) -> None:
    """Record how many rows were copied, in the same transaction."""
    _set_rows(target, service, chunk, rows, "rows = 0")


def forget_chunks(target: Database, service: str, table: str) -> None:
    """Delete a table's chunks, so that only its checkpoint counts."""
    mark = target.placeholder
    target.execute(
        f"DELETE FROM {target.own('chunk')} WHERE service = {mark} AND table_name = {mark}", [service, table]
    )


def copied_ranges(checkpoint: Checkpoint, chunks: Sequence[Chunk]) -> Sequence[KeyRange]:
    """The copied ranges of keys of a table that is not finished; a finished `checkpoint` speaks for itself."""
    before = [KeyRange(up_to=checkpoint.last_key)] if checkpoint.last_key is not None else []
    return [*before, *(chunk.keys for chunk in chunks if chunk.rows is not None)]


def _set_rows(target: Database, service: str, chunk: Chunk, rows: int, known: str) -> None:
    mark = target.placeholder
    changed = target.execute(
        f"UPDATE {target.own('chunk')} SET rows = {mark}"
        f" WHERE service = {mark} AND table_name = {mark} AND number = {mark} AND {known}",
        [rows, service, chunk.table, chunk.number],
    )
    if changed != 1:
        raise BackfillError(
            service, f"another process is copying {chunk.table}", "let it finish, or end it and run this command again"
        )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
