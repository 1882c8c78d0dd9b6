"""The steps of a plan that depend on the map, for people who look at a gateway.

Reading a map may take seconds. So a process of its own does it, never the one that carries traffic, and only when the
map, or what people wrote about it, has changed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import msgspec

from strangler.cli.questions import constraints_path
from strangler.cli.saved_graph import saved_store
from strangler.model.errors import StranglerError
from strangler.planner.migration_plan.reading import Readings, unknown
from strangler.planner.migration_plan.steps import Step
from strangler.project import Project

ByService = Mapping[str, Readings]
_Stamp = tuple[int, int]


@dataclass(slots=True)
class MapSteps:
    """The latest readings of the map; while it is read, or if it cannot be read, the reason why they are unknown."""

    config: Path
    _known: ByService = field(default_factory=dict[str, Readings])
    _why: str = "the map is being read"
    _of: Sequence[_Stamp] | None = None
    _child: _Child | None = None

    def readings(self, project: Project, service: str, steps: Sequence[Step]) -> Readings:
        """The steps of a service; changes are requested, but not waited for."""
        self._take()
        now = _stamps(project)
        if self._child is None and now != self._of:
            self._of = now
            self._child = _Child(self.config)
        known = self._known.get(service, {})
        return {step: known.get(step) or unknown(self._why) for step in steps}

    def _take(self) -> None:
        if self._child is None or not self._child.is_over():
            return
        found, self._child = self._child.said(), None
        self._known, self._why = ({}, found) if isinstance(found, str) else (found, "the map says nothing of it")


class _Child:
    """A process that reads the map and prints its readings."""

    def __init__(self, config: Path) -> None:
        # A pipe that nobody reads could fill up and block the process.
        self._said: IO[bytes] = TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "strangler.cli.map_reading", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=subprocess.DEVNULL,
        )

    def is_over(self) -> bool:
        return self._process.poll() is not None

    def said(self) -> ByService | str:
        """The readings of the map, or why it could not be read."""
        with self._said:
            self._said.seek(0)
            text = self._said.read()
        with suppress(msgspec.MsgspecError):
            return msgspec.json.decode(text, type=ByService | str)
        return "the map could not be read: strangler plan SERVICE says why"


def _stamps(project: Project) -> Sequence[_Stamp]:
    """The modification times and sizes of the map and the files beside it."""
    files = [project.folder / "strangler.toml", constraints_path(project.folder)]
    with suppress(StranglerError):
        files += [saved_store(folder).graph_path for folder in (project.folder, project.source_root)]
    found: list[_Stamp] = []
    for file in files:
        try:
            stat = file.stat()
        except OSError:
            found.append((0, 0))
        else:
            found.append((stat.st_mtime_ns, stat.st_size))
    return found
