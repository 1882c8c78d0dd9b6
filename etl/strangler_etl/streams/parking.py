"""The parked events of a consumer: look at them, retry them, or do without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from strangler_etl.engine.database import Database
from strangler_etl.streams import inbox_tables
from strangler_etl.streams.continuity import ReadMark
from strangler_etl.streams.envelope import MalformedEnvelopeError, decode
from strangler_etl.streams.errors import UnknownEventError
from strangler_etl.streams.inbox import State


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that could not be handled; `behind` later events of its key wait for it."""

    id: str
    stream: str
    subject: str
    error: str
    behind: int


@dataclass(frozen=True, slots=True)
class ConsumerState:
    """The state of a consumer; `oldest` is the time in seconds since 1970 of the oldest unhandled event.

    `seen` is when it last asked for events, None where it never did or is of an older release; `streams` are those it
    follows, and `marks` what it has read last of each.
    """

    consumer: str
    waiting: int
    parked: int
    handled: int
    failures: int
    last_error: str | None
    oldest: float | None
    positions: dict[str, int]
    seen: float | None = None
    streams: tuple[str, ...] = ()
    marks: Mapping[str, ReadMark] = field(default_factory=dict[str, ReadMark])


def new_consumer(name: str) -> ConsumerState:
    """The state of a consumer that has never run."""
    return ConsumerState(name, 0, 0, 0, 0, None, None, {})


class Parking:
    """The parked events of a consumer."""

    def __init__(self, database: Database, consumer: str) -> None:
        self._database = database
        self._consumer = consumer
        self._inbox, self._mark = database.own("inbox"), database.placeholder

    def parked(self) -> Sequence[ParkedEvent]:
        """The parked events, in the order of their arrival."""
        found = self._database.rows(
            f"SELECT event_id, stream, subject, error, (SELECT count(*) FROM {self._inbox} AS waiting"
            " WHERE waiting.consumer = parked.consumer AND waiting.state = 'waiting'"
            " AND waiting.stream = parked.stream AND waiting.subject = parked.subject"
            " AND waiting.number > parked.number)"
            f" FROM {self._inbox} AS parked WHERE consumer = {self._mark} AND state = 'parked' ORDER BY number",
            [self._consumer],
        )
        return [
            ParkedEvent(str(event), str(stream), str(subject), str(error), int(str(behind)))
            for event, stream, subject, error, behind in found
        ]

    def retry(self, event: str | None = None) -> int:
        """Let one parked event, or all, be handled again, before those that wait behind it; return how many.

        Messages that are not events stay parked. Raises UnknownEventError where none with the id is parked.
        """
        readable = [number for number, text in self._numbers(event) if _is_event(text)]
        return self._become(readable, State.WAITING)

    def drop(self, event: str | None = None) -> int:
        """Do without one parked event, or all; those that wait behind it are handled. Return how many."""
        return self._become([number for number, _ in self._numbers(event)], State.DROPPED)

    def state(self) -> ConsumerState:
        """How many events wait, are parked, were handled, and which is the oldest."""
        counts = self._database.rows(
            f"SELECT state, count(*) FROM {self._inbox} WHERE consumer = {self._mark}"
            " AND state IN ('waiting', 'parked') GROUP BY state",
            [self._consumer],
        )
        by_state = {str(state): int(str(count)) for state, count in counts}
        totals = self._database.rows(
            f"SELECT handled, failures, last_error FROM {self._database.own('inbox_consumer')}"
            f" WHERE consumer = {self._mark}",
            [self._consumer],
        )
        handled, failures, last_error = totals[0] if totals else (0, 0, None)
        oldest = self._database.rows(
            f"SELECT envelope FROM {self._inbox} WHERE consumer = {self._mark} AND (state = 'parked' OR number ="
            f" (SELECT min(number) FROM {self._inbox} WHERE consumer = {self._mark} AND state = 'waiting'))",
            [self._consumer, self._consumer],
        )
        # A message that is not an event has no time.
        times = [at for (text,) in oldest if (at := _time_of(str(text))) is not None]
        positions = self._database.rows(
            f"SELECT stream, read_to FROM {self._database.own('inbox_position')} WHERE consumer = {self._mark}"
            " ORDER BY stream",
            [self._consumer],
        )
        visits = self._visits()
        return ConsumerState(
            self._consumer,
            by_state.get(State.WAITING, 0),
            by_state.get(State.PARKED, 0),
            int(str(handled)),
            int(str(failures)),
            None if last_error is None else str(last_error),
            min(times, default=None),
            {str(stream): int(str(position)) for stream, position in positions},
            max((seen for _, seen in visits), default=None),
            tuple(stream for stream, _ in visits),
            self._marks(),
        )

    def _marks(self) -> Mapping[str, ReadMark]:
        if not inbox_tables.marks_noted(self._database):
            return {}
        found = self._database.rows(
            f"SELECT stream, read_to, digest FROM {self._database.own('inbox_mark')} WHERE consumer = {self._mark}"
            " ORDER BY stream",
            [self._consumer],
        )
        return {str(stream): ReadMark(int(str(position)), str(digest)) for stream, position, digest in found}

    def _visits(self) -> Sequence[tuple[str, float]]:
        """The streams the consumer follows, each with the time it last asked for events."""
        if not inbox_tables.visits_noted(self._database):
            return []
        found = self._database.rows(
            f"SELECT stream, seen_at FROM {self._database.own('inbox_visit')} WHERE consumer = {self._mark}"
            " ORDER BY stream",
            [self._consumer],
        )
        return [(str(stream), float(str(seen))) for stream, seen in found]

    def _numbers(self, event: str | None) -> Sequence[tuple[int, str]]:
        one, parameters = ("", []) if event is None else (f" AND event_id = {self._mark}", [event])
        found = self._database.rows(
            f"SELECT number, envelope FROM {self._inbox} WHERE consumer = {self._mark} AND state = 'parked'{one}",
            [self._consumer, *parameters],
        )
        if event is not None and not found:
            raise UnknownEventError(self._consumer, event)
        return [(int(str(number)), str(text)) for number, text in found]

    def _become(self, numbers: Sequence[int], state: State) -> int:
        with self._database.transaction():
            return sum(
                self._database.execute(
                    f"UPDATE {self._inbox} SET state = {self._mark} WHERE number = {self._mark} AND state = 'parked'",
                    [state.value, number],
                )
                for number in numbers
            )


def _is_event(text: str) -> bool:
    return _time_of(text) is not None


def _time_of(text: str) -> float | None:
    try:
        return decode(text).time
    except MalformedEnvelopeError:
        return None
