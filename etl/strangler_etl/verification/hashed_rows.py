"""The rows of one side of a comparison as 64-bit hashes: sums of buckets, and the single rows of a bucket.

A row's bucket depends on its key in the destination alone, so that both sides put a row into the same bucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Buckets:
    """2 ** `bits` buckets, limited to those inside the coarse buckets `among` (of 2 ** `coarse_bits`)."""

    bits: int
    coarse_bits: int = 0
    among: frozenset[int] = frozenset({0})

    @property
    def mask(self) -> int:
        """The bits of a key's hash that give the number of its bucket."""
        return (1 << self.bits) - 1

    @property
    def coarse_mask(self) -> int:
        """The bits of a key's hash that give the number of its coarse bucket."""
        return (1 << self.coarse_bits) - 1

    def finer(self, bits: int, among: frozenset[int]) -> Buckets:
        """The buckets of `among`, divided further."""
        return Buckets(bits, self.bits, among)


@dataclass(frozen=True, slots=True)
class BucketSum:
    """How many rows a bucket has, and the sum of their hashes, which does not depend on their order."""

    rows: int
    total: int


@dataclass(frozen=True, slots=True)
class HashedRow:
    """A row by its key in the destination, which both sides write alike, and by the key as its own side writes it.

    `own_key` is None where it equals `key`.
    """

    key: str
    own_key: str | None
    hash: int


class HashedRows(Protocol):
    """The rows of one side, without those whose changes are still on their way; used by one thread at a time."""

    def sums(self, buckets: Buckets) -> Mapping[int, BucketSum]:
        """The sums of the buckets that have rows."""
        ...

    def rows(self, buckets: Buckets) -> Iterator[HashedRow]:
        """The rows of the coarse buckets named in `buckets`, in any order."""
        ...

    def cancel(self) -> None:
        """End early what another thread is asking for, with any result or error."""
        ...
