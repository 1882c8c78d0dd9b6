"""Proves the two databases equal, while the monolith keeps writing.

Each side is read in one snapshot, the destination's first. The position of its stream says exactly which changes of the
origin it has seen; rows that changed after that are still on their way and are left out. Every other row must be equal.
The rows left out have changed after the recorded position, and the cut-over compares everything that has changed since
then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from strangler.model.authority import Side
from strangler.model.progress import Progress, SilentProgress
from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Changes
from strangler_etl.engine.keys import parts_of_key
from strangler_etl.errors import PutBackError
from strangler_etl.following.changed_keys import source_keys, target_keys, touched_keys
from strangler_etl.following.related_rows import with_related
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority, require_settled
from strangler_etl.records.checkpoint import require_backfilled
from strangler_etl.records.journaled_changes import comparable_changes, journaled_changes, remedy_for
from strangler_etl.records.streams import (
    backward_stream,
    forget_end,
    forward_stream,
    read_position,
    read_trouble,
    stream_ended,
    stream_given_up,
)
from strangler_etl.records.verification import (
    RecordedVerification,
    forget_verification,
    ground_of,
    replace_verification,
)
from strangler_etl.run.completeness import require_complete
from strangler_etl.run.rejects import Reject, read_rejects
from strangler_etl.verification.bisection import Suspect
from strangler_etl.verification.comparison import (
    Comparison,
    Difference,
    backward_comparison,
    compare_keys,
    compare_suspects,
    forward_comparison,
)
from strangler_etl.verification.suspects import SuspectSearch
from strangler_etl.verification.unreturned_rows import unreturned_rows

MOST_LISTED = 1_000
"""How many differences of a table are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class VerifiedTable:
    """What was found in one table of the destination.

    `rows` were compared; `pending` keys were left out because their changes are still on their way, None when the whole
    table was emptied meanwhile. `differing` counts all differences, `differences` are the first of them. The `rejects`
    are not among them: they were set aside when the table was copied, and are not compared.
    """

    table: str
    origin: Side
    rows: int
    pending: int | None
    differing: int
    differences: tuple[Difference, ...]
    rejects: tuple[Reject, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome for a service: every row that has not changed at v1 since `position` was compared.

    `standing_still` is the follower's reason where changes may wait because it has stopped. Where a database was
    `put_back`, every row was compared, and nothing counts until a repair has settled which side is right. Without a
    journal v1's changes are not `followed`: rows that v1 writes while they are compared differ, too.
    """

    service: str
    authority: Side
    position: str
    verified_at: float
    tables: tuple[VerifiedTable, ...]
    standing_still: str | None = None
    put_back: PutBackError | None = None
    followed: bool = True

    @property
    def rows(self) -> int:
        """How many rows were compared."""
        return sum(table.rows for table in self.tables)

    @property
    def differing(self) -> int:
        """How many rows differ."""
        return sum(table.differing for table in self.tables)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The first differences of every table."""
        return tuple(difference for table in self.tables for difference in table.differences)

    @property
    def set_aside(self) -> int:
        """How many rows are not in the target because they do not fit."""
        return sum(len(table.rejects) for table in self.tables)

    @property
    def clean(self) -> bool:
        """Whether nothing differs, nothing is set aside, and no database was restored."""
        return self.differing == self.set_aside == 0 and self.put_back is None


@dataclass(frozen=True, slots=True)
class ComparedChanges:
    """The comparison of changed rows: how many keys, what differs, and how far the journal was read."""

    keys: int
    differences: tuple[Difference, ...]
    position: str | None


def verify(migration: Migration, progress: Progress, clock: Callable[[], float] = time.time) -> Verification:
    """Compare every row of the service, and record the outcome when it is clean.

    The side with the authority is right about the tables the service owns, v1 about the replicas. Raises AuthorityError
    during a move, BackfillError before everything is copied and every index is back, JournalError where a journal does
    not tell by the keys of the mapping which changes are on their way.
    """
    source, target, mapping = migration.source, migration.target, migration.mapping
    source.install()
    target.install()
    authority = read_authority(source, mapping.service)
    require_settled(authority, authority.side, "etl verify")
    if authority.side is Side.V1:
        require_complete(target, mapping)
    else:
        require_backfilled(target, mapping)
    verified_at, ground = clock(), ground_of(source, target, mapping)
    stream = backward_stream(mapping.service)
    ended, given_up = stream_ended(source, stream), stream_given_up(source, stream)
    # While v1 has the authority, v2 is closed, and everything it ever wrote was applied.
    target_position = read_position(source, stream).position
    if authority.side is Side.V1:
        position, tables, put_back = _verify_forward(migration, mapping.tables, progress)
    else:
        position, tables, put_back = _verify_forward(migration, mapping.replicas, progress)
        if ended is None or given_up is None:
            # Without a way back, v1 lacks what v2 wrote for good.
            returned, its = _verify_backward(migration, progress)
            tables, put_back = (*tables, *returned), put_back or its
    # Rows of no kind have no key that could be on its way.
    waits = authority.side is Side.V2 or any(table.pending != 0 for table in tables)
    standing_still = read_trouble(source, mapping.service) if waits else None
    followed = source.journal.lacking is None
    found = Verification(
        mapping.service, authority.side, position, verified_at, tables, standing_still, put_back, followed
    )
    if found.clean:
        verification = RecordedVerification(position, target_position, verified_at, found.rows, ground)
        replace_verification(target, mapping.service, verification)
        if ended is not None and (authority.side is Side.V1 or (mapping.way_back and given_up is None)):
            forget_end(source, stream, ended)
    else:
        forget_verification(target, mapping.service)
    return found


def compare_changes(migration: Migration, origin: Side, since: str | None) -> ComparedChanges:
    """Compare the rows that have changed at `origin` since a position, None for since its journal began.

    Changes that are still on their way are left out: they come after the returned position, from which a later call
    continues. A table that was truncated is compared completely.
    """
    source, target, service = migration.source, migration.target, migration.mapping.service
    if origin is Side.V1:
        here, there, stream = source, target, forward_stream(service)
        tables, journaled = migration.mapping.tables, migration.mapping.journaled_source
    else:
        here, there, stream = target, source, backward_stream(service)
        tables, journaled = migration.mapping.returning, migration.mapping.journaled_returning
    keys = 0
    differences: list[Difference] = []
    with there.snapshot():
        position = read_position(there, stream).position
        with here.snapshot():
            changes = journaled_changes(here, service, since, journaled)
            with remedy_for(service):
                pending = here.journal.changes(position, [table.name for table in journaled])
            if origin is Side.V2:
                changes, pending = (with_related(source, target, migration.mapping, one) for one in (changes, pending))
            for table in tables:
                compared, found = _TableCheck.of(migration, table, origin).compare_changed(changes, pending)
                keys += compared
                differences.extend(found)
                if origin is Side.V2:
                    further = unreturned_rows(target, migration.mapping, table, changes)
                    differences.extend(_besides(further, found))
    return ComparedChanges(keys, tuple(differences), position)


def _verify_forward(
    migration: Migration, tables: Sequence[MappedTable], progress: Progress
) -> tuple[str, tuple[VerifiedTable, ...], PutBackError | None]:
    with migration.target.snapshot():
        position = read_position(migration.target, forward_stream(migration.mapping.service)).position
        with migration.source.snapshot():
            mapping = migration.mapping
            journaled = mapping.journaled_source
            changes, put_back = comparable_changes(migration.source, mapping.service, position, journaled)
            verified = [_verified(migration, table, changes, progress) for table in tables]
    return str(position), tuple(verified), put_back


def _verified(migration: Migration, table: MappedTable, changes: Changes, progress: Progress) -> VerifiedTable:
    """Compare a target table, except the rows that were set aside: the source cannot even compute some of them."""
    rejects = read_rejects(migration.target, migration.mapping.service, table.name)
    check = _TableCheck.of(migration, table, Side.V1)
    expected = check.comparison.expected.without(migration.source, [reject.key for reject in rejects])
    check = replace(check, comparison=replace(check.comparison, expected=expected))
    return replace(check.verify(changes, progress), rejects=rejects)


def _verify_backward(migration: Migration, progress: Progress) -> tuple[tuple[VerifiedTable, ...], PutBackError | None]:
    with migration.source.snapshot():
        position = read_position(migration.source, backward_stream(migration.mapping.service)).position
        with migration.target.snapshot():
            mapping = migration.mapping
            journaled = mapping.journaled_returning
            changes, put_back = comparable_changes(migration.target, mapping.service, position, journaled)
            changes = with_related(migration.source, migration.target, mapping, changes)
            return tuple(_verified_back(migration, table, changes, progress) for table in mapping.returning), put_back


def _verified_back(migration: Migration, table: MappedTable, changes: Changes, progress: Progress) -> VerifiedTable:
    """Compare a table of the source, and find the rows that cannot go there as they are."""
    found = _TableCheck.of(migration, table, Side.V2).verify(changes, progress)
    further = _besides(unreturned_rows(migration.target, migration.mapping, table), found.differences)
    listed = (*found.differences, *further)[:MOST_LISTED]
    return replace(found, differing=found.differing + len(further), differences=listed)


def _besides(further: Sequence[Difference], found: Sequence[Difference]) -> Sequence[Difference]:
    """Those of the rows that do not go back which no comparison has found."""
    known = {(one.part, one.origin_key) for one in found}
    return [one for one in further if (one.part, one.origin_key) not in known]


@dataclass(frozen=True, slots=True)
class _TableCheck:
    """The verification of one table."""

    mapping: ServiceMapping
    comparison: Comparison
    origin: Database
    destination: Database

    @classmethod
    def of(cls, migration: Migration, table: MappedTable, origin: Side) -> _TableCheck:
        source, target = migration.source, migration.target
        if origin is Side.V1:
            return cls(migration.mapping, forward_comparison(source, target, table), source, target)
        return cls(migration.mapping, backward_comparison(source, target, migration.mapping, table), target, source)

    def touched(self, changes: Changes) -> tuple[list[str], list[str] | None]:
        """The keys of the changed rows at the origin and at the destination; None there for every row."""
        mapped = self.comparison.mapped
        if self.comparison.origin is Side.V1:
            keys, truncated = touched_keys(self.origin, mapped, changes)
            return keys, None if truncated else target_keys(self.origin, mapped, keys)
        changed = [change for change in changes.rows if change.table == mapped.target.name]
        keys = [change.key for change in changed if change.key is not None]
        if len(keys) < len(changed):
            return keys, None
        return keys, source_keys(self.destination, self.origin, self.mapping, mapped, changes)

    def compare_changed(self, changes: Changes, pending: Changes) -> tuple[int, tuple[Difference, ...]]:
        """Compare the changed rows that are not on their way; return how many there were."""
        left_out, left_out_there = self.touched(pending)
        if left_out_there is None:
            return 0, ()
        keys, keys_there = self.touched(changes)
        if keys_there is None:
            whole = self.verify(pending, None)
            return whole.rows, whole.differences
        keys = sorted({*keys} - {*left_out})
        keys_there = sorted({*keys_there} - {*left_out_there})
        return len(keys), compare_keys(self.origin, self.destination, self.comparison, keys, keys_there)

    def verify(self, changes: Changes, progress: Progress | None) -> VerifiedTable:
        """Compare the rows that are not on their way."""
        pending_at_origin, pending = self.touched(changes)
        if pending is None:
            return VerifiedTable(self.comparison.table, self.comparison.origin, 0, None, 0, ())
        # A row may also have arrived under a new key.
        now = self._expected_keys(pending_at_origin)
        return self.compare(frozenset(map(self._canonical, pending)) | now, progress)

    def _canonical(self, key: str) -> str:
        """A destination key in the canonical form of compared rows."""
        return self.comparison.canonical_key(parts_of_key(key, len(self.comparison.keys)))

    def compare(self, pending: frozenset[str], progress: Progress | None) -> VerifiedTable:
        """Compare all rows except those with the keys `pending` at the destination."""
        progress = progress or SilentProgress()
        progress.start(f"verify {self.comparison.table}", None)
        found = SuspectSearch(self.origin, self.destination, self.comparison, pending).suspects(progress)
        differing, differences = 0, list[Difference]()
        for part in _parts(found.suspects):
            known = self._differences(part)
            differing += len(known)
            differences += known[: MOST_LISTED - len(differences)]
        progress.finish()
        differences.sort(key=lambda difference: difference.key)
        return VerifiedTable(
            self.comparison.table, self.comparison.origin, found.rows, len(pending), differing, tuple(differences)
        )

    def _differences(self, suspects: Sequence[Suspect]) -> Sequence[Difference]:
        return compare_suspects(self.origin, self.destination, self.comparison, suspects)

    def _expected_keys(self, origin_keys: Sequence[str]) -> frozenset[str]:
        query = self.comparison.read_expected(self.origin).of_keys(self.origin, origin_keys)
        return frozenset(self.comparison.expected_row(row).key for row in self.origin.rows(*query))


def _parts(suspects: Sequence[Suspect]) -> Iterator[Sequence[Suspect]]:
    return (suspects[start : start + MOST_LISTED] for start in range(0, len(suspects), MOST_LISTED))
