"""Asks every thread of an Envoy which routes it follows: what its main thread has adopted they learn a moment later.

A connection belongs to one thread for its whole life, and each thread answers by the routes it has. The listener deals
its connections to the threads in turn; by Envoy's own count there is one at each before anything is believed.
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
    """A connection to each thread of one Envoy, made anew where they are lost."""

    def __init__(self, socket: Path, admin: EnvoyAdmin) -> None:
        self._socket = socket
        self._admin = admin
        self._connections: list[_Connection] = []

    async def follow(self, told: str) -> None:
        """Return when all of them say `told`; it is for the caller to bound the time."""
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                if await self._answers() == {told}:
                    return
            await asyncio.sleep(POLL_SECONDS)

    def close(self) -> None:
        """End the connections."""
        while self._connections:
            self._connections.pop().close()

    async def _answers(self) -> set[str]:
        """Return what the threads say; whatever cuts that short, a time limit too, ends the connections."""
        try:
            if not self._connections:
                self._connections = await self._connected()
            return set(await asyncio.gather(*(connection.ask() for connection in self._connections)))
        except BaseException:
            # An answer that nobody has read would be taken for that to the next question.
            self.close()
            raise

    async def _connected(self) -> list[_Connection]:
        """Return connections of which each thread has one: all that takes, or none."""
        with contextlib.ExitStack() as unless_complete:
            connections: list[_Connection] = []
            threads = await self._admin.threads()
            while len(connections) < threads or not _at_each(await self._dealt(len(connections)), threads):
                connection = _Connection(*await asyncio.open_unix_connection(self._socket))
                unless_complete.callback(connection.close)
                connections.append(connection)
                # It has been dealt to a thread when that answers.
                await connection.ask()
            unless_complete.pop_all()
            return connections

    async def _dealt(self, made: int) -> Mapping[str, int]:
        """Return how many of the connections made each thread has, once those of an earlier process are gone."""
        # Envoy tells nobody when it has noticed that they are.
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
        """Return what its thread says."""
        self._writer.write(_REQUEST)
        head = await self._reader.readuntil(b"\r\n\r\n")
        fields = (line.partition(b":") for line in head.lower().split(b"\r\n"))
        length = next((int(value) for name, _, value in fields if name == _LENGTH), 0)
        return (await self._reader.readexactly(length)).decode()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._writer.close()
