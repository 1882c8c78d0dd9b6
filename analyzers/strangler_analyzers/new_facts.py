"""Facts that are not known from a run before: read (parallel) -> moved, or link -> facts, kept for the next run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from strangler.model.progress import Progress
from strangler.model.system import SystemFacts
from strangler_analyzers.cache.results import Keys, Result, ResultCache
from strangler_analyzers.cache.trees import TreeCache
from strangler_analyzers.linking import link
from strangler_analyzers.program_source import ProgramSource
from strangler_analyzers.relocation import Relocation
from strangler_analyzers.source.extraction import FileOutcome, extraction_of, read_files, unpacked
from strangler_analyzers.source.moved_lines import MovedLines, moved_lines


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
    read = tuple(outcome.digest for outcome in outcomes)
    of_trees = source.key([outcome.data for outcome in outcomes])
    keys = Keys(source.key(read), of_trees, source.key(()), read)
    results = ResultCache.open(cache)
    facts = _known(results.last(), keys, source, trees, outcomes)
    del trees  # Its packed trees would stay in memory beside the trees that are linked.
    facts = facts or _linked(source, outcomes, progress)
    results.save(keys, facts)
    return facts


def _known(
    last: Result | None, keys: Keys, source: ProgramSource, trees: TreeCache, outcomes: Sequence[FileOutcome]
) -> SystemFacts | None:
    """The facts of the last run, where nothing that counts has changed since but the lines the code stands on."""
    if last is None:
        return None
    if last.keys.trees == keys.trees:
        return last.facts()
    if last.keys.others != keys.others:
        return None
    moves: dict[str, MovedLines] = {}
    for file, digest, outcome in zip(source.discovery.files, last.keys.files, outcomes, strict=True):
        before = outcome.data if digest == outcome.digest else trees.known.get(digest)
        if before != outcome.data:
            moved = None if isinstance(before, str | None) else _moved(before, outcome.data)
            if moved is None:
                return None
            moves[file.file] = moved
    facts = last.facts()
    return None if facts is None else Relocation(moves).facts(facts)


def _moved(before: bytes, after: bytes | str) -> MovedLines | None:
    return None if isinstance(after, str) else moved_lines(unpacked(before), unpacked(after))


def _outcome(trees: TreeCache, digest: bytes) -> FileOutcome | None:
    data = trees.known.get(digest)
    return None if data is None else FileOutcome(digest, data)


def _linked(source: ProgramSource, outcomes: list[FileOutcome], progress: Progress) -> SystemFacts:
    """The facts of what was read; takes the outcomes out of the list, which would stay in memory all the while."""
    extraction = extraction_of(source.discovery.files, outcomes, source.templates)
    outcomes.clear()
    return link(extraction, source.discovery.skipped, source.discovery.name, source.monolith, progress)
