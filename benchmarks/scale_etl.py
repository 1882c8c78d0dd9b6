"""How far the copy goes: by the workers of a Dask cluster on this machine, beside a run of its own.

`benchmarks.scale` has it with the rest. The same chunks in as many lanes as there are workers, from one PostgreSQL
database to another on one server; the cluster is there before, as it would be. A run begins its own process, and
connects to the scheduler: all of that is in its time. It costs the same for any size, so a quick measurement has fewer
rounds and as many rows.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.etl import Place, costs_of, prepared, variant
from benchmarks.etl_stage import stage
from benchmarks.metric import Metric
from strangler_etl.copying.dask_cluster import opened_cluster, require_dask
from strangler_etl.run.executor import DaskExecutor

FIRST_CHUNK = "5000"


def copies(rows: int, rounds: int) -> list[Metric]:
    """Measure; UnavailableError without PostgreSQL, MissingExtraError without Dask."""
    require_dask()
    with tempfile.TemporaryDirectory() as folder, stage(rows, Path(folder)) as full:
        place = prepared(full, Path(folder))
        return [one for workers in (1, 2) for one in _beside(place, workers, rounds)]


def _beside(place: Place, workers: int, rounds: int) -> Iterator[Metric]:
    """Yield the seconds of both, and their rows a second."""
    module = [sys.executable, "-m", "benchmarks.etl_run", str(workers), FIRST_CHUNK]
    with opened_cluster(DaskExecutor(), workers) as cluster:
        executor = "dask://" + cluster.address.rpartition("//")[2]
        rivals = [variant("ours plain", module), variant("ours by dask", [*module, executor])]
        costs = costs_of(place, "same", rivals, rounds)
    dask, plain = ([cost.wall for cost in costs[rival.name]] for rival in reversed(rivals))
    name = "dask_overhead" if workers == 1 else f"dask_{workers}_workers"
    yield Metric(name, "plain", "<= 1.15" if workers == 1 else "printed", "s", dask, plain)
    rows = place.stage.rows
    speeds = ([rows / seconds for seconds in dask], [rows / seconds for seconds in plain])
    yield Metric(f"rows_{workers}", "plain", "printed", "rows/s", *speeds)
