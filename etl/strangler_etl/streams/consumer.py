"""Handles the events of some streams, each once, in the order of its key.

Events that arrive are stored first, then handled in micro-batches, each in one transaction together with the note that
it is handled: a process killed at any instant has either done a batch or not. A batch that fails is bisected until the
events that cannot be handled stand alone; those are parked.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event as Flag

from strangler.model.errors import UnavailableError
from strangler_etl.engine.database import Database
from strangler_etl.engine.session import Session
from strangler_etl.errors import DatabaseError
from strangler_etl.streams import inbox_tables
from strangler_etl.streams.backlog import said_of_missing
from strangler_etl.streams.continuity import put_back, service_of
from strangler_etl.streams.envelope import Event
from strangler_etl.streams.errors import ConsumerNameError, StreamPutBackError
from strangler_etl.streams.inbox import Arrived, Inbox
from strangler_etl.streams.transport import Feed

BATCH_SECONDS = 0.25
_FIRST_RETRY_SECONDS = 0.5
_LAST_RETRY_SECONDS = 30.0
_REMOVAL_SECONDS = 3600.0
_VISIT_SECONDS = 10.0
_GONE_SECONDS = 30.0
"""A consumer that was last seen this long ago is taken to have stopped."""
_LOG = logging.getLogger(__name__)

Handler = Callable[[Session, Sequence[Event]], None]
"""Does what events ask for, through the session whose transaction also marks them as handled."""


class RetryLaterError(Exception):
    """Raised by a handler when something other than an event is at fault: nothing is parked, and all is retried."""


@dataclass(frozen=True, slots=True)
class Batch:
    """How many messages were received, and events handled and parked; `failed` is the handler's last error."""

    received: int = 0
    handled: int = 0
    parked: int = 0
    failed: str | None = None


@dataclass(slots=True)
class _Attempt:
    """The outcome of a batch; `stopped` are the keys of parked events, whose later events wait."""

    handled: int = 0
    parked: int = 0
    failed: str | None = None
    stopped: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


@dataclass
class Consumer:
    """A consumer by its name, with its own database, and the streams of a feed that it follows.

    At most `batch` events are handled in one transaction. An event that fails alone `tries` times is parked; once
    `most_parked` are, nothing more is, because the handler is more likely at fault. Handled events stay known for
    `keep_days`; an event published again after that is handled again. `now` returns seconds since 1970.
    """

    name: str
    database: Database
    feed: Feed
    streams: Sequence[str]
    handle: Handler
    batch: int = 500
    tries: int = 3
    most_parked: int = 100
    keep_days: int = 14
    now: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.database, self.name)
        self.inbox.install()
        self._visited_at = float("-inf")

    def run(self, stop: Flag, told: Callable[[Batch], None] | None = None) -> None:
        """Receive and handle events until `stop` is set, at least every 250 ms.

        When the handler asks to be called later, or a database is unavailable, it waits longer each time. It does not
        reopen a lost connection but raises DatabaseError; open another one and continue. It logs at once a stream in
        which nothing was ever published: the name may be wrong, or its first event is yet to come.
        """
        with suppress(UnavailableError):
            for line in said_of_missing(self.streams, self.feed.streams()):
                _LOG.warning("consumer %s: %s", self.name, line)
        retry, removed_at = _FIRST_RETRY_SECONDS, 0.0
        while not stop.is_set():
            try:
                done = self.step()
            except RetryLaterError as error:
                done = Batch(failed=str(error))
                stop.wait(retry)
                retry = min(2 * retry, _LAST_RETRY_SECONDS)
            else:
                retry = _FIRST_RETRY_SECONDS
                if self.now() >= removed_at + _REMOVAL_SECONDS:
                    removed_at = self.now()
                    self.remove_old()
                if max(done.received, done.handled) < self.batch:
                    stop.wait(BATCH_SECONDS)
            if told is not None:
                told(done)

    def step(self) -> Batch:
        """Receive available messages and handle one batch; RetryLaterError when the handler raises it."""
        received = self.receive()
        attempt = self._next_batch()
        return Batch(received, attempt.handled, attempt.parked, attempt.failed)

    def receive(self) -> int:
        """Store the next messages of every stream in the inbox; return how many were read, known ones included.

        Raises StreamPutBackError where a stream is not the one that was read before, and ConsumerNameError where a
        program with other streams uses this name, too: the inbox cannot tell their events apart.
        """
        read, is_due = 0, self.now() >= self._visited_at + _VISIT_SECONDS
        if is_due and (others := self.inbox.others(self.streams, self.now() - _GONE_SECONDS)):
            raise ConsumerNameError(self.name, others)
        for stream in self.streams:
            messages = self.feed.read(stream, self.inbox.position(stream), self.batch)
            if messages or is_due:
                self._require_same(stream)
            if messages:
                read += len(messages)
                with self.database.transaction():
                    self.inbox.lock()
                    # Another process of this consumer may have been faster.
                    position = self.inbox.position(stream)
                    self.inbox.keep(stream, [one for one in messages if one.position > position], self.now())
        if is_due:
            with self.database.transaction():
                self.inbox.lock()
                self.inbox.note_visit(self.streams, self.now())
            self._visited_at = self.now()
        return read

    def _require_same(self, stream: str) -> None:
        """Raise StreamPutBackError unless the message read last is still in place, or was removed by its age."""
        read = self.inbox.mark(stream)
        if read is None:
            return
        if (what := put_back(self.feed, stream, read)) is not None:
            raise StreamPutBackError(self.name, stream, what, service_of(self.feed, stream))

    def remove_old(self) -> None:
        """Forget events that were handled more than `keep_days` ago."""
        today = datetime.fromtimestamp(self.now(), UTC).date()
        inbox_tables.remove_days(self.database, today - timedelta(days=self.keep_days))

    def _next_batch(self) -> _Attempt:
        attempt = _Attempt()
        self._work(self.inbox.waiting(self.batch), attempt)
        return attempt

    def _work(self, arrived: Sequence[Arrived], attempt: _Attempt) -> None:
        """Handle the events in one transaction, or bisect them."""
        free = [one for one in arrived if one.event.key not in attempt.stopped]
        if not free:
            return
        for left in reversed(range(self.tries if len(free) == 1 else 1)):
            error = self._tried(free, attempt)
            if error is None:
                return
            if len(free) == 1 and not left:
                with self.database.transaction():
                    self.inbox.lock()
                    if not self.inbox.still_waiting(free):
                        # Another process of this consumer has handled it meanwhile, or parked it.
                        return
                    if self.inbox.parked() >= self.most_parked:
                        raise RetryLaterError(f"{self.most_parked} events are parked already: {error}")
                    self.inbox.park(free[0], error)
                attempt.stopped.add(free[0].event.key)
                attempt.parked += 1
        if len(free) > 1:
            middle = len(free) // 2
            self._work(free[:middle], attempt)
            self._work(free[middle:], attempt)

    def _tried(self, arrived: Sequence[Arrived], attempt: _Attempt) -> str | None:
        """Handle the events in one transaction; return why that failed, None where it did not."""
        try:
            with self.database.transaction():
                self.inbox.lock()
                mine = self.inbox.still_waiting(arrived)
                if mine:
                    # A savepoint, which is gone if the handler has ended the transaction: such a batch must not be
                    # marked as handled, since its work may be rolled back.
                    with self.database.transaction():
                        self.handle(self.database, [one.event for one in mine])
                    self.inbox.mark_handled(mine)
        except RetryLaterError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is about its events
            # Unless it is the connection.
            self._require_alive(error)
            attempt.failed = f"{type(error).__name__}: {error}"
            with self.database.transaction():
                self.inbox.note_failure(attempt.failed)
            return attempt.failed
        attempt.handled += len(mine)
        return None

    def _require_alive(self, error: Exception) -> None:
        try:
            self.database.rows("SELECT 1")
        except DatabaseError as lost:
            raise lost from error
