"""How events travel: a publisher appends to a stream, and a consumer reads on from a position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from strangler_etl.streams.envelope import Event


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a stream: an envelope as text, at a position; positions ascend.

    With `lost` it says instead what was removed of the stream up to that position before it was read.
    """

    position: int
    text: str
    lost: str | None = None


class Outlet(Protocol):
    """Where events are published."""

    def publish(self, events: Sequence[Event]) -> None:
        """Append the events to their streams, in this order.

        When it returns, they are stored. When it raises, any of them may be: the publisher publishes the same ones
        again. Events of one key stay in order, except those that are published twice.
        """
        ...


class Feed(Protocol):
    """Where events are read from."""

    def read(self, stream: str, after: int, most: int) -> Sequence[Message]:
        """The next messages of a stream after a position (0 is the beginning), at most `most`."""
        ...

    def streams(self) -> Sequence[str]:
        """The names of all existing streams."""
        ...

    def unread(self, stream: str, after: int) -> int:
        """How many messages of a stream are behind a position."""
        ...

    def message(self, stream: str, position: int) -> Message | None:
        """The message at a position; None where there is none, or it was removed."""
        ...

    def last(self, stream: str) -> int:
        """The position of the last message of a stream, removed ones included; 0 where there was none."""
        ...


class Transport(Outlet, Feed, Protocol):
    """Where events are published and read from."""
