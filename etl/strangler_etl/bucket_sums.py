"""Sums that are equal when two sets of rows are: 256 buckets by key, each with a count and a sum of row hashes."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from hashlib import blake2b

from strangler_etl.comparison import CanonicalRow

BUCKETS = 256


def bucket_of(key: str) -> int:
    """The bucket of a row by its key in the destination."""
    return zlib.crc32(key.encode()) % BUCKETS


def row_hash(row: CanonicalRow) -> int:
    """64 bits of key and values."""
    return int.from_bytes(blake2b(repr((row.key, row.values)).encode(), digest_size=8).digest())


class BucketSums:
    """Counts and sums of the rows of one side, in any order."""

    def __init__(self) -> None:
        self.rows = 0
        self._sums: dict[int, tuple[int, int]] = {}

    def add(self, row: CanonicalRow) -> None:
        """Take in one row."""
        bucket = bucket_of(row.key)
        count, total = self._sums.get(bucket, (0, 0))
        self._sums[bucket] = (count + 1, total + row_hash(row))
        self.rows += 1

    @property
    def sums(self) -> Mapping[int, tuple[int, int]]:
        """Bucket -> number of rows and sum of their hashes."""
        return self._sums

    def differing(self, other: BucketSums) -> frozenset[int]:
        """The buckets that are not equal on both sides."""
        buckets = {*self._sums, *other.sums}
        return frozenset(bucket for bucket in buckets if self._sums.get(bucket) != other.sums.get(bucket))
