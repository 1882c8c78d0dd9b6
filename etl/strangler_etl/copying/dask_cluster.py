"""A Dask cluster as far as a run needs it, with types: https://distributed.dask.org/en/stable/client.html."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, TypeVar
from uuid import uuid4

from strangler.model.errors import MissingExtraError, UnavailableError
from strangler_etl.run.executor import DaskExecutor

CONNECT_SECONDS = 10.0

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Task(Protocol[T_co]):
    """Something that was submitted."""

    @property
    def status(self) -> str:
        """``pending``, ``finished``, ``error``, ``cancelled`` or ``lost``."""
        ...

    def result(self) -> T_co:
        """Return what came out of it, or raise what did."""
        ...

    def cancel(self) -> None:
        """Begin it no more; one that is under way goes on to its end."""
        ...

    def add_done_callback(self, heard: Callable[[Task[T_co]], None]) -> None:
        """Call a function from another thread when it is over, however it ends."""
        ...


class _Client(Protocol):
    status: str

    def submit(
        self, work: Callable[..., T], *arguments: object, key: str, pure: bool, workers: Sequence[str] | None = None
    ) -> Task[T]: ...

    def nthreads(self) -> Mapping[str, int]: ...

    def wait_for_workers(self, number: int, timeout: float) -> None: ...

    def close(self, timeout: float = ...) -> None: ...


class _LocalCluster(Protocol):
    scheduler_address: str

    def close(self) -> None: ...


class DaskCluster:
    """A connection to a scheduler, made anew where it is lost; `made` says how."""

    def __init__(self, made: Callable[[], _Client], address: str) -> None:
        self.address = address
        self.run = uuid4().hex
        """What is like no other, for as long as somebody is connected."""
        self._made = made
        self._client = made()
        self._preparing: list[Task[None]] = []

    @property
    def threads(self) -> int:
        """How many tasks the workers there are do at the same time; 0 where there are none."""
        try:
            return sum(self._client.nthreads().values())
        except (OSError, TimeoutError):
            return 0

    @property
    def connected(self) -> bool:
        """Whether what was submitted will be heard of."""
        return self._client.status == "running"

    def submit(self, work: Callable[..., T], *arguments: object, key: str) -> Task[T]:
        """Let a worker do something; `key` is like no other."""
        return self._client.submit(work, *arguments, key=key, pure=False)

    def prepare(self, work: Callable[..., None], *arguments: object) -> None:
        """Let each thread of the workers do something first; what comes then tells whether it could."""
        for worker, threads in self._client.nthreads().items():
            self._preparing += [
                self._client.submit(work, *arguments, key=f"prepare-{uuid4().hex}", pure=False, workers=[worker])
                for _ in range(threads)
            ]

    def reconnect(self) -> None:
        """Connect anew; UnavailableError where nobody is there, or no worker comes."""
        self.close()
        self._client = self._made()

    def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(OSError, TimeoutError, RuntimeError):
            self._client.close(timeout=1)


def require_dask() -> None:
    """Raise MissingExtraError without Dask."""
    if find_spec("distributed") is None:
        raise MissingExtraError("the executor dask", "dask", "distributed")


@contextmanager
def opened_cluster(executor: DaskExecutor, workers: int) -> Generator[DaskCluster]:
    """Connect to a cluster, or make one of so many `workers` for the time being.

    MissingExtraError without Dask, UnavailableError where no scheduler answers or none of its workers.
    """
    require_dask()
    # What it says of workers that come and go is told by what becomes of the run.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with _address_of(executor, workers) as address:
        cluster = DaskCluster(lambda: _connected(address), address)
        try:
            yield cluster
        finally:
            cluster.close()


@contextmanager
def _address_of(executor: DaskExecutor, workers: int) -> Generator[str]:
    if executor.address is not None:
        yield executor.address
        return
    made: Callable[..., _LocalCluster] = import_module("distributed").LocalCluster
    local = made(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=logging.CRITICAL
    )
    try:
        yield local.scheduler_address
    finally:
        local.close()


def _connected(address: str) -> _Client:
    made: Callable[..., _Client] = import_module("distributed").Client
    try:
        client = made(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise UnavailableError(f"no scheduler answers: {error}", where=address) from error
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError) as error:
        client.close(timeout=1)
        raise UnavailableError("the scheduler has no workers", where=address) from error
    return client
