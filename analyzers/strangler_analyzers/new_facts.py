"""Facts that are not known from a run before: read (parallel) -> moved, or link -> facts, kept for the next run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from strangler.model.progress import Progress
from strangler.model.system import SystemFacts
from strangler_analyzers.cache.results import Keys, Result, ResultCache
from strangler_analyzers.cache.trees import TreeCache
from strangler_analyzers.frameworks.django.templates.outline import outlines
from strangler_analyzers.linking import link
from strangler_analyzers.program_source import ProgramSource
from strangler_analyzers.relocation import Relocation
from strangler_analyzers.source.extraction import FileOutcome, extraction_of, read_files, unpacked
from strangler_analyzers.source.moved_lines import MovedLines, moved, moved_lines


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
    results = ResultCache.open(cache)
    last = results.last()
    shapes = outlines(source.templates, () if last is None else last.keys.templates)
    keys = Keys(source.key(read), of_trees, source.outside_contents(), read, shapes)
    facts = _known(last, keys, source, trees, outcomes)
    del trees, last  # What is packed in them would stay in memory beside the trees that are linked.
    facts = facts or _linked(source, outcomes, progress)
    results.save(keys, facts)
    return facts


def _known(
    last: Result | None, keys: Keys, source: ProgramSource, trees: TreeCache, outcomes: Sequence[FileOutcome]
) -> SystemFacts | None:
    """The facts of the last run, where nothing that counts has changed since but the lines things stand on."""
    if last is None:
        return None
    if last.keys.trees == keys.trees:
        return last.facts()
    if last.keys.others != keys.others:
        return None
    moves: dict[str, MovedLines] = {}
    for file, move in chain(
        _moved_templates(source, last.keys, keys), _moved_files(source, last.keys, trees, outcomes)
    ):
        if move is None:
            return None
        moves[file] = move
    facts = last.facts()
    return None if facts is None else Relocation(moves).facts(facts)


def _moved_templates(source: ProgramSource, last: Keys, keys: Keys) -> Iterator[tuple[str, MovedLines | None]]:
    """The templates whose text has changed, each with where its lines have gone, if it says the same."""
    for template, before, after in zip(source.templates, last.templates, keys.templates, strict=True):
        if before.text != after.text:
            same = before.tags == after.tags
            yield template.file, moved(zip(before.lines, after.lines, strict=True)) if same else None


def _moved_files(
    source: ProgramSource, last: Keys, trees: TreeCache, outcomes: Sequence[FileOutcome]
) -> Iterator[tuple[str, MovedLines | None]]:
    """The same of the source files whose trees have changed."""
    for file, digest, outcome in zip(source.discovery.files, last.files, outcomes, strict=True):
        before = outcome.data if digest == outcome.digest else trees.known.get(digest)
        if before != outcome.data:
            match before, outcome.data:
                case bytes(), bytes() as after:
                    yield file.file, moved_lines(unpacked(before), unpacked(after))
                case _:
                    yield file.file, None


def _outcome(trees: TreeCache, digest: bytes) -> FileOutcome | None:
    data = trees.known.get(digest)
    return None if data is None else FileOutcome(digest, data)


def _linked(source: ProgramSource, outcomes: list[FileOutcome], progress: Progress) -> SystemFacts:
    """The facts of what was read; takes the outcomes out of the list, which would stay in memory all the while."""
    extraction = extraction_of(source.discovery.files, outcomes, source.templates)
    outcomes.clear()
    return link(extraction, source.discovery.skipped, source.discovery.name, source.monolith, progress)
