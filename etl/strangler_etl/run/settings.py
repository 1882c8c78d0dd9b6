"""How a run is made."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from strangler_etl.run.executor import DaskExecutor
from strangler_etl.run.pace import Pace
from strangler_etl.run.rate import Rate
from strangler_etl.run.throttle import Throttle

JOBS = 2
"""How many chunks are on their way at the same time, unless somebody says otherwise."""

MOST_REJECTS = 100

_WORTH_WITHOUT_KEYS = 100_000
"""Rows: with fewer of them, to take keys away and to make them again takes as long as it saves."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """`pace` is that of the first chunks of each table; `jobs` chunks are on their way at once where engines can.

    So many `tables` are copied at the same time, as many as can be where it is None.

    With `indexes_last` the secondary indexes of tables that are not begun are away until all are copied. So many as
    `most_rejects` rows of the service may be set aside because they do not fit.

    The keys of tables of about `keys_last` rows or more that are not begun are away until they are filled, or needed.

    `executor` is who copies them, this process where it is None; a Dask cluster of its own has `jobs` workers.

    `clock` is of seconds. `throttle` makes what slows the run down, from a function that says what is allowed now.
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
