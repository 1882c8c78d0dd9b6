"""Follows the journals of one service until it is told to stop, through failures of its databases and gateways."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from threading import Event

from strangler.model.authority import Authority, Side
from strangler.model.errors import InputError, StranglerError
from strangler_etl.errors import BackfillError, DatabaseError, PutBackError, StalePositionError
from strangler_etl.following.follower import Applied, apply_backward, apply_forward
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority
from strangler_etl.records.followed_mapping import note_followed_mapping
from strangler_etl.records.journaled_changes import require_journaled
from strangler_etl.records.streams import (
    backward_stream,
    forget_end_of_follower,
    forget_trouble,
    give_up_stream,
    note_end,
    note_trouble,
    resume_stream,
)
from strangler_etl.run.completeness import require_complete
from strangler_etl.run.settings import MOST_REJECTS

_PAUSE_SECONDS = 0.05
"""The pause between two batches: applying a few rows together costs both databases little more than one."""
_LARGE_BATCH = 500
"""After a batch of this many rows there are probably more, so it does not pause."""
_WATERMARK_ROUNDS = 5
_JOURNAL_ROUNDS = 100
_COPY_SECONDS = 1.0
_FIRST_RETRY_SECONDS = 0.2
_LAST_RETRY_SECONDS = 5.0


class NotFollowedError(InputError):
    """The database's engine keeps no journal; waiting would not help."""


@dataclass(frozen=True, slots=True)
class Following:
    """What a follower needs: `connect` opens both databases, `tell` tells the gateways how far it is.

    `tell` passes on who has the authority, and whether every change that was committed on that side when it was called
    before is on the other. Without `way_back`, here or in the mapping, nothing goes from v2 to v1 any more: only the
    service's copies of rows that stay are followed, for good. Up to `most_orphans` orphans of a batch are set aside.
    `begun` is called once everything a start needs was there and the first batch is done. The follower also ends as
    soon as the project it works by has `changed`, which it checks between two batches.
    """

    connect: Callable[[], AbstractContextManager[Migration]]
    tell: Callable[[Authority, bool], None]
    applied: Callable[[Applied], None]
    trouble: Callable[[StranglerError], None]
    stop: Event
    way_back: bool = True
    most_orphans: int = MOST_REJECTS
    begun: Callable[[], None] = lambda: None
    changed: Callable[[], bool] = lambda: False

    def run(self) -> None:
        """Follow until `stop` is set, or the project has `changed`; wait for a database that is unavailable.

        Raises JournalError when changes may have been lost, NotFollowedError where no journal can be kept.
        """
        retry = _FIRST_RETRY_SECONDS
        while not self._is_over():
            try:
                with self.connect() as migration:
                    retry = _FIRST_RETRY_SECONDS
                    self._follow_noted(migration)
            except DatabaseError as error:
                self.trouble(error)
                self.stop.wait(retry)
                retry = min(2 * retry, _LAST_RETRY_SECONDS)

    def _follow_noted(self, migration: Migration) -> None:
        """Follow, and leave why that ended where others can read it; what is refused is asked for again by `run`."""
        try:
            self._follow(migration)
        except StranglerError as error:
            with suppress(DatabaseError):
                note_trouble(migration.source, migration.service.name, str(error), _now(migration))
            raise
        if not self.stop.is_set():
            return
        with suppress(DatabaseError):
            note_end(migration.source, migration.service.name, _now(migration))

    def _is_over(self) -> bool:
        return self.stop.is_set() or self.changed()

    def _follow(self, migration: Migration) -> None:
        rounds = 0
        while not self._is_over():
            if not self._copied(migration):
                continue
            if rounds == 0:
                note_followed_mapping(migration.source, migration.target, migration.mapping)
            if rounds % _JOURNAL_ROUNDS == 0:
                require_journals(migration)
            try:
                forward = self._forward(migration)
                backward = self._backward(migration)
            except StalePositionError:
                continue
            if rounds == 0:
                self._note_way_back(migration)
                forget_trouble(migration.source, migration.service.name)
                forget_end_of_follower(migration.source, migration.service.name)
                self.begun()
            if rounds % _WATERMARK_ROUNDS == 0:
                self._mark(migration, forward, backward)
            rounds += 1
            done = [forward] if backward is None else [forward, backward]
            for applied in done:
                if applied.rows or applied.set_aside:
                    self.applied(applied)
            if not any(applied.more for applied in done) and sum(applied.rows for applied in done) < _LARGE_BATCH:
                self.stop.wait(_PAUSE_SECONDS)

    def _forward(self, migration: Migration) -> Applied:
        try:
            return apply_forward(migration.source, migration.target, migration.mapping, self.most_orphans)
        except PutBackError:
            # Where v1 was restored, it lacks what v2 has written, which is known and can still be applied.
            while (backward := self._backward(migration)) is not None and backward.more:
                pass
            raise

    def _backward(self, migration: Migration) -> Applied | None:
        # What would not go back must not count as gone back, neither for gateways nor for a later follower.
        if not self._goes_back(migration):
            return None
        return apply_backward(migration.source, migration.target, migration.mapping)

    def _goes_back(self, migration: Migration) -> bool:
        return self.way_back and migration.mapping.way_back

    def _note_way_back(self, migration: Migration) -> None:
        """Record for a rollback whether it may wait for this follower."""
        stream, now = backward_stream(migration.service.name), _now(migration)
        with migration.source.transaction(applying=True):
            if self._goes_back(migration):
                resume_stream(migration.source, stream)
            else:
                give_up_stream(migration.source, stream, now)

    def _copied(self, migration: Migration) -> bool:
        """Wait a while if there is no complete copy: following would get in the way of the copying run."""
        try:
            require_complete(migration.target, migration.mapping)
        except BackfillError as error:
            self.trouble(error)
            self.stop.wait(_COPY_SECONDS)
            return False
        return True

    def _mark(self, migration: Migration, forward: Applied, backward: Applied | None) -> None:
        authority = read_authority(migration.source, migration.service.name)
        applied = forward if authority.side is Side.V1 else backward
        try:
            self.tell(authority, applied is not None and not applied.more)
        except StranglerError as error:
            # A gateway that is away lets its clients read from the authority: that is slower, but correct.
            self.trouble(error)


def _now(migration: Migration) -> float:
    with migration.source.snapshot():
        return migration.source.journal.changes(None, ()).read_at


def require_followable(migration: Migration) -> None:
    """Raise NotFollowedError where no journal can be kept."""
    if lacking := migration.source.journal.lacking:
        raise NotFollowedError(lacking, where=migration.source.address)


def require_journals(migration: Migration) -> None:
    """Raise JournalError unless every change of every followed table is journaled, NotFollowedError where none can be.

    This checks both sides; each batch checks only the side it comes from.
    """
    require_followable(migration)
    service, mapping = migration.service.name, migration.mapping
    require_journaled(migration.source, service, mapping.journaled_source, copied=True)
    require_journaled(migration.target, service, mapping.journaled_target, copied=True)
