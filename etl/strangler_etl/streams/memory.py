"""Streams in memory, with the faults a transport may have: for tests of producers and consumers without a server."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from strangler_etl.streams.envelope import Event, encode
from strangler_etl.streams.transport import Message


class CutOffError(Exception):
    """The stream failed while events were published: some of them are there."""


class MemoryStream:
    """Streams by their names, as long as the object lives.

    Each fault occurs with a probability from 0 to 1, from a generator with a `seed`, so that a failure can be repeated.
    `duplicates`: an event comes again, with those before it. `reordering`: two events of different keys change places.
    `crashes`: publishing ends with CutOffError, any of the events may be there, and the publisher has to publish them
    again.
    """

    def __init__(
        self, *, seed: int = 0, duplicates: float = 0.0, reordering: float = 0.0, crashes: float = 0.0
    ) -> None:
        self._random = Random(seed)  # noqa: S311 - nothing is kept secret by it
        self._duplicates = duplicates
        self._reordering = reordering
        self._crashes = crashes
        self._streams: dict[str, list[Event]] = {}

    def publish(self, events: Sequence[Event]) -> None:
        """Append the events; CutOffError when it crashes."""
        crashed = self._chance(self._crashes)
        sent = [*events[: self._random.randrange(len(events) + 1)]] if crashed else [*events]
        for event in self._reordered(sent):
            stream = self._streams.setdefault(event.stream, [])
            stream.append(event)
            if self._chance(self._duplicates):
                # A producer that did not learn that its events arrived publishes them again, in their order.
                stream.extend(stream[-self._random.randrange(1, len(stream) + 1) :])
        if crashed:
            raise CutOffError

    def read(self, stream: str, after: int, most: int) -> Sequence[Message]:
        """The next messages of a stream."""
        events = self._streams.get(stream, [])[after : after + most]
        return [Message(after + place, encode(event)) for place, event in enumerate(events, 1)]

    def streams(self) -> Sequence[str]:
        """The names of all streams."""
        return sorted(self._streams)

    def unread(self, stream: str, after: int) -> int:
        """How many messages of a stream are behind a position."""
        return max(0, len(self._streams.get(stream, [])) - after)

    def message(self, stream: str, position: int) -> Message | None:
        """The message at a position."""
        return next(iter(self.read(stream, position - 1, 1)), None)

    def last(self, stream: str) -> int:
        """The position of the last message of a stream."""
        return len(self._streams.get(stream, []))

    def events(self, stream: str) -> Sequence[Event]:
        """All events of a stream, as often as they are there."""
        return tuple(self._streams.get(stream, ()))

    def _reordered(self, events: list[Event]) -> list[Event]:
        for place in range(len(events) - 1):
            one, other = events[place : place + 2]
            if one.key != other.key and self._chance(self._reordering):
                events[place : place + 2] = other, one
        return events

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability
