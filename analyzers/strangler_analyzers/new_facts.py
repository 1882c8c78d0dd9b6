"""Facts that are not known from a run before: read (parallel) -> link -> facts, kept for the next run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from strangler.model.progress import Progress
from strangler.model.system import SystemFacts
from strangler_analyzers.cache.results import ResultCache
from strangler_analyzers.cache.trees import TreeCache
from strangler_analyzers.linking import link
from strangler_analyzers.program_source import ProgramSource
from strangler_analyzers.source.extraction import FileOutcome, extraction_of, read_files


def new_facts(
    source: ProgramSource, progress: Progress, workers: int | None, cache: Path | None, digests: Sequence[bytes]
) -> SystemFacts:
    """The facts of a program whose files have these digests, where there is a cache.

    Raises InputError when the source does not hold a module that is declared.
    """
    files = source.discovery.files
    if cache is None:
        return _linked(source, read_files(files, progress, workers), progress)
    trees = TreeCache.open(cache)
    outcomes = read_files(files, progress, workers, [_outcome(trees, digest) for digest in digests])
    trees.save((outcome.digest, outcome.data) for outcome in outcomes)
    del trees  # Its packed trees would stay in memory beside the trees that are linked.
    of_contents = source.key([outcome.digest for outcome in outcomes])
    of_trees = source.key([outcome.data for outcome in outcomes])
    results = ResultCache.open(cache)
    facts = results.find(of_trees) or _linked(source, outcomes, progress)
    results.save(of_contents, of_trees, facts)
    return facts


def _outcome(trees: TreeCache, digest: bytes) -> FileOutcome | None:
    data = trees.known.get(digest)
    return None if data is None else FileOutcome(digest, data)


def _linked(source: ProgramSource, outcomes: list[FileOutcome], progress: Progress) -> SystemFacts:
    """The facts of what was read; takes the outcomes out of the list, which would stay in memory all the while."""
    extraction = extraction_of(source.discovery.files, outcomes, source.templates)
    outcomes.clear()
    return link(extraction, source.discovery.skipped, source.discovery.name, source.monolith, progress)
