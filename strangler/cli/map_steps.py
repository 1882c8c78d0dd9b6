"""The steps of a plan that the map tells of, for a gateway that is looked at.

A map may take seconds to read: that is done by a process of its own, never by the one that carries bytes, and only
when the map or what people wrote about it has changed.
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
    """What the map said when it was read last; while it is read, and where it can not be, why nobody knows."""

    config: Path
    _known: ByService = field(default_factory=dict[str, Readings])
    _why: str = "the map is being read"
    _of: Sequence[_Stamp] | None = None
    _child: _Child | None = None

    def readings(self, project: Project, service: str, steps: Sequence[Step]) -> Readings:
        """The steps of a service; asks for what has changed, and does not wait for it."""
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
    """A process that reads the map and prints what it says."""

    def __init__(self, config: Path) -> None:
        # A pipe that nobody reads could fill up and hold the process.
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
        """What the map says, or why it could not be read."""
        with self._said:
            self._said.seek(0)
            text = self._said.read()
        with suppress(msgspec.MsgspecError):
            return msgspec.json.decode(text, type=ByService | str)
        return "the map could not be read: strangler plan SERVICE says why"


def _stamps(project: Project) -> Sequence[_Stamp]:
    """When the map and the files beside it were written last, and their sizes."""
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
