"""A stream as a table of the service's own database: there is no server to install."""

from __future__ import annotations

from collections.abc import Sequence

from strangler_etl.engine.database import Database
from strangler_etl.engine.session import Value
from strangler_etl.streams.envelope import Event, decode, encode
from strangler_etl.streams.transport import Message

_ROWS_AT_ONCE = 500
_COLUMNS = ("stream", "event_id", "subject", "envelope")


class TableStream:
    """The streams in a database: events are appended in the connection's current transaction.

    Positions are numbers given when a row is written, not when it is committed. So nobody may append to a stream while
    another transaction that does so is under way; publications ensure it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.own("event_stream")

    def publish(self, events: Sequence[Event]) -> None:
        """Append the events; they are kept when the transaction commits."""
        row = f"({', '.join([self._database.placeholder] * len(_COLUMNS))})"
        for start in range(0, len(events), _ROWS_AT_ONCE):
            part = events[start : start + _ROWS_AT_ONCE]
            values: list[Value] = []
            for event in part:
                values += [event.stream, event.id, event.subject, encode(event)]
            self._database.execute(
                f"INSERT INTO {self._table} ({', '.join(_COLUMNS)}) VALUES {', '.join([row] * len(part))}", values
            )

    def read(self, stream: str, after: int, most: int) -> Sequence[Message]:
        """The next messages."""
        mark = self._database.placeholder
        found = self._database.rows(
            f'SELECT "position", envelope FROM {self._table}'
            f' WHERE stream = {mark} AND "position" > {mark} ORDER BY "position" LIMIT {mark}',
            [stream, after, most],
        )
        return [Message(int(str(position)), str(text)) for position, text in found]

    def streams(self) -> Sequence[str]:
        """The names of all streams, found one after the other by the index: few names among very many rows."""
        found = self._database.rows(
            f"WITH RECURSIVE named (stream) AS (SELECT min(stream) FROM {self._table} UNION ALL"
            f" SELECT (SELECT min(further.stream) FROM {self._table} AS further WHERE further.stream > named.stream)"
            " FROM named WHERE stream IS NOT NULL) SELECT stream FROM named WHERE stream IS NOT NULL"
        )
        return sorted(str(name) for (name,) in found)

    def source(self, stream: str) -> str | None:
        """The publisher of a stream, by its first event; None without one."""
        found = self.read(stream, 0, 1)
        return decode(found[0].text).source if found else None

    def unread(self, stream: str, after: int) -> int:
        """How many messages of a stream are behind a position."""
        mark = self._database.placeholder
        found = self._database.rows(
            f'SELECT count(*) FROM {self._table} WHERE stream = {mark} AND "position" > {mark}', [stream, after]
        )
        return int(str(found[0][0]))

    def message(self, stream: str, position: int) -> Message | None:
        """The message at a position."""
        found = self.read(stream, position - 1, 1)
        return found[0] if found and found[0].position == position else None

    def last(self, stream: str) -> int:
        """The position of the last message of a stream, which is never removed; 0 where there was none."""
        found = self._database.rows(
            f'SELECT max("position") FROM {self._table} WHERE stream = {self._database.placeholder}', [stream]
        )
        return int(str(found[0][0] or 0))

    def prune(self, stream: str, older_than: float, read_to: int | None) -> int:
        """Delete messages that were published more than `older_than` seconds ago, and return how many there were.

        It keeps messages behind the position `read_to`, up to which all consumers have read, where that is known; and
        always the last message, by which consumers recognise that the stream continues.
        """
        age = f"published_at < now() - make_interval(secs => {self._database.placeholder})"
        last = self.last(stream) - 1
        return self._database.execute(
            f"DELETE FROM {self._table} WHERE stream = {self._database.placeholder} AND {age}"
            f' AND "position" <= {self._database.placeholder}',
            [stream, older_than, last if read_to is None else min(last, read_to)],
        )
