"""Rows hashed by their own database: only sums leave it, and the keys of the rows in buckets that differ.

Equal hashes mean equal rows. Different hashes do not prove a difference: the rows have to be read to see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import Key, KeyPart, key_text
from strangler_etl.engine.session import Value
from strangler_etl.mapping.selects import Select
from strangler_etl.verification.comparison import Comparison
from strangler_etl.verification.hashed_rows import Buckets, BucketSum, HashedRow
from strangler_etl.verification.row_hashes import RowHash, row_hashes

LEVELS = (0, 10, 18)
"""Bucket bits: one sum suffices where all is equal; then a thousand buckets, then 256 in each that differs."""


@dataclass(frozen=True, slots=True)
class DatabaseRows:
    """The rows of `select` (the key's columns, then values), except those with the keys `pending`.

    `types` are those of the destination, with the `keys` types of the key's columns first. `own_key` is the SQL of the
    key by which this database finds its rows.
    """

    database: Database
    select: Select
    types: tuple[str, ...]
    row_hash: RowHash
    own_key: str
    pending: Sequence[str]
    keys: int

    def sums(self, buckets: Buckets) -> Mapping[int, BucketSum]:
        """The sums of the buckets that have rows."""
        select, parameters = self._select(buckets)
        if not buckets.bits:
            text = f"SELECT 0, count(*), coalesce(sum(row_hash), 0) FROM ({select}) AS hashed"
        else:
            text = (
                f"SELECT key_hash & {buckets.mask}, count(*), sum(row_hash) FROM ({select}) AS hashed"
                f"{_among(buckets)} GROUP BY 1"
            )
        found = self.database.rows(text, parameters)
        return {int(str(bucket)): BucketSum(int(str(rows)), int(str(total))) for bucket, rows, total in found if rows}

    def rows(self, buckets: Buckets) -> Iterator[HashedRow]:
        """The rows of the coarse buckets named in `buckets`."""
        select, parameters = self._select(buckets)
        text = f"SELECT row_key, own_key, row_hash FROM ({select}) AS hashed{_among(buckets)}"
        for key, own_key, hashed in self.database.stream(text, parameters):
            yield HashedRow(str(key), str(own_key), int(str(hashed)))

    def cancel(self) -> None:
        """Cancel the query."""
        self.database.cancel()

    def _select(self, buckets: Buckets) -> tuple[str, Sequence[Value]]:
        # The planner drops columns that the outer query does not use.
        forms = [
            self.row_hash.form(expression, type_)
            for expression, type_ in zip(self.select.expressions, self.types, strict=True)
        ]
        key = forms[: self.keys]
        where = self.select.where
        parameters: Sequence[Value] = ()
        if self.pending:
            parts = zip(self.select.expressions[: self.keys], self.types, strict=False)
            own = Key(tuple(KeyPart(self.database.typed(part, type_), type_) for part, type_ in parts))
            condition, parameters = own.any_of(self.database, self.pending)
            where = f"{f'({where}) AND ' if where else ''}NOT ({condition})"
        hashed = replace(
            self.select,
            columns=("row_key", "own_key", "key_hash", "row_hash"),
            expressions=(
                key_text([self.database.as_text(part, "text") for part in key], self.database),
                self.own_key,
                self.row_hash.of_key(key, self.types[: self.keys]),
                self.row_hash.of_row(forms, self.types, self.keys),
            ),
            where=where,
        )
        return hashed.between(self.database)[0], parameters


def _among(buckets: Buckets) -> str:
    if not buckets.coarse_bits:
        return ""
    return f" WHERE key_hash & {buckets.coarse_mask} IN ({', '.join(map(str, sorted(buckets.among)))})"


def database_rows(
    origin: Database, destination: Database, comparison: Comparison, pending: frozenset[str]
) -> tuple[DatabaseRows, DatabaseRows] | None:
    """What is expected and what is found, where both databases hash alike; otherwise None."""
    types, keys, left_out = (*comparison.key_types, *comparison.types), len(comparison.keys), sorted(pending)
    hashes = row_hashes(origin, destination, types)
    if hashes is None:
        return None
    names, values = list(comparison.expected.columns), list(comparison.expected.expressions)
    del names[keys]
    origin_key, found = values.pop(keys), comparison.found
    expected = replace(comparison.expected, columns=tuple(names), expressions=tuple(values))
    return (
        DatabaseRows(origin, expected, types, hashes[0], origin_key, left_out, keys),
        DatabaseRows(destination, found, types, hashes[1], found.key.as_text(destination), left_out, keys),
    )
