"""A gateway whose bytes Envoy carries, two applications behind it, and readers before it."""

from __future__ import annotations

import asyncio
import signal
import socket
import struct
import subprocess
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from strangler.demo.processes import free_port
from strangler.project import Address
from strangler.project_reader import load_project
from strangler_gateway.admin.client import AdminClient
from strangler_gateway.envoy_engine.envoy_files import EnvoyFiles
from strangler_gateway.envoy_engine.process import end_left
from tests.faults.test_v2_killed import application
from tests.gateway.process.test_server import GATEWAY, process
from tests.gateway.running import PROJECT

ENGINE = ("--engine", "envoy")


@dataclass(frozen=True, slots=True)
class Rig:
    """The project, the ports of the applications that `rig` knows, and Envoy's place."""

    project: Path
    ports: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def front(self) -> Address:
        """Where clients connect."""
        listen = load_project(self.project).gateway.listen
        assert listen is not None
        return listen

    @property
    def place(self) -> EnvoyFiles:
        """Where Envoy's files are."""
        return EnvoyFiles.in_folder(self.project.parent / ".strangler" / "envoy")

    @contextmanager
    def gateway(self, *more: str, scheme: str = "http") -> Generator[tuple[subprocess.Popen[str], AdminClient]]:
        """Run the process beside Envoy; it is killed at the end, unless it has ended."""
        with process(self.project, *ENGINE, *more, scheme=scheme) as running:
            yield running


def application_of(rig: Rig, name: str) -> ExitStack:
    """Run one of the applications until the stack is closed."""
    stack = ExitStack()
    stack.enter_context(application(rig.ports[name], name))
    return stack


@contextmanager
def rig(folder: Path, share: float = 0) -> Generator[Rig]:
    """Make a project with two applications that run; an Envoy that is left at the end is ended."""
    ports = {"v1": free_port(), "v2": free_port()}
    path = project(folder, f"http://127.0.0.1:{ports['v1']}", f"http://127.0.0.1:{ports['v2']}", share)
    with application(ports["v1"], "v1"), running(path, ports) as made:
        yield made


def project(folder: Path, v1: str, v2: str, share: float = 0) -> Path:
    """Write a project with two applications."""
    path = folder / "strangler.toml"
    text = PROJECT.format(v1=v1, v2=v2, share=share) + GATEWAY.format(data=free_port(), admin=free_port())
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def running(path: Path, ports: dict[str, int] | None = None) -> Generator[Rig]:
    """Give what runs the gateway of a project; an Envoy that is left at the end is ended."""
    made = Rig(path, ports or {})
    try:
        yield made
    finally:
        end_left(made.place)


def envoy_pid(made: Rig) -> int:
    """Return the process at the other end of Envoy's socket."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(str(made.place.socket))
        credentials = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", credentials)[0]


def ended(gateway: subprocess.Popen[str]) -> int:
    """Tell a gateway to end, and return with which status it did."""
    gateway.send_signal(signal.SIGTERM)
    return gateway.wait(40)


@dataclass(slots=True)
class Readers:
    """Reads by many users on kept connections; `answers` counts what came, by status and body."""

    front: Address
    fields: bytes = b""
    answers: Counter[tuple[int, str]] = field(default_factory=Counter[tuple[int, str]])
    failures: list[str] = field(default_factory=list[str])
    _users: count[int] = field(default_factory=count)

    async def read(self) -> None:
        """Read until cancelled; a connection that is closed between two reads is made anew, as clients do."""
        while True:
            reader, writer = await asyncio.open_connection(self.front.host, self.front.port)
            try:
                while await self._once(reader, writer):
                    pass
            finally:
                writer.close()

    async def _once(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        user = next(self._users)
        writer.write(b"GET /reviews HTTP/1.1\r\nHost: shop\r\nX-User: %d\r\n%b\r\n" % (user, self.fields))
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            body = await reader.readexactly(int(fields.get(b"content-length", b"0")))
        except (OSError, asyncio.IncompleteReadError) as error:
            self.failures.append(repr(error))
            return False
        self.answers[int(head.split(b" ")[1]), body.decode()] += 1
        return fields.get(b"connection") != b"close"

    async def more(self, number: int) -> Counter[tuple[int, str]]:
        """Wait for some further answers, and return them."""
        before = Counter(self.answers)
        async with asyncio.timeout(60):
            while (new := self.answers - before).total() < number:  # noqa: ASYNC110 - readers tell nobody
                await asyncio.sleep(0.01)
        return new


@asynccontextmanager
async def readers(front: Address, number: int = 8, fields: bytes = b"") -> AsyncGenerator[Readers]:
    """Let some read at the same time; each request has the further `fields`."""
    made = Readers(front, fields)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(made.read()) for _ in range(number)]
        yield made
        for task in tasks:
            task.cancel()
