"""The analysis from a folder to `SystemFacts`.

discover -> digest -> (facts of the last run?) -> read (parallel) -> link -> facts
"""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache as once
from pathlib import Path

from strangler.model.progress import Progress
from strangler.model.system import SystemFacts
from strangler.project import Monolith
from strangler_analyzers.cache.results import ResultCache
from strangler_analyzers.program_source import ProgramSource
from strangler_analyzers.source.content import digest_of_file
from strangler_analyzers.source.discovery import discover
from strangler_analyzers.source.templates import read_templates

_RECURSION_LIMIT = 5_000
_UNDECLARED = Monolith()


def analyze(
    root: Path,
    progress: Progress,
    *,
    workers: int | None = None,
    monolith: Monolith = _UNDECLARED,
    cache: Path | None = None,
) -> SystemFacts:
    """Everything known of the monolith below `root`.

    Nothing of the monolith is imported or executed. `workers` (default: the number of cores) changes the time, never
    the result; nor does what is left in the folder `cache` by runs before. What `monolith` says of the web framework,
    its settings and its URLs goes before what would be found; what it excludes is left out.

    Raises InputError when `root` does not exist, can not be read or holds no Python.
    """
    with _interpreter_settings():
        discovery = discover(root, monolith.exclude)
        source = ProgramSource(discovery, read_templates(discovery.templates), monolith)
        digests = [digest_of_file(file.path) for file in discovery.files] if cache is not None else []
        if cache is not None:
            known = ResultCache.open(cache).find(source.key(digests))
            if known is not None:
                return known
        from strangler_analyzers.new_facts import new_facts  # noqa: PLC0415 - half a second that a known answer spares

        return new_facts(source, progress, workers, cache, digests)


@contextmanager
def _interpreter_settings() -> Generator[None]:
    """Hundreds of thousands of small immutable objects: a collector only walks them in vain, also when Python ends.

    The resolver bounds its own depth (`recursion.MAX_DEPTH`), at up to twenty interpreter frames a level.
    """
    enabled, limit = gc.isenabled(), sys.getrecursionlimit()
    gc.disable()
    _spare_last_collection()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if enabled:
            gc.freeze()  # Frozen and thawed all objects count as old: what comes next need not walk them at once.
            gc.unfreeze()
            gc.enable()


@once
def _spare_last_collection() -> None:
    """An interpreter collects once more before it ends: a twentieth of the time of an analysis that links."""
    atexit.register(gc.freeze)
