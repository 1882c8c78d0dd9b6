"""Asks every thread of an Envoy which routes it follows: threads learn a moment later what the main thread adopted.

A connection belongs to one thread for its whole life, and each thread answers by the routes it has. The listener deals
its connections to the threads in turn. Answers count only once Envoy's own numbers show a connection at each thread.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

from strangler_gateway.envoy_engine.admin import EnvoyAdmin
from strangler_gateway.envoy_engine.process import POLL_SECONDS
from strangler_gateway.envoy_engine.resources import THREADS_HOST

_REQUEST = f"GET / HTTP/1.1\r\nHost: {THREADS_HOST}\r\n\r\n".encode()
_LENGTH = b"content-length"


class Threads:
    """A connection to each thread of one Envoy, made again when they are lost."""

    def __init__(self, socket: Path, admin: EnvoyAdmin) -> None:
        self._socket = socket
        self._admin = admin
        self._connections: list[_Connection] = []

    async def follow(self, told: str) -> None:
        """Return when all threads answer `told`; the caller must bound the time."""
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                if await self._answers() == {told}:
                    return
            await asyncio.sleep(POLL_SECONDS)

    def close(self) -> None:
        """Close the connections."""
        while self._connections:
            self._connections.pop().close()

    async def _answers(self) -> set[str]:
        """Return the threads' answers; any interruption, even a timeout, closes the connections."""
        try:
            if not self._connections:
                self._connections = await self._connected()
            return set(await asyncio.gather(*(connection.ask() for connection in self._connections)))
        except BaseException:
            # An unread answer would be taken for the answer to the next question.
            self.close()
            raise

    async def _connected(self) -> list[_Connection]:
        """Return connections such that each thread has at least one; close them all when that fails."""
        with contextlib.ExitStack() as unless_complete:
            connections: list[_Connection] = []
            threads = await self._admin.threads()
            while len(connections) < threads or not _at_each(await self._dealt(len(connections)), threads):
                connection = _Connection(*await asyncio.open_unix_connection(self._socket))
                unless_complete.callback(connection.close)
                connections.append(connection)
                # An answer shows that the connection has been dealt to a thread.
                await connection.ask()
            unless_complete.pop_all()
            return connections

    async def _dealt(self, made: int) -> Mapping[str, int]:
        """Return the number of our connections at each thread, once those of an earlier process are gone."""
        # Envoy sends no notice when it has closed them.
        while sum((dealt := await self._admin.connections()).values()) != made:  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        return dealt


def _at_each(dealt: Mapping[str, int], threads: int) -> bool:
    return sum(number > 0 for number in dealt.values()) == threads


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self) -> str:
        """Return the answer of the connection's thread."""
        self._writer.write(_REQUEST)
        head = await self._reader.readuntil(b"\r\n\r\n")
        fields = (line.partition(b":") for line in head.lower().split(b"\r\n"))
        length = next((int(value) for name, _, value in fields if name == _LENGTH), 0)
        return (await self._reader.readexactly(length)).decode()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._writer.close()
