"""How far the copy goes: by the workers of a Dask cluster on this machine, beside a run of its own.

    python -m benchmarks.scale_etl [--quick] [--rows N] [--json]

The same chunks in as many lanes as there are workers, from one PostgreSQL database to another on one server; the
cluster is there before, as it would be. A run begins its own process, and connects to the scheduler.

Exits with 4 without PostgreSQL or Dask.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.etl import Place, costs_of, prepared, variant
from benchmarks.etl_stage import stage
from benchmarks.metric import Metric, as_json
from strangler.model.errors import UnavailableError
from strangler_etl.copying.dask_cluster import opened_cluster
from strangler_etl.run.executor import DaskExecutor

FIRST_CHUNK = "5000"


def main(arguments: list[str]) -> int:
    """Measure; 0, or 4 when something can not be had."""
    parser = argparse.ArgumentParser(description="Time the copy on Dask beside the plain one.")
    parser.add_argument("--quick", action="store_true", help="two rounds")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the start", file=sys.stderr)
    try:
        with tempfile.TemporaryDirectory() as folder, stage(options.rows, Path(folder)) as full:
            place = prepared(full, Path(folder))
            found = [one for workers in (1, 2) for one in _beside(place, workers, 2 if options.quick else 5)]
    except UnavailableError as error:
        print(f"skipped: {error}", file=sys.stderr)
        return 4
    print(as_json(found) if options.json else "\n".join(metric.line() for metric in found))
    return 0


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
