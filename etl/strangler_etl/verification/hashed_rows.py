"""The rows of one side of a comparison as 64-bit hashes: sums of buckets, and the single rows of a bucket.

A row's bucket follows from its key in the destination alone, so that both sides put a row into the same one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Buckets:
    """2 ** `bits` buckets, or those of them whose number in 2 ** `coarse_bits` buckets is one of `among`."""

    bits: int
    coarse_bits: int = 0
    among: frozenset[int] = frozenset({0})

    @property
    def mask(self) -> int:
        """What of a key's hash is the number of its bucket."""
        return (1 << self.bits) - 1

    @property
    def coarse_mask(self) -> int:
        """What of a key's hash says whether it is among them."""
        return (1 << self.coarse_bits) - 1

    def finer(self, bits: int, among: frozenset[int]) -> Buckets:
        """These buckets, of which those of `among` are divided further."""
        return Buckets(bits, self.bits, among)


@dataclass(frozen=True, slots=True)
class BucketSum:
    """How many rows a bucket has, and the sum of their hashes: whatever their order, the same for the same rows."""

    rows: int
    total: int


@dataclass(frozen=True, slots=True)
class HashedRow:
    """A row by its key in the destination, which both sides write alike, and by the key as its own side writes it.

    `own_key` is None where that is `key`.
    """

    key: str
    own_key: str | None
    hash: int


class HashedRows(Protocol):
    """The rows of one side, without those that are on their way; used by one thread at a time."""

    def sums(self, buckets: Buckets) -> Mapping[int, BucketSum]:
        """The sums of those buckets that have rows."""
        ...

    def rows(self, buckets: Buckets) -> Iterator[HashedRow]:
        """The rows of the coarse buckets named in `buckets`, in any order."""
        ...

    def cancel(self) -> None:
        """Let what another thread asks for end early, with whatever result or error."""
        ...
