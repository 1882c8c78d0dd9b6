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
            try:
                if not self._connections:
                    await self._connect()
                answers = await asyncio.gather(*(connection.ask() for connection in self._connections))
            except (OSError, asyncio.IncompleteReadError):
                self.close()
            else:
                if set(answers) == {told}:
                    return
            await asyncio.sleep(POLL_SECONDS)

    def close(self) -> None:
        """End the connections."""
        while self._connections:
            self._connections.pop().close()

    async def _connect(self) -> None:
        """Connect until each thread has one of these connections."""
        threads = await self._admin.threads()
        while len(self._connections) < threads or not _at_each(await self._dealt(), threads):
            reader, writer = await asyncio.open_unix_connection(self._socket)
            self._connections.append(_Connection(reader, writer))
            # It has been dealt to a thread when that answers.
            await self._connections[-1].ask()

    async def _dealt(self) -> Mapping[str, int]:
        """Return how many connections each thread has, once those of an earlier process are gone."""
        # Envoy tells nobody when it has noticed that they are.
        while sum((dealt := await self._admin.connections()).values()) != len(self._connections):  # noqa: ASYNC110
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
