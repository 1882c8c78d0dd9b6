"""Rewrites differing rows in as few transactions as the target's constraints allow.

A row may be refused because of another one that is mended later: a parent to be deleted while rows of another table
still refer to it, or a unique value that another row still holds. So refused rows are halved until each stands alone,
and left for later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from strangler_etl.engine.database import StreamPosition
from strangler_etl.engine.journal import Change, Changes
from strangler_etl.engine.keys import key_of_table
from strangler_etl.errors import BackfillError, RowRefusedError, TooManyRejectsError
from strangler_etl.following.follower import ForwardBatch
from strangler_etl.following.steps import Deletion
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import claimed
from strangler_etl.migration import Migration
from strangler_etl.records.authority import require_fenced
from strangler_etl.records.checkpoint import read_checkpoints, replace_checkpoint
from strangler_etl.records.streams import forward_stream, keep_position
from strangler_etl.records.verification import forget_verification
from strangler_etl.run.rejects import Reject, count_rejects, write_rejects
from strangler_etl.run.sieve import image_of
from strangler_etl.verification.comparison import Difference, DifferenceKind

_MOST_ALONE = 2_000
"""How many rows are tried one by one; beyond that, parts are left whole for a later time."""


@dataclass(frozen=True, slots=True)
class Left:
    """Differences that could not be mended yet, with the `reason` for one of them."""

    differences: tuple[Difference, ...] = ()
    reason: str = ""

    def __add__(self, other: Left) -> Left:
        return Left(self.differences + other.differences, self.reason or other.reason)


class Mender:
    """Mends the target according to a source snapshot, at the stream's position; `counted` is called for every row.

    Rows of `tables` that were set aside because they needed a row that is mended now are written with it.
    Raises StalePositionError when somebody moves the stream on, AuthorityError when the target is no longer fenced.
    """

    def __init__(
        self,
        migration: Migration,
        tables: Sequence[MappedTable],
        position: StreamPosition,
        most_rejects: int,
        counted: Callable[[Difference], None],
    ) -> None:
        self._migration = migration
        self._tables = tables
        self._position = position
        self._most_rejects = most_rejects
        self._counted = counted
        self._alone = 0

    def mend(
        self, table: MappedTable, differences: Sequence[Difference], note: Callable[[], None] | None = None
    ) -> Left:
        """Mend rows of one table, all of them together with the `note` where that is possible."""
        try:
            self._write([(table, differences)], note)
        except RowRefusedError as error:
            half = len(differences) // 2
            if not half or self._alone >= _MOST_ALONE:
                self._alone += 1
                return Left(tuple(differences), error.what)
            return self.mend(table, differences[:half]) + self.mend(table, differences[half:])
        return Left()

    def mend_together(self, wrong: Sequence[tuple[MappedTable, Sequence[Difference]]]) -> bool:
        """Mend rows of several tables, parents first, that may need each other; return whether that was possible."""
        try:
            self._write(wrong, None)
        except RowRefusedError:
            return False
        return True

    def set_aside(self, wrong: Sequence[tuple[MappedTable, Sequence[Difference]]]) -> None:
        """Mend those of the rows that can be, and set the others aside.

        Raises TooManyRejectsError when there are more than allowed, BackfillError where a row cannot be deleted.
        """
        for table, differences in wrong:
            for one in differences:
                if one.kind is not DifferenceKind.EXTRA and (left := self.mend(table, [one])).differences:
                    self._reject(table, one, left.reason)
        for table, differences in reversed(wrong):
            for one in differences:
                if one.kind is DifferenceKind.EXTRA and (left := self.mend(table, [one])).differences:
                    raise self._kept(table, one, "is gone from the source, and cannot go here", left.reason)

    def reject(self, table: MappedTable, reasons: Mapping[str, str]) -> None:
        """Set rows aside by their keys in the source, each with its reason; in a transaction.

        Raises TooManyRejectsError.
        """
        source, target, service = self._migration.source, self._migration.target, table.service
        for key, reason in reasons.items():
            if sum(count_rejects(target, service).values()) >= self._most_rejects:
                raise TooManyRejectsError(service, table.name, key, reason)
            forget_verification(target, service)
            write_rejects(target, service, [Reject(table.name, key, reason, image_of(source, table, key))])

    def _reject(self, table: MappedTable, one: Difference, reason: str) -> None:
        assert one.origin_key is not None
        # Its former version must not stay in its place.
        gone = [replace(one, kind=DifferenceKind.EXTRA, origin_key=None, columns=())]
        key = one.origin_key
        try:
            self._write([(table, gone)], lambda: self.reject(table, {key: reason}))
        except RowRefusedError as error:
            raise self._kept(table, one, f"fits no more ({reason}), and what it was cannot go", error.what) from error

    def _kept(self, table: MappedTable, one: Difference, what: str, reason: str) -> BackfillError:
        return BackfillError(
            table.service,
            f"the row {one.key} of {table.target.name} {what}: {reason}",
            f"mend what refers to it, then run: strangler etl run {table.service} --refresh",
        )

    def _write(
        self, wrong: Sequence[tuple[MappedTable, Sequence[Difference]]], note: Callable[[], None] | None
    ) -> None:
        source, target = self._migration.source, self._migration.target
        tables = [table for table, _ in wrong]
        mapping = ServiceMapping(self._migration.mapping.service, tuple(tables))
        rows = tuple(
            Change(table.source.name, one.origin_key)
            for table, differences in wrong
            for one in differences
            if one.origin_key is not None
        )
        changes = Changes(str(self._position.position), self._position.read_at, rows)
        with target.transaction(applying=True):
            require_fenced(source, mapping.service, target, self._migration.target_tables)
            keep_position(target, forward_stream(mapping.service), self._position)
            batch = ForwardBatch(source, target, mapping, changes)
            batch.apply(tables, [self._deletion(*each) for each in reversed(wrong)], waiting=self._tables)
            for table, differences in wrong:
                self._recount(table, differences)
            if any(differences for _, differences in wrong):
                # The row was taken for equal, or was equal until something happened that no journal tells.
                forget_verification(target, mapping.service)
            if note is not None:
                note()
        for _, differences in wrong:
            for one in differences:
                self._counted(one)

    def _deletion(self, table: MappedTable, differences: Sequence[Difference]) -> Deletion:
        key = key_of_table(self._migration.target, table.target, table.key, qualified=False)
        extra = [one.key for one in differences if one.kind is DifferenceKind.EXTRA]
        return Deletion(table.target.name, key, extra, claimed(self._migration.target, table))

    def _recount(self, table: MappedTable, differences: Sequence[Difference]) -> None:
        """Correct the number of rows in the checkpoint."""
        kinds = [one.kind for one in differences]
        more = kinds.count(DifferenceKind.MISSING) - kinds.count(DifferenceKind.EXTRA)
        if more:
            target = self._migration.target
            before = read_checkpoints(target, table.service)[table.name]
            replace_checkpoint(target, table.service, before, replace(before, rows=max(0, before.rows + more)))
