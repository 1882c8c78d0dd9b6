"""Finds the rows in which two sides differ: from one sum over coarse buckets to finer ones, then row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from strangler_etl.verification.hashed_rows import Buckets, BucketSum, HashedRow, HashedRows

MOST_ROWS_READ = 20_000
"""Differing buckets with fewer rows than this are not divided further."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A row whose hashes differ, or that only one side has: its key in the destination, and at the origin if known.

    Where only the origin has it, `key` is in the form that both exchange, which may not find the row there.
    """

    key: str
    origin_key: str | None


@dataclass(frozen=True, slots=True)
class Suspects:
    """`rows` is the row count of the larger side; every row that is not a suspect is equal on both sides."""

    rows: int
    suspects: tuple[Suspect, ...]


def find_suspects(expected: HashedRows, found: HashedRows, levels: Sequence[int]) -> Suspects:
    """Compare the expected rows with those found, in buckets of as many bits as each entry of `levels`, in turn."""
    buckets = Buckets(levels[0])
    here, there = _sums(expected, found, buckets)
    rows = max(_rows(here), _rows(there))
    for bits in (*levels[1:], None):
        differing = frozenset(number for number in {*here, *there} if here.get(number) != there.get(number))
        if not differing:
            return Suspects(rows, ())
        to_read = sum(_rows(sums, differing) for sums in (here, there))
        if bits is None or (to_read <= MOST_ROWS_READ and buckets.bits):
            return Suspects(rows, tuple(_suspects(expected, found, buckets.finer(buckets.bits, differing))))
        buckets = buckets.finer(bits, differing)
        here, there = _sums(expected, found, buckets)
    raise AssertionError


def _rows(sums: Mapping[int, BucketSum], among: frozenset[int] | None = None) -> int:
    return sum(bucket.rows for number, bucket in sums.items() if among is None or number in among)


def _sums(
    expected: HashedRows, found: HashedRows, buckets: Buckets
) -> tuple[Mapping[int, BucketSum], Mapping[int, BucketSum]]:
    # Two databases, or two processes of one, work at the same time.
    with ThreadPoolExecutor(1) as other:
        there = other.submit(found.sums, buckets)
        try:
            return expected.sums(buckets), there.result()
        except BaseException:
            found.cancel()
            raise


def _suspects(expected: HashedRows, found: HashedRows, buckets: Buckets) -> Iterator[Suspect]:
    # A side may have several rows with one key: uniqueness here does not imply uniqueness there.
    unmatched: dict[str, list[HashedRow]] = {}
    for row in expected.rows(buckets):
        unmatched.setdefault(row.key, []).append(row)
    for row in found.rows(buckets):
        same_key = unmatched.get(row.key)
        key = row.key if row.own_key is None else row.own_key
        if not same_key:
            yield Suspect(key, None)
            continue
        match = next((one for one in same_key if one.hash == row.hash), same_key[0])
        same_key.remove(match)
        if match.hash != row.hash:
            yield Suspect(key, match.own_key)
    for rows in unmatched.values():
        for row in rows:
            yield Suspect(row.key, row.own_key)
