"""The part of a Dask cluster that a run needs, with types: https://distributed.dask.org/en/stable/client.html."""

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
    """A submitted task."""

    @property
    def status(self) -> str:
        """``pending``, ``finished``, ``error``, ``cancelled`` or ``lost``."""
        ...

    def result(self) -> T_co:
        """Return the task's result, or raise its error."""
        ...

    def cancel(self) -> None:
        """Do not start the task any more; one that is running finishes."""
        ...

    def add_done_callback(self, heard: Callable[[Task[T_co]], None]) -> None:
        """Call a function, from another thread, when the task is over, however it ends."""
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
    """A connection to a scheduler that can be made again when it is lost; `made` makes it."""

    def __init__(self, made: Callable[[], _Client], address: str) -> None:
        self.address = address
        self.run = uuid4().hex
        """A unique id of this connection's run."""
        self._made = made
        self._client = made()
        self._preparing: list[Task[None]] = []

    @property
    def threads(self) -> int:
        """How many tasks the current workers run at the same time; 0 without workers."""
        try:
            return sum(self._client.nthreads().values())
        except (OSError, TimeoutError):
            return 0

    @property
    def connected(self) -> bool:
        """Whether the scheduler can still report what becomes of submitted tasks."""
        return self._client.status == "running"

    def submit(self, work: Callable[..., T], *arguments: object, key: str) -> Task[T]:
        """Let a worker call a function; `key` must be unique."""
        return self._client.submit(work, *arguments, key=key, pure=False)

    def prepare(self, work: Callable[..., None], *arguments: object) -> None:
        """Let each thread of the workers run something first; whether it failed shows in the tasks that follow."""
        for worker, threads in self._client.nthreads().items():
            self._preparing += [
                self._client.submit(work, *arguments, key=f"prepare-{uuid4().hex}", pure=False, workers=[worker])
                for _ in range(threads)
            ]

    def reconnect(self) -> None:
        """Connect again; UnavailableError when no scheduler answers, or no worker comes."""
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
    """Connect to a cluster, or start a temporary one with this many `workers`.

    Raises MissingExtraError without Dask, UnavailableError when no scheduler answers or it has no workers.
    """
    require_dask()
    # Dask logs workers that come and go; what matters of that shows in the outcome of the run.
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
