"""The analysis from a folder to `SystemFacts`.

discover -> digest -> (facts of the last run?) -> read (parallel) -> link -> facts
"""

from __future__ import annotations

from pathlib import Path

from strangler.model.progress import Progress
from strangler.model.system import SystemFacts
from strangler.project import Monolith
from strangler_analyzers.cache.results import ResultCache
from strangler_analyzers.interpreter import interpreter_settings
from strangler_analyzers.program_source import ProgramSource
from strangler_analyzers.source.content import digest_of_file
from strangler_analyzers.source.discovery import discover
from strangler_analyzers.source.documents import read_documents
from strangler_analyzers.source.templates import read_templates

_UNDECLARED = Monolith()


def analyze(
    root: Path,
    progress: Progress,
    *,
    workers: int | None = None,
    monolith: Monolith = _UNDECLARED,
    cache: Path | None = None,
) -> SystemFacts:
    """Analyse the monolith below `root`.

    Nothing of the monolith is imported or executed. `workers` (default: the number of cores) changes the time, never
    the result; nor does the content of the folder `cache` from earlier runs. The web framework, settings and URLs that
    `monolith` declares take precedence over detected ones; what it excludes is left out.

    Raises InputError if `root` does not exist, cannot be read or holds no Python.
    """
    with interpreter_settings():
        discovery = discover(root, monolith.exclude)
        documents = read_documents(discovery.documents)
        source = ProgramSource(discovery, read_templates(discovery.templates), monolith, documents)
        digests = [digest_of_file(file.path) for file in discovery.files] if cache is not None else []
        if cache is not None:
            known = ResultCache.open(cache).find(source.key(digests))
            if known is not None:
                return known
        from strangler_analyzers.new_facts import new_facts  # noqa: PLC0415 - half a second that a known answer spares

        return new_facts(source, progress, workers, cache, digests)
