"""The worker processes that take requests; starts a new one whenever one ends."""

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
"""How long a worker may take to confirm an order before it is replaced."""
CONFIRM_SECONDS = 4.5
"""How long all workers together may take to confirm; less than a `Fleet` waits."""
MOST_DELAY_SECONDS = 5.0
LIVED_SECONDS = 10.0
"""A worker that lived longer than this is restarted without delay."""

T = TypeVar("T")
Start = Callable[[int, int, str], WorkerStart]
"""Makes a `WorkerStart` from the descriptors of the admin and data listeners, and the token."""


@dataclass(slots=True, eq=False)
class Worker:
    """The place of one worker process, which successive processes take; `up` while one takes requests in it.

    `settled` is unset from the moment a process gets its `WorkerStart` until it takes requests: orders given in between
    have to wait and be sent to it. A process that is absent or still loading will get them with its start.
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
        """Return a new admin listener, with no connections of an earlier process."""
        self.path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self.path))
        listener.listen(64)
        return listener

    def kill(self) -> None:
        """Kill the process; another one takes its place."""
        self.up.clear()
        if self.process is not None and self.process.returncode is None:
            self.process.kill()


class _Absent:
    """The answer of a place without a process that takes requests."""


class Workers:
    """Starts workers that inherit the listener `data`, and replaces each that ends.

    `start` is called at each start, so that a new worker knows every order the supervisor has taken.
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
        """The process id of each worker that is up."""
        return tuple(w.process.pid for w in self.places if w.process is not None and w.up.is_set())

    async def all_up(self) -> None:
        """Wait until every worker takes requests."""
        await asyncio.gather(*(worker.up.wait() for worker in self.places))

    async def ask(self, order: str, ask: Callable[[AdminClient], T]) -> list[T]:
        """Return the answers of all workers that take requests, once each has confirmed.

        A worker that does not confirm is replaced. Its successor starts with everything the supervisor knows, this
        order included, so it is not waited for. UnavailableError when the others do not confirm within
        `CONFIRM_SECONDS`.
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
        """Return the answers of the workers that are up, by number; one that fails is left out, and not replaced."""
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
        """Let the workers finish their requests, and kill those that take longer than `seconds`."""
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
        # Each process gets an admin listener of its own: an order that one did not take must not reach the next.
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
