"""The processes that take requests, and what keeps as many of them running as there should be."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec

from strangler.model.errors import StranglerError, UnavailableError
from strangler.project import Address
from strangler.secret import Secret
from strangler_gateway.admin.client import AdminClient
from strangler_gateway.process.worker_start import LOADED, READY, WorkerStart

logger = logging.getLogger(__name__)

ORDER_SECONDS = 2.0
"""How long a worker may take to confirm an order before another one takes its place."""
CONFIRM_SECONDS = 4.5
"""How long all of them may take; less than a `Fleet` waits."""
MOST_DELAY_SECONDS = 5.0
LIVED_SECONDS = 10.0
"""A worker that has lived for so long is started again without delay."""

T = TypeVar("T")
Start = Callable[[int, int, str], WorkerStart]
"""Makes what a worker is told, from its admin listener, the data listener and its token."""


@dataclass(slots=True, eq=False)
class Worker:
    """One place for a process; `up` while one takes requests in it.

    It is not `settled` while a process has been told what holds and takes no requests yet: what is ordered meanwhile it
    has to be told besides. A process that is not there or still loads will be told.
    """

    number: int
    path: Path
    client: AdminClient
    process: asyncio.subprocess.Process | None = None
    up: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.settled.set()

    def listening(self) -> socket.socket:
        """Return a new admin listener, to which nobody has spoken yet."""
        self.path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self.path))
        listener.listen(64)
        return listener

    def kill(self) -> None:
        """End the process at once; another one takes its place."""
        self.up.clear()
        if self.process is not None and self.process.returncode is None:
            self.process.kill()


class _Absent:
    """What is said in the place of a process that is not there."""


class Workers:
    """Starts workers on the inherited listener `data`, and whenever one ends another one with what holds then.

    `start` is asked at each start, so that a new worker knows every order the supervisor has taken.
    """

    def __init__(
        self, number: int, data: socket.socket, folder: Path, environment: Mapping[str, str], start: Start
    ) -> None:
        self._data = data
        self._environment = environment
        self._start = start
        self._token = secrets.token_urlsafe(32)
        self._ending = False
        self._keeping: list[asyncio.Task[None]] = []
        self.places = [self._place(place, folder) for place in range(number)]

    def begin(self) -> None:
        """Start every worker."""
        self._keeping = [asyncio.create_task(self._keep(worker)) for worker in self.places]

    @property
    def processes(self) -> tuple[int, ...]:
        """The process of each worker that is up."""
        return tuple(w.process.pid for w in self.places if w.process is not None and w.up.is_set())

    async def all_up(self) -> None:
        """Wait until every worker takes requests."""
        await asyncio.gather(*(worker.up.wait() for worker in self.places))

    async def ask(self, order: str, ask: Callable[[AdminClient], T]) -> list[T]:
        """Return the answers of all workers that take requests, once each has confirmed.

        A worker that does not confirm is replaced. Who takes its place, however long that may take, begins with what
        the supervisor knows, this order included, so it is not waited for. UnavailableError when the others are slow.
        """
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                answers = await asyncio.gather(*(self._ask(worker, ask) for worker in self.places))
                return [answer for answer in answers if not isinstance(answer, _Absent)]
        except TimeoutError:
            missing = ", ".join(str(worker.number) for worker in self.places if not worker.settled.is_set())
            raise UnavailableError(
                f"worker {missing or 'of this gateway'} did not confirm {order}", remedy="repeat the command"
            ) from None

    async def heard(self, ask: Callable[[AdminClient], T]) -> dict[int, T]:
        """Return what the workers say that are up and say something, by their number; none is replaced for it."""
        asked = {worker.number: asyncio.to_thread(ask, worker.client) for worker in self.places if worker.up.is_set()}
        answers = await asyncio.gather(*asked.values(), return_exceptions=True)
        heard: dict[int, T] = {}
        for number, answer in zip(asked, answers, strict=True):
            if isinstance(answer, StranglerError):
                logger.warning("worker %d is not heard: %s", number, answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                heard[number] = answer
        return heard

    async def end(self, seconds: float) -> None:
        """Let the workers end their requests, and end those that take longer than `seconds`."""
        self._ending = True
        for worker in self.places:
            if worker.process is not None and worker.process.returncode is None:
                worker.process.terminate()
        _, late = await asyncio.wait(self._keeping, timeout=seconds)
        for worker in self.places:
            worker.kill()
        if late:
            await asyncio.wait(late)
        for worker in self.places:
            worker.client.close()

    def _place(self, number: int, folder: Path) -> Worker:
        path = folder / f"{number}.sock"
        transport = httpx.HTTPTransport(uds=str(path))
        client = AdminClient(Address(f"worker-{number}", 1), Secret(self._token), ORDER_SECONDS, transport)
        return Worker(number, path, client)

    async def _ask(self, worker: Worker, ask: Callable[[AdminClient], T]) -> T | _Absent:
        while True:
            await worker.settled.wait()
            if not worker.up.is_set():
                return _Absent()
            asked = worker.process
            try:
                return await asyncio.to_thread(ask, worker.client)
            except StranglerError as error:
                logger.warning("worker %d is replaced: %s", worker.number, error)
                if worker.process is asked:
                    worker.kill()

    async def _keep(self, worker: Worker) -> None:
        delay = 0.0
        loop = asyncio.get_running_loop()
        while not self._ending:
            began = loop.time()
            await self._run(worker)
            worker.up.clear()
            if self._ending:
                return
            assert worker.process is not None
            logger.warning("worker %d has ended (%s) and is started again", worker.number, worker.process.returncode)
            lived = loop.time() - began
            delay = 0.0 if lived > LIVED_SECONDS or not delay else min(delay * 2, MOST_DELAY_SECONDS)
            await asyncio.sleep(delay)
            delay = delay or 0.1

    async def _run(self, worker: Worker) -> None:
        """Run one process until it ends."""
        # One of its own for each process, which alone has it: an order that one did not take must not reach the next.
        with worker.listening() as listener:
            fds = (listener.fileno(), self._data.fileno())
            worker.process = process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "strangler_gateway.process.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                pass_fds=fds,
                env=dict(self._environment),
            )
        assert process.stdin is not None
        assert process.stdout is not None
        if await process.stdout.readline() == LOADED:
            worker.settled.clear()
            with contextlib.suppress(ConnectionError):
                process.stdin.write(msgspec.json.encode(self._start(*fds, self._token)) + b"\n")
                await process.stdin.drain()
            if self._ending:
                process.terminate()
            if await process.stdout.readline() == READY:
                worker.up.set()
            worker.settled.set()
        await process.wait()
