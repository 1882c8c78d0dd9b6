"""A turn of the event loop: when it is, and what is written when it ends, to the applications first, then to clients.

Who reads is woken by the first of many writes that follow each other, and goes to sleep again between writes that other
work parts: on a busy gateway to wake its neighbours cost a sixth of the time of a request.
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
"""Bytes that are rather copied than written by themselves; more of one connection never wait."""


class Towards(Enum):
    """Whose bytes they are."""

    APPLICATION = auto()
    CLIENT = auto()


class Outbox:
    """The connections of one event loop that have something to write at the end of its turn, and the time it has."""

    __slots__ = ("_answers", "_arranged", "_now", "_requests")

    def __init__(self) -> None:
        self._requests: list[Outgoing] = []
        self._answers: list[Outgoing] = []
        self._arranged = False
        self._now = 0.0

    @staticmethod
    def of(loop: asyncio.AbstractEventLoop) -> Outbox:
        """Return the one of an event loop."""
        found = _OF_LOOPS.get(loop)
        if found is None:
            found = _OF_LOOPS[loop] = Outbox()
        return found

    def time(self) -> float:
        """Return the time by `time.monotonic`, which is asked once in a turn."""
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
    """What goes out on one connection, in order; it has to be written before the connection is closed."""

    __slots__ = ("_listed", "_outbox", "_towards", "_transport", "_waiting", "_write")

    def __init__(self, transport: asyncio.Transport, outbox: Outbox, towards: Towards) -> None:
        self._transport = transport
        self._write = transport.write
        self._outbox = outbox
        self._towards = towards
        self._waiting = b""
        self._listed = False

    def write(self, data: bytes) -> None:
        """Write at the end of the turn, or now where that is much."""
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
        """Write what waits."""
        self._listed = False
        data, self._waiting = self._waiting, b""
        if not data:
            return
        try:
            self._write(data)
        except Exception:
            # Of one connection: what waits on others has to be written all the same.
            logger.exception("a connection that can not be written to")
            self._transport.abort()

    def drop(self) -> None:
        """Forget what waits: nobody will read it."""
        self._waiting = b""


_clock: Final = monotonic
"""A name that is final costs a compiled module no search."""
_APPLICATION: Final = Towards.APPLICATION
"""Every look into an enumeration is a search of its own."""
_OF_LOOPS: Final = WeakKeyDictionary[asyncio.AbstractEventLoop, Outbox]()
