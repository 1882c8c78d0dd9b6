"""Rows that are read, brought into canonical texts and hashed here: works for any two engines."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b

from strangler_etl.engine.database import Database
from strangler_etl.engine.session import Row
from strangler_etl.mapping.selects import Select
from strangler_etl.verification.comparison import CanonicalRow
from strangler_etl.verification.hashed_rows import Buckets, BucketSum, HashedRow

LEVELS = (12,)
"""A single level, because each level reads all rows."""


class ReadRows:
    """The rows of `select`, except those with the keys `pending`; `read` is called for every one of them.

    Use it inside a snapshot.
    """

    def __init__(
        self,
        database: Database,
        select: Select,
        form: Callable[[Row], CanonicalRow],
        pending: frozenset[str],
        read: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._select = select
        self._form = form
        self._pending = pending
        self._read = read
        self._cancelled = False

    def sums(self, buckets: Buckets) -> Mapping[int, BucketSum]:
        """The sums of the buckets that have rows."""
        counts: dict[int, int] = {}
        totals: dict[int, int] = {}
        for number, row in self._numbered(buckets):
            bucket = number & buckets.mask
            counts[bucket] = counts.get(bucket, 0) + 1
            totals[bucket] = totals.get(bucket, 0) + row_hash(row)
            self._read()
        return {bucket: BucketSum(count, totals[bucket]) for bucket, count in counts.items()}

    def rows(self, buckets: Buckets) -> Iterator[HashedRow]:
        """The rows of the coarse buckets named in `buckets`."""
        for _, row in self._numbered(buckets):
            yield HashedRow(row.key, row.origin_key, row_hash(row))

    def cancel(self) -> None:
        """Stop reading."""
        self._cancelled = True

    def _numbered(self, buckets: Buckets) -> Iterator[tuple[int, CanonicalRow]]:
        for row in map(self._form, self._database.stream(*self._select.between(self._database))):
            if self._cancelled:
                return
            if row.key in self._pending:
                continue
            number = zlib.crc32(row.key.encode())
            if number & buckets.coarse_mask in buckets.among:
                yield number, row


def row_hash(row: CanonicalRow) -> int:
    """A 64-bit hash of key and values."""
    return int.from_bytes(blake2b(repr((row.key, row.values)).encode(), digest_size=8).digest())
