"""Writes those of some rows that the target accepts, and finds out which it does not, and why.

Rows are halved until those that fail stand alone, whether the source cannot convert a value or the target refuses it,
on any engine. A row may also fail because it came before one it refers to; so the rest is tried again as long as that
helps.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from strangler_etl.engine.database import Database, Upsert
from strangler_etl.errors import RowRefusedError, TooManyRejectsError
from strangler_etl.mapping.crossing import crossed
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.mapping.selects import KeyRange, Select, forward_select
from strangler_etl.run.rejects import Reject, forget_rejects, write_rejects

_ROWS = 1_000
"""How many rows are held in memory."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """`rows` were written; the `rejects` were not."""

    rows: int
    rejects: tuple[Reject, ...]


class Sieve:
    """Sifts rows of one table, in a snapshot of the source and a transaction of the target.

    More than `most` rejects are too many; None sets no limit.
    """

    def __init__(self, source: Database, target: Database, table: MappedTable, most: int | None) -> None:
        self._source = source
        self._target = target
        self._table = table
        self._select = forward_select(source, table)
        self._most = most

    def between(self, keys: KeyRange, again: Iterable[str] = ()) -> Sifted:
        """Sift the rows in a range of keys, and those with the keys `again`, which were refused before.

        Raises TooManyRejectsError as soon as there are more than allowed.
        """
        rows, refused = 0, dict.fromkeys(again, "refused before")
        for part in keys_between(self._source, self._select, keys):
            rows += self._write(part, refused, self._target.write)
            if self._most is not None and len(refused) > self._most:
                rows += self._again(refused)
                self._require_few(refused)
        return self._ended(rows, refused)

    def of_keys(self, keys: Sequence[str]) -> Sifted:
        """Sift the rows with these keys."""
        refused: dict[str, str] = {}
        parts = (keys[start : start + _ROWS] for start in range(0, len(keys), _ROWS))
        rows = sum(self._write(part, refused, self._target.write) for part in parts)
        return self._ended(rows, refused)

    def _ended(self, rows: int, refused: dict[str, str]) -> Sifted:
        rows += self._again(refused)
        self._require_few(refused)
        name = self._table.name
        return Sifted(
            rows,
            tuple(Reject(name, key, why, image_of(self._source, self._table, key)) for key, why in refused.items()),
        )

    def _require_few(self, refused: Mapping[str, str]) -> None:
        if self._most is not None and len(refused) > self._most:
            key, reason = next(iter(refused.items()))
            raise TooManyRejectsError(self._table.service, self._table.name, key, reason)

    def _again(self, refused: dict[str, str]) -> int:
        """Try refused rows again, as long as that helps; together first, as rows may refer to each other."""
        rows, helped = 0, True
        while refused and helped:
            left: dict[str, str] = {}
            rows += self._write(list(refused), left, self._target.upsert)
            helped = len(left) < len(refused)
            refused.clear()
            refused.update(left)
        return rows

    def _write(self, keys: Sequence[str], refused: dict[str, str], write: Callable[[Upsert], object]) -> int:
        """Write those rows with these keys that fit; return how many, and note why others do not."""
        try:
            with self._source.transaction(), self._target.transaction():
                upsert = rows_of(self._source, self._target, self._table, self._select, keys)
                write(upsert)
                self._target.check_references(upsert)
                return len(upsert.rows)
        except RowRefusedError as error:
            if len(keys) == 1:
                refused[keys[0]] = error.what
                return 0
        half = len(keys) // 2
        return self._write(keys[:half], refused, write) + self._write(keys[half:], refused, write)


def rows_of(source: Database, target: Database, table: MappedTable, select: Select, keys: Sequence[str]) -> Upsert:
    """The existing rows with these keys, as the target is to get them."""
    types = [(column, table.target.columns[column].type) for column in select.columns]
    rows = crossed(source, target, source.carried(*select.of_keys(source, keys)), table.source.name, types)
    return Upsert(table.target.name, table.key, select.columns, rows, table.initial)


def keys_between(source: Database, select: Select, keys: KeyRange) -> Iterator[Sequence[str]]:
    """The keys (in text form) in a range, in batches; their rows may be filtered out."""
    only_keys = replace(select, columns=("key",), expressions=(select.key.as_text(source),), joins=(), where=None)
    after = keys.after
    while True:
        found = source.rows(*select.next_key(source, after, _ROWS, keys.up_to))
        up_to = str(found[0][0]) if found else keys.up_to
        part = [str(key) for (key,) in source.rows(*only_keys.between(source, KeyRange(after, up_to)))]
        if part:
            yield part
        if not found:
            return
        after = up_to


def image_of(source: Database, table: MappedTable, key: str) -> str:
    """A row as the target would have got it, as a JSON object: masked where the mapping says so."""
    select, image = forward_select(source, table), dict[str, object]()
    for name, expression in zip(select.columns, select.expressions, strict=True):
        one = replace(select, columns=(name,), expressions=(expression,))
        # Values that cannot be converted are left out.
        with suppress(RowRefusedError), source.transaction():
            for (value,) in source.carried(*one.of_keys(source, [key])):
                image[name] = None if value is None else str(value)
    return json.dumps(image, ensure_ascii=False)


def try_rejects(source: Database, target: Database, table: MappedTable, keys: Sequence[str]) -> Sifted:
    """Write those of the rejects that fit now.

    Call it in a snapshot of the source and a transaction of the target. A row that is gone is no longer set aside.
    """
    sifted = Sieve(source, target, table, None).of_keys(keys)
    forget_rejects(target, table.service, table.name, keys)
    write_rejects(target, table.service, sifted.rejects)
    return sifted


def try_together(
    source: Database, target: Database, rejects: Mapping[str, Sequence[str]], tables: Sequence[MappedTable]
) -> int:
    """Write rejects, by the source keys of each table, if all of them fit; return how many.

    Call it in a snapshot of the source and a transaction of the target.
    """
    try:
        with source.transaction(), target.transaction():
            upserts = [
                rows_of(source, target, table, forward_select(source, table), keys)
                for table in tables
                if (keys := rejects.get(table.name))
            ]
            for upsert in upserts:
                target.upsert(upsert)
            for upsert in upserts:
                target.check_references(upsert)
            for table in tables:
                if keys := rejects.get(table.name):
                    forget_rejects(target, table.service, table.name, keys)
    except RowRefusedError:
        return 0
    return sum(len(upsert.rows) for upsert in upserts)
