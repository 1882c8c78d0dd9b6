"""Bisection finds exactly the rows that differ, whatever the levels, and lists only buckets that do."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler_etl.verification import bisection
from strangler_etl.verification.bisection import Suspect, find_suspects
from strangler_etl.verification.hashed_rows import Buckets, BucketSum, HashedRow


class Rows:
    """Rows in memory that count how many of them are listed."""

    def __init__(self, rows: Mapping[str, int], origin: str | None = None) -> None:
        self._rows = rows
        self._origin = origin
        self.listed = 0
        self.cancelled = False

    def sums(self, buckets: Buckets) -> Mapping[int, BucketSum]:
        """Sum up."""
        sums: dict[int, BucketSum] = {}
        for key in self._among(buckets):
            number = zlib.crc32(key.encode()) & buckets.mask
            known = sums.get(number, BucketSum(0, 0))
            sums[number] = BucketSum(known.rows + 1, known.total + self._rows[key])
        return sums

    def rows(self, buckets: Buckets) -> Iterator[HashedRow]:
        """List."""
        for key in self._among(buckets):
            self.listed += 1
            yield HashedRow(key, f"{self._origin}{key}" if self._origin else None, self._rows[key])

    def cancel(self) -> None:
        """Remember it."""
        self.cancelled = True

    def _among(self, buckets: Buckets) -> list[str]:
        return [key for key in self._rows if zlib.crc32(key.encode()) & buckets.coarse_mask in buckets.among]


ROWS = st.dictionaries(st.text("abc", max_size=4), st.integers(-(2**63), 2**63 - 1))


@given(ROWS, ROWS, ROWS, st.sampled_from([(0,), (0, 3), (0, 2, 9), (4,), (12,)]))
def test_exactly_what_differs_is_suspect(
    both: dict[str, int], here: dict[str, int], there: dict[str, int], levels: tuple[int, ...]
) -> None:
    """Rows of one side only, and rows whose hashes differ; with the origin's key where it has the row."""
    expected, found = both | here, both | there
    suspects = find_suspects(Rows(expected, "o"), Rows(found), levels)
    differing = {key for key in {*expected, *found} if expected.get(key) != found.get(key)}
    assert {*suspects.suspects} == {Suspect(key, f"o{key}" if key in expected else None) for key in differing}
    assert suspects.rows == max(len(expected), len(found))


def test_few_rows_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many rows with one difference, only those of its bucket."""
    monkeypatch.setattr(bisection, "MOST_ROWS_READ", 100)
    rows = {str(number): number for number in range(20_000)}
    expected, found = Rows(rows, "o"), Rows(rows | {"77": 0})
    assert find_suspects(expected, found, (0, 4, 12)).suspects == (Suspect("77", "o77"),)
    assert expected.listed + found.listed < 40


def test_the_other_side_is_told_when_one_fails() -> None:
    """Nobody waits for a query whose answer is of no use any more."""

    class Failing(Rows):
        def sums(self, buckets: Buckets) -> Mapping[int, BucketSum]:
            raise KeyboardInterrupt

    found = Rows({})
    with pytest.raises(KeyboardInterrupt):
        find_suspects(Failing({}), found, (0,))
    assert found.cancelled


class Repeated(Rows):
    """Rows of which the one with the key `2` is there twice, with another hash first."""

    def sums(self, buckets: Buckets) -> Mapping[int, BucketSum]:
        """Of one bucket."""
        return {0: BucketSum(3, 1 + 5 + 2)}

    def rows(self, buckets: Buckets) -> Iterator[HashedRow]:
        """List."""
        return iter([HashedRow("1", "o1", 1), HashedRow("2", "other", 5), HashedRow("2", "o2", 2)])


def test_a_second_row_of_one_key_is_suspect() -> None:
    """Whichever comes first, and on whichever side."""
    once, twice = Rows({"1": 1, "2": 2}, "o"), Repeated({})
    assert find_suspects(twice, once, (0,)).suspects == (Suspect("2", "other"),)
    assert [one.key for one in find_suspects(once, twice, (0,)).suspects] == ["other", "o2"]
