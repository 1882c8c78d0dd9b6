"""A process that reads the map and prints, as JSON, its readings for every service's plan, or why it cannot."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from strangler.cli.plan_sources import look_at_map
from strangler.cli.relative_paths import from_here
from strangler.model.errors import StranglerError
from strangler.planner.migration_plan.reading import Readings
from strangler.project_reader import load_project

BEHIND = 10
"""The niceness: processes that carry traffic on this host have priority."""


def main(config: Path) -> None:
    """Read the map of a project."""
    os.nice(BEHIND)
    sys.stdout.buffer.write(msgspec.json.encode(_said(config)))


def _said(config: Path) -> dict[str, Readings] | str:
    try:
        project = load_project(config)
        return look_at_map(project, project.services.values())
    except StranglerError as error:
        return from_here(str(error))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
