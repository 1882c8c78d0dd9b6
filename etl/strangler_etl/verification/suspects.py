"""Finds the rows that may differ: by the databases' own hashes where both can, otherwise by reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strangler.model.progress import Progress
from strangler_etl.engine.database import Database
from strangler_etl.errors import DatabaseError
from strangler_etl.verification import database_hashes, read_hashes
from strangler_etl.verification.bisection import Suspects, find_suspects
from strangler_etl.verification.comparison import Comparison
from strangler_etl.verification.database_hashes import database_rows
from strangler_etl.verification.read_hashes import ReadRows


@dataclass(frozen=True, slots=True)
class SuspectSearch:
    """Compares all rows except those with the keys `pending` at the destination.

    `levels` are the bits of the buckets of databases that hash their own rows, from coarse to fine: each costs a pass
    over all rows, and so does the last step, which reads the rows of the finest buckets that differ.
    """

    origin: Database
    destination: Database
    comparison: Comparison
    pending: frozenset[str] = frozenset()
    levels: Sequence[int] = database_hashes.LEVELS

    def suspects(self, progress: Progress) -> Suspects:
        """The rows that may differ; call it inside a snapshot of the origin.

        Raises RowRefusedError where the origin cannot compute a row.
        """
        found = self._hashed()
        if found is not None:
            progress.advance(found.rows)
            return found
        comparison, pending = self.comparison, self.pending
        # If one of them cannot read a value, its snapshot must survive.
        with self.origin.transaction(), self.destination.transaction():
            read_expected = comparison.read_expected(self.origin)
            expected = ReadRows(self.origin, read_expected, comparison.expected_row, pending, progress.advance)
            read_found = comparison.read_found(self.destination)
            there = ReadRows(self.destination, read_found, comparison.found_row, pending)
            return find_suspects(expected, there, read_hashes.LEVELS)

    def _hashed(self) -> Suspects | None:
        """What the two databases find between them; None where they cannot hash alike."""
        sides = database_rows(self.origin, self.destination, self.comparison, self.pending)
        if sides is None:
            return None
        try:
            with self.origin.transaction(), self.destination.transaction():
                return find_suspects(*sides, self.levels)
        except DatabaseError:
            return None
