"""Whether a map is older than the source code it was made from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from strangler.project import Project
from strangler_analyzers.source.discovery import discover


def newer_than(graph: Path, project: Project) -> Sequence[str]:
    """The files of the monolith that changed after the map was written; OSError when the map does not exist."""
    written = graph.stat().st_mtime
    found = discover(project.source_root, project.monolith.exclude)
    return [file.file for file in found.files if _changed_since(file.path, written)]


def _changed_since(path: str, moment: float) -> bool:
    try:
        return os.stat(path).st_mtime > moment  # noqa: PTH116 - as analyze looks at files
    except OSError:
        return True
