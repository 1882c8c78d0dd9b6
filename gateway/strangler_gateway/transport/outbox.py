"""Collects writes until the end of a turn of the event loop: first those to applications, then those to clients.

Without this, a reader wakes at the first of several writes in a row, and sleeps again between writes with other work
in between: on a busy gateway, waking its neighbours took a sixth of the time of a request. The time is also read only
once a turn.
"""

from __future__ import annotations

import asyncio
import logging
from enum import Enum, auto
from time import monotonic
from typing import Final
from weakref import WeakKeyDictionary

logger = logging.getLogger(__name__)

SMALL: Final = 16 * 1024
"""The most bytes of one connection that wait: up to here, copying is cheaper than a write of its own."""


class Towards(Enum):
    """Whom the bytes are for."""

    APPLICATION = auto()
    CLIENT = auto()


class Outbox:
    """The connections of one event loop with something to write at the end of its turn, and the time of the turn."""

    __slots__ = ("_answers", "_arranged", "_now", "_requests")

    def __init__(self) -> None:
        self._requests: list[Outgoing] = []
        self._answers: list[Outgoing] = []
        self._arranged = False
        self._now = 0.0

    @staticmethod
    def of(loop: asyncio.AbstractEventLoop) -> Outbox:
        """Return the outbox of an event loop."""
        found = _OF_LOOPS.get(loop)
        if found is None:
            found = _OF_LOOPS[loop] = Outbox()
        return found

    def time(self) -> float:
        """Return the time by `time.monotonic`, which is read once a turn."""
        if not self._arranged:
            self._arrange()
        return self._now

    def add(self, outgoing: Outgoing, towards: Towards) -> None:
        """Let a connection write at the end of the turn."""
        if towards is _APPLICATION:
            self._requests.append(outgoing)
        else:
            self._answers.append(outgoing)
        if not self._arranged:
            self._arrange()

    def empty(self) -> None:
        """Write everything that waits."""
        self._arranged = False
        requests, self._requests = self._requests, []
        answers, self._answers = self._answers, []
        for outgoing in requests:
            outgoing.write_now()
        for outgoing in answers:
            outgoing.write_now()

    def _arrange(self) -> None:
        self._arranged = True
        self._now = _clock()
        asyncio.get_running_loop().call_soon(self.empty)


class Outgoing:
    """The outgoing bytes of one connection, in order; call `write_now` before closing the connection."""

    __slots__ = ("_listed", "_outbox", "_towards", "_transport", "_waiting", "_write")

    def __init__(self, transport: asyncio.Transport, outbox: Outbox, towards: Towards) -> None:
        self._transport = transport
        self._write = transport.write
        self._outbox = outbox
        self._towards = towards
        self._waiting = b""
        self._listed = False

    def write(self, data: bytes) -> None:
        """Write at the end of the turn, or now when that is more than `SMALL` bytes."""
        waiting = self._waiting
        if len(waiting) + len(data) > SMALL:
            self.write_now()
            self._write(data)
            return
        self._waiting = waiting + data if waiting else data
        if not self._listed:
            self._listed = True
            self._outbox.add(self, self._towards)

    def write_now(self) -> None:
        """Write the bytes that wait."""
        self._listed = False
        data, self._waiting = self._waiting, b""
        if not data:
            return
        try:
            self._write(data)
        except Exception:
            # An error of one connection; the bytes that wait on others must be written all the same.
            logger.exception("a connection that cannot be written to")
            self._transport.abort()

    def drop(self) -> None:
        """Drop the bytes that wait, because nobody will read them."""
        self._waiting = b""


_clock: Final = monotonic
"""Final, so that compiled code need not look the name up."""
_APPLICATION: Final = Towards.APPLICATION
"""Bound here because each access to an enumeration's member is a lookup of its own."""
_OF_LOOPS: Final = WeakKeyDictionary[asyncio.AbstractEventLoop, Outbox]()
