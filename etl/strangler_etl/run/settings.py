"""The settings of a run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from strangler_etl.run.executor import DaskExecutor
from strangler_etl.run.pace import Pace
from strangler_etl.run.rate import Rate
from strangler_etl.run.throttle import Throttle

JOBS = 2
"""How many chunks are copied at the same time by default."""

MOST_REJECTS = 100

_WORTH_WITHOUT_KEYS = 100_000
"""Rows: for smaller tables, dropping keys and making them again takes as long as it saves."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """`pace` is that of the first chunks of each table; `jobs` chunks are copied at once where the engines can.

    `tables` tables are copied at the same time; None: as many as possible.

    With `indexes_last`, the secondary indexes of tables that are not begun are dropped until all rows are copied. Up to
    `most_rejects` rows of the service may be set aside because they do not fit.

    The keys of tables of about `keys_last` rows or more that are not begun are dropped until the tables are filled, or
    the keys are needed.

    `executor` copies the chunks, this process where it is None; a Dask cluster of our own has `jobs` workers.

    `clock` returns seconds. `throttle` makes the throttle from a function that returns the rate allowed now.
    """

    pace: Pace = field(default_factory=Pace)
    jobs: int = JOBS
    clock: Callable[[], float] = time.monotonic
    most_rejects: int = MOST_REJECTS
    indexes_last: bool = False
    keys_last: int = _WORTH_WITHOUT_KEYS
    executor: DaskExecutor | None = None
    throttle: Callable[[Callable[[], Rate | None]], Throttle] = Throttle
    tables: int | None = None
