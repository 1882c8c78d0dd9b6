"""Where a consumer keeps the events that have arrived, in its own database, until and after they are handled.

An event is identified by its stream and its id, so it is handled once however often it arrives. The stream is needed
because each service numbers its own changes, so two streams may contain the same id. Handled events are removed by
day: in PostgreSQL a day is a partition, which is dropped at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from strangler_etl.engine.database import Database
from strangler_etl.engine.session import Value
from strangler_etl.streams import inbox_tables
from strangler_etl.streams.continuity import ReadMark, digest_of
from strangler_etl.streams.envelope import Event, MalformedEnvelopeError, decode
from strangler_etl.streams.transport import Message

_IDS_AT_ONCE = 500


class State(StrEnum):
    """The state of an event in an inbox."""

    WAITING = "waiting"
    HANDLED = "handled"
    PARKED = "parked"
    """It could not be handled. Later events of its key wait for it."""
    DROPPED = "dropped"
    """It was parked, and somebody has decided to do without it."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event with the number of its arrival."""

    number: int
    event: Event


class Inbox:
    """The inbox of one consumer; call everything inside transactions of the consumer's database."""

    def __init__(self, database: Database, consumer: str) -> None:
        self.database = database
        self.consumer = consumer
        self._mark = database.placeholder
        self._inbox, self._positions = database.own("inbox"), database.own("inbox_position")
        self._consumers, self._visits = database.own("inbox_consumer"), database.own("inbox_visit")
        self._marks = database.own("inbox_mark")
        self._free = (
            f"{self._inbox} AS waiting WHERE consumer = {self._mark} AND state = 'waiting'"
            f" AND NOT EXISTS (SELECT 1 FROM {self._inbox} AS parked"
            " WHERE parked.consumer = waiting.consumer AND parked.state = 'parked'"
            " AND parked.stream = waiting.stream AND parked.subject = waiting.subject"
            " AND parked.number < waiting.number)"
        )

    def install(self) -> None:
        """Create the missing tables, and register the consumer."""
        inbox_tables.install(self.database)
        with self.database.transaction():
            self.database.execute(
                self.database.insert_new(self._consumers, ("consumer", "handled", "failures"), "consumer"),
                [self.consumer, 0, 0],
            )

    def lock(self) -> None:
        """Keep other processes from receiving or handling this consumer's events until the transaction ends."""
        self.database.rows(
            f"SELECT consumer FROM {self._consumers} WHERE consumer = {self._mark}{self.database.taken_rows}",
            [self.consumer],
        )

    def note_visit(self, streams: Sequence[str], now: float) -> None:
        """Record that the consumer was here, and which streams it follows; `now` in seconds since 1970."""
        self.database.execute(f"DELETE FROM {self._visits} WHERE consumer = {self._mark}", [self.consumer])
        for stream in dict.fromkeys(streams):
            self.database.execute(
                f"INSERT INTO {self._visits} (consumer, stream, seen_at) VALUES ({', '.join([self._mark] * 3)})",
                [self.consumer, stream, now],
            )

    def others(self, streams: Sequence[str], since: float) -> Sequence[str]:
        """The streams read since a time by a program of this name, where none of them is in `streams`."""
        found = self.database.rows(
            f"SELECT visit.stream, read_to FROM {self._visits} AS visit LEFT JOIN {self._positions} AS position"
            " ON position.consumer = visit.consumer AND position.stream = visit.stream"
            f" WHERE visit.consumer = {self._mark} AND seen_at >= {self._mark} ORDER BY visit.stream",
            [self.consumer, since],
        )
        if any(stream in streams for stream, _ in found):
            return []
        return [str(stream) for stream, read_to in found if read_to is not None]

    def begin_anew(self) -> None:
        """Forget what has arrived and how far streams were read: every existing event arrives again."""
        with self.database.transaction():
            self.lock()
            for table in (self._inbox, self._positions, self._marks, self._visits):
                self.database.execute(f"DELETE FROM {table} WHERE consumer = {self._mark}", [self.consumer])

    # --- arrival ---

    def position(self, stream: str) -> int:
        """The position up to which the messages of a stream have arrived; 0 before the first."""
        found = self.database.rows(
            f"SELECT read_to FROM {self._positions} WHERE consumer = {self._mark} AND stream = {self._mark}",
            [self.consumer, stream],
        )
        return int(str(found[0][0])) if found else 0

    def mark(self, stream: str) -> ReadMark | None:
        """The mark of a stream where it was read last; None before the first message, or where none was recorded."""
        found = self.database.rows(
            f"SELECT read_to, digest FROM {self._marks} WHERE consumer = {self._mark} AND stream = {self._mark}",
            [self.consumer, stream],
        )
        return ReadMark(int(str(found[0][0])), str(found[0][1])) if found else None

    def _note_mark(self, stream: str, message: Message) -> None:
        named: list[Value] = [self.consumer, stream]
        where = f"consumer = {self._mark} AND stream = {self._mark}"
        self.database.execute(f"DELETE FROM {self._marks} WHERE {where}", named)
        if message.lost is None:
            self.database.execute(
                f"INSERT INTO {self._marks} (consumer, stream, read_to, digest) VALUES ({', '.join([self._mark] * 4)})",
                [*named, message.position, digest_of(message)],
            )

    def keep(self, stream: str, messages: Sequence[Message], now: float) -> None:
        """Store new messages, and that they have arrived.

        Messages for another consumer are skipped. A message that is not an event, or says that some were lost, is
        parked.
        """
        if not messages:
            return
        today = datetime.fromtimestamp(now, UTC).date()
        inbox_tables.begin_day(self.database, today)
        for start in range(0, len(messages), _IDS_AT_ONCE):
            self._keep(stream, messages[start : start + _IDS_AT_ONCE], today)
        self.database.execute(
            self.database.insert_new(self._positions, ("consumer", "stream", "read_to"), "consumer, stream"),
            [self.consumer, stream, 0],
        )
        self.database.execute(
            f"UPDATE {self._positions} SET read_to = {self._mark} WHERE consumer = {self._mark}"
            f" AND stream = {self._mark}",
            [messages[-1].position, self.consumer, stream],
        )
        self._note_mark(stream, messages[-1])

    def _keep(self, stream: str, messages: Sequence[Message], today: date) -> None:
        rows: dict[tuple[str, str, str], list[Value]] = {}
        for message in messages:
            row = self._row(stream, message)
            if row is not None:
                rows.setdefault((str(row[0]), str(row[1]), str(row[2])), row)
        marks = ", ".join([self._mark] * len(rows))
        known = (
            self.database.rows(
                f"SELECT event_id, replay, stream FROM {self._inbox}"
                f" WHERE consumer = {self._mark} AND event_id IN ({marks})",
                [self.consumer, *(event for event, _, _ in rows)],
            )
            if rows
            else []
        )
        for event, replay, its_stream in known:
            rows.pop((str(event), str(replay), str(its_stream)), None)
        if rows:
            columns = ("consumer", "day", "event_id", "replay", "stream", "subject", "envelope", "state", "error")
            row = f"({', '.join([self._mark] * len(columns))})"
            values = [value for each in rows.values() for value in (self.consumer, today.isoformat(), *each)]
            self.database.execute(
                f"INSERT INTO {self._inbox} ({', '.join(columns)}) VALUES {', '.join([row] * len(rows))}", values
            )

    def _row(self, stream: str, message: Message) -> list[Value] | None:
        nobody = f"{stream}/{message.position}"
        if message.lost is not None:
            return [nobody, "", stream, nobody, message.text, State.PARKED.value, message.lost]
        try:
            event = decode(message.text)
        except MalformedEnvelopeError as error:
            storable = message.text.replace("\0", "\N{REPLACEMENT CHARACTER}")
            return [nobody, "", stream, nobody, storable, State.PARKED.value, f"is no event: {error}"]
        if event.recipient not in {None, self.consumer}:
            return None
        return [event.id, event.replay or "", event.stream, event.subject, message.text, State.WAITING.value, None]

    # --- handling ---

    def waiting(self, most: int) -> Sequence[Arrived]:
        """The next events to be handled, in the order of their arrival, except those behind a parked one."""
        found = self.database.rows(
            f"SELECT number, envelope FROM {self._free} ORDER BY number LIMIT {self._mark}", [self.consumer, most]
        )
        return [Arrived(int(str(number)), decode(str(text))) for number, text in found]

    def still_waiting(self, arrived: Sequence[Arrived]) -> Sequence[Arrived]:
        """Those of the events that are still unhandled, with no earlier event of their key parked meanwhile."""
        marks = ", ".join([self._mark] * len(arrived))
        found = self.database.rows(
            f"SELECT number FROM {self._free} AND number IN ({marks})",
            [self.consumer, *(one.number for one in arrived)],
        )
        numbers = {int(str(number)) for (number,) in found}
        return [one for one in arrived if one.number in numbers]

    def mark_handled(self, arrived: Sequence[Arrived]) -> None:
        """Mark events as handled, in the transaction that handles them."""
        marks = ", ".join([self._mark] * len(arrived))
        self.database.execute(
            f"UPDATE {self._inbox} SET state = 'handled', error = NULL WHERE number IN ({marks})",
            [one.number for one in arrived],
        )
        self._count("handled", len(arrived))

    def parked(self) -> int:
        """How many events are parked."""
        found = self.database.rows(
            f"SELECT count(*) FROM {self._inbox} WHERE consumer = {self._mark} AND state = 'parked'", [self.consumer]
        )
        return int(str(found[0][0]))

    def park(self, arrived: Arrived, error: str) -> None:
        """Park an event that still waits, with the error that keeps it from being handled."""
        self.database.execute(
            f"UPDATE {self._inbox} SET state = 'parked', error = {self._mark} WHERE number = {self._mark}"
            " AND state = 'waiting'",
            [error, arrived.number],
        )

    def note_failure(self, error: str) -> None:
        """Record that the handler has failed."""
        self._count("failures", 1)
        self.database.execute(
            f"UPDATE {self._consumers} SET last_error = {self._mark} WHERE consumer = {self._mark}",
            [error, self.consumer],
        )

    def _count(self, column: str, more: int) -> None:
        self.database.execute(
            f"UPDATE {self._consumers} SET {column} = {column} + {self._mark} WHERE consumer = {self._mark}",
            [more, self.consumer],
        )
