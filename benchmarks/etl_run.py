"""Runs the copy of a project's service with lanes and chunks that the command line does not offer.

python -m benchmarks.etl_run LANES ROWS [EXECUTOR | TABLES]: the first chunks have so many rows, and so many tables are
copied at the same time.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from strangler.model.progress import SilentProgress
from strangler.project_reader import load_project
from strangler_etl.copying.backfill import backfill
from strangler_etl.migration import open_migration
from strangler_etl.run.executor import DaskExecutor, parse_executor
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings


def main(lanes: int, rows: int, executor: DaskExecutor | None = None, tables: int | None = None) -> None:
    """Copy the service `reviews` of the project in this folder."""
    with open_migration(load_project(Path()), "reviews", os.environ) as migration:
        backfill(migration, SilentProgress(), RunSettings(Pace(rows), lanes, executor=executor, tables=tables))


if __name__ == "__main__":
    further = sys.argv[3] if sys.argv[3:] else ""
    chosen = parse_executor(further) if further and not further.isdigit() else None
    main(int(sys.argv[1]), int(sys.argv[2]), chosen, int(further) if further.isdigit() else None)
