"""What a Dask worker does: it copies a chunk over connections it keeps, and returns the outcome as plain data."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from threading import local

from strangler.model.errors import StranglerError
from strangler_etl.copying.postgres_lanes import Lane, LaneErrand
from strangler_etl.errors import BackfillError, RowRefusedError, StalePositionError
from strangler_etl.migration import Addresses
from strangler_etl.postgres.database import PostgresDatabase
from strangler_etl.run.rate import Rate, RateUnit
from strangler_etl.run.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Copied:
    """The chunk is copied: `rows` rows of `size` bytes in all, in `seconds`."""

    rows: int
    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class AlreadyCopied:
    """The chunk was copied already, by a worker that was lost before it could report it."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The run, or a follower, has moved on; nothing was written."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row does not fit; nothing was written."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Something else went wrong, and nothing was written."""

    where: str
    what: str


Outcome = Copied | AlreadyCopied | Stale | Refused | Failed
"""Plain data, because errors with fields do not survive pickling."""


class _Counting(Throttle):
    """Counts bytes and slows nothing down: the run does that."""

    def __init__(self) -> None:
        super().__init__(_no_limit)
        self.size = 0

    def count(self, amount: int, unit: RateUnit) -> None:
        if unit is RateUnit.BYTES:
            self.size += amount


def _no_limit() -> Rate | None:
    return None


class _Kept(local):
    """The lane of each thread of a worker, for one run: connections of an earlier run may be broken by now."""

    run: str | None = None
    lane: Lane | None = None
    counting = _Counting()

    def lane_between(self, addresses: Addresses, run: str) -> Lane:
        if self.lane is None or self.run != run:
            self.drop()
            with PostgresDatabase(addresses.source) as source:
                login, address = source.login, source.address
            self.counting = _Counting()
            self.lane = Lane(login, address, addresses.target, self.counting)
            self.run = run
        return self.lane

    def drop(self) -> None:
        """Close the connections, which may be in a bad state."""
        lane, self.lane = self.lane, None
        if lane is not None:
            lane.close()


_kept = _Kept()


def get_ready(addresses: Addresses, run: str) -> None:
    """Import what a copy needs and connect; if that fails, the first chunk reports it."""
    with suppress(StranglerError):
        _kept.lane_between(addresses, run)


def copy_chunk(addresses: Addresses, errand: LaneErrand, run: str) -> Outcome:
    """Copy a chunk from a snapshot that another process holds open; doing it twice changes nothing."""
    try:
        lane = _kept.lane_between(addresses, run)
        before, begun = _kept.counting.size, time.monotonic()
        rows = lane.copy(errand)
        return Copied(rows, _kept.counting.size - before, time.monotonic() - begun)
    except StranglerError as error:
        _kept.drop()
        return _outcome(error)
    except BaseException:
        _kept.drop()
        raise


def _outcome(error: StranglerError) -> Outcome:
    match error:
        case StalePositionError():
            return Stale()
        case RowRefusedError():
            return Refused()
        case BackfillError():
            return AlreadyCopied()
        case _:
            return Failed(error.where or "", error.what)
