"""The analysis from a folder to `SystemFacts`.

discover -> digest -> (facts of the last run?) -> read (parallel) -> link -> facts
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from strangler.model.progress import Progress
from strangler.model.system import SystemFacts
from strangler.project import Monolith
from strangler_analyzers.cache.results import ResultCache, key_of
from strangler_analyzers.cache.trees import TreeCache
from strangler_analyzers.source.discovery import Discovery, discover
from strangler_analyzers.source.extraction import FileOutcome, digest_of_file, extraction_of, read_files
from strangler_analyzers.source.templates import Template, read_templates

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
    its settings and its URLs goes before what would be found.

    Raises InputError when `root` does not exist, can not be read or holds no Python.
    """
    with _interpreter_settings():
        discovery = discover(root)
        templates = read_templates(discovery.templates)
        if cache is None:
            outcomes = read_files(discovery.files, progress, workers)
            return _linked(discovery, outcomes, templates, monolith, progress)
        return _remembered(discovery, templates, monolith, cache, progress, workers)


def _remembered(  # noqa: PLR0913, PLR0917 - everything the facts are found from
    discovery: Discovery,
    templates: tuple[Template, ...],
    monolith: Monolith,
    folder: Path,
    progress: Progress,
    workers: int | None,
) -> SystemFacts:
    """The facts of the last run where nothing has changed since, else new ones, which are then kept."""
    results = ResultCache.open(folder)
    digests = [digest_of_file(source.path) for source in discovery.files]
    known = results.find(_key(discovery, templates, monolith, digests))
    if known is not None:
        return known
    trees = TreeCache.open(folder)
    outcomes = read_files(discovery.files, progress, workers, [_outcome(trees, digest) for digest in digests])
    trees.save((outcome.digest, outcome.data) for outcome in outcomes)
    del trees  # Its packed trees would stay in memory beside the trees that are linked.
    of_contents = _key(discovery, templates, monolith, [outcome.digest for outcome in outcomes])
    of_trees = _key(discovery, templates, monolith, [outcome.data for outcome in outcomes])
    facts = results.find(of_trees) or _linked(discovery, outcomes, templates, monolith, progress)
    results.save(of_contents, of_trees, facts)
    return facts


def _outcome(trees: TreeCache, digest: bytes) -> FileOutcome | None:
    data = trees.known.get(digest)
    return None if data is None else FileOutcome(digest, data)


def _key(
    discovery: Discovery, templates: tuple[Template, ...], monolith: Monolith, contents: Sequence[bytes | str]
) -> bytes:
    """Everything the facts are found from: names and roles of the files, what is in them, what the user declares."""
    files = [(source.module, source.file, source.is_package, source.role) for source in discovery.files]
    declared = (monolith.framework, monolith.settings, monolith.urlconf)
    texts = [(template.name, template.file, template.text) for template in templates]
    return key_of(discovery.name, discovery.skipped, declared, files, contents, texts)


def _linked(
    discovery: Discovery,
    outcomes: list[FileOutcome],
    templates: tuple[Template, ...],
    monolith: Monolith,
    progress: Progress,
) -> SystemFacts:
    """The facts of what was read; takes the outcomes out of the list, which would stay in memory all the while."""
    from strangler_analyzers.linking import link  # noqa: PLC0415 - a third of a second that a cached answer spares

    extraction = extraction_of(discovery.files, outcomes, templates)
    outcomes.clear()
    return link(extraction, discovery.skipped, discovery.name, monolith, progress)


@contextmanager
def _interpreter_settings() -> Generator[None]:
    """Hundreds of thousands of small immutable objects: a collector only walks them in vain.

    The resolver bounds its own depth (`recursion.MAX_DEPTH`), at up to twenty interpreter frames a level.
    """
    enabled, limit = gc.isenabled(), sys.getrecursionlimit()
    gc.disable()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if enabled:
            gc.freeze()  # Frozen and thawed all objects count as old: what comes next need not walk them at once.
            gc.unfreeze()
            gc.enable()
