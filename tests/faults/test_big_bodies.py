"""Bodies of 100 MB each way, with a side that stops for a while: the gateway holds next to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from strangler.project_reader import load_project
from tests.gateway.conformance.cases import OK
from tests.gateway.process.test_server import GATEWAY, free_port, process
from tests.gateway.running import PROJECT, raw_upstream, until

pytestmark = [pytest.mark.faults, pytest.mark.anyio]

SIZE = 100_000_000
PART = bytes(range(250)) * 200
MOST_HELD = 8 * 1024 * 1024
"""What the issue allows a body of 100 MB to take at its peak."""
STILL_SECONDS = 0.3
"""Who has not moved for so long waits for somebody."""
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
SIZED = b"Content-Length: %d\r\n\r\n" % SIZE


@pytest.fixture
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio alone."""
    return "asyncio"


@dataclass(slots=True)
class Pump:
    """Writes 100 MB as fast as it may, and notes how far it has come."""

    chunks: bool
    written: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def framing(self) -> bytes:
        """What ends the head of a message with this body."""
        return CHUNKED if self.chunks else SIZED

    async def run(self, writer: asyncio.StreamWriter) -> None:
        """Write everything."""
        part = b"%x\r\n%b\r\n" % (len(PART), PART) if self.chunks else PART
        while self.written < SIZE:
            writer.write(part)
            self.written += len(PART)
            self.moved.set()
            await writer.drain()
        if self.chunks:
            writer.write(b"0\r\n\r\n")

    async def until_still(self) -> None:
        """Wait until it has to wait."""
        with suppress(TimeoutError):
            while True:
                self.moved.clear()
                async with asyncio.timeout(STILL_SECONDS):
                    await self.moved.wait()
        assert 0 < self.written < SIZE


class Memory:
    """What a process holds, by the kernel's own account of its peak."""

    def __init__(self, pid: int) -> None:
        self._folder = Path("/proc") / str(pid)
        (self._folder / "clear_refs").write_text("5")  # begins the peak anew
        self._before = self._read("VmRSS")

    def peak(self) -> int:
        """Bytes at the peak, over those at the beginning."""
        return self._read("VmHWM") - self._before

    def _read(self, name: str) -> int:
        lines = (self._folder / "status").read_text().splitlines()
        (line,) = (line for line in lines if line.startswith(f"{name}:"))
        return int(line.split()[1]) * 1024


async def swallowed(reader: asyncio.StreamReader, *, chunks: bool) -> int:
    """Read a body, and return how long it was and that every byte was in its place."""
    place = 0
    left = SIZE
    while left:
        if chunks:
            left = int(await reader.readline(), 16)
        size = left
        while size:
            data = await reader.read(min(size, 1 << 16))
            assert data, "the connection has ended"
            offset = place % 250
            expected = PART[offset : offset + len(data)] if offset + len(data) <= len(PART) else None
            assert data == (expected or (PART * 2)[offset : offset + len(data)])
            place += len(data)
            size -= len(data)
        if chunks:
            await reader.readexactly(2)
        else:
            left = 0
    return place


def _project(folder: Path, url: str) -> Path:
    path = folder / "strangler.toml"
    text = PROJECT.format(v1=url, v2=url, share=0) + GATEWAY.format(data=free_port(), admin=free_port())
    path.write_text(text, encoding="utf-8")
    return path


@asynccontextmanager
async def client_of(folder: Path, url: str) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter, int]]:
    """Run a gateway in a process of its own; yields a connection that has made one request, and the process."""
    path = _project(folder, url)
    address = load_project(path).gateway.listen
    assert address is not None
    with process(path) as (gateway, _):
        reader, writer = await asyncio.open_connection(address.host, address.port, limit=1 << 16)
        async with asyncio.timeout(120):
            writer.write(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
            await reader.readuntil(b"ok")
            yield reader, writer, gateway.pid
        writer.close()


@pytest.mark.parametrize("chunks", [True, False])
async def test_a_slow_reader_makes_the_application_wait(tmp_path: Path, *, chunks: bool) -> None:
    """It reads nothing for a while, and then everything."""
    pump = Pump(chunks)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n" + pump.framing)
        await pump.run(writer)
        await reader.read()

    async with raw_upstream(handle) as url, client_of(tmp_path, url) as (reader, writer, pid):
        memory = Memory(pid)
        writer.write(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await pump.until_still()
        assert await swallowed(reader, chunks=chunks) == SIZE
        print(f"{memory.peak() / 1e6:.2f} MB")  # noqa: T201 - shown with -rP
        assert memory.peak() <= MOST_HELD


@pytest.mark.parametrize("chunks", [True, False])
async def test_a_slow_application_makes_the_client_wait(tmp_path: Path, *, chunks: bool) -> None:
    """It reads nothing for a while, and then everything."""
    pump = Pump(chunks)
    goes_on = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")
        await goes_on.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n%d" % await swallowed(reader, chunks=chunks))
        await reader.read()

    async with raw_upstream(handle) as url, client_of(tmp_path, url) as (reader, writer, pid):
        memory = Memory(pid)
        writer.write(b"POST / HTTP/1.1\r\nHost: shop\r\n" + pump.framing)
        pumping = asyncio.create_task(pump.run(writer))
        await pump.until_still()
        goes_on.set()
        await pumping
        assert await reader.readuntil(b"%d" % SIZE)
        print(f"{memory.peak() / 1e6:.2f} MB")  # noqa: T201 - shown with -rP
        assert memory.peak() <= MOST_HELD


async def test_a_tunnel_that_nobody_reads_makes_both_sides_wait(tmp_path: Path) -> None:
    """And carries 100 MB each way at the same time after that."""
    down, up = Pump(chunks=False), Pump(chunks=False)
    goes_on = asyncio.Event()
    arrived: list[int] = []

    async def both(pump: Pump, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pumping = asyncio.create_task(pump.run(writer))
        await goes_on.wait()
        arrived.append(await swallowed(reader, chunks=False))
        await pumping

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
        await both(down, reader, writer)
        await reader.read()

    async with raw_upstream(handle) as url, client_of(tmp_path, url) as (reader, writer, pid):
        memory = Memory(pid)
        writer.write(b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        carrying = asyncio.create_task(both(up, reader, writer))
        await down.until_still()
        await up.until_still()
        goes_on.set()
        await carrying
        await until(lambda: arrived == [SIZE, SIZE])
        print(f"{memory.peak() / 1e6:.2f} MB")  # noqa: T201 - shown with -rP
        assert memory.peak() <= MOST_HELD
