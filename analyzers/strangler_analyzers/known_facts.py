"""Reuses the facts of the last run if nothing has changed, or only line numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from strangler.model.system import SystemFacts
from strangler_analyzers.cache.results import Keys, Result
from strangler_analyzers.cache.trees import TreeCache
from strangler_analyzers.frameworks.django.templates.outline import outlines
from strangler_analyzers.program_source import ProgramSource
from strangler_analyzers.relocation import Relocation
from strangler_analyzers.source.extraction import FileOutcome, unpacked
from strangler_analyzers.source.moved_lines import MovedLines, moved, moved_lines


def keys_of(source: ProgramSource, outcomes: Sequence[FileOutcome], last: Result | None) -> Keys:
    """The cache keys of a program's facts, from the outcomes of its files."""
    read = tuple(outcome.digest for outcome in outcomes)
    of_trees = source.key([outcome.data for outcome in outcomes])
    shapes = outlines(source.templates, () if last is None else last.keys.templates)
    return Keys(source.key(read), of_trees, source.outside_contents(), read, shapes)


def known_facts(
    last: Result | None, keys: Keys, source: ProgramSource, trees: TreeCache, outcomes: Sequence[FileOutcome]
) -> SystemFacts | None:
    """The facts of the last run, if nothing relevant has changed since except line numbers; else None."""
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
    """The templates whose text has changed, each with its moved lines, or None if more than lines changed."""
    for template, before, after in zip(source.templates, last.templates, keys.templates, strict=True):
        if before.text != after.text:
            same = before.tags == after.tags
            yield template.file, moved(zip(before.lines, after.lines, strict=True)) if same else None


def _moved_files(
    source: ProgramSource, last: Keys, trees: TreeCache, outcomes: Sequence[FileOutcome]
) -> Iterator[tuple[str, MovedLines | None]]:
    """The source files whose trees have changed, each with its moved lines or None."""
    for file, digest, outcome in zip(source.discovery.files, last.files, outcomes, strict=True):
        before = outcome.data if digest == outcome.digest else trees.known.get(digest)
        if before != outcome.data:
            match before, outcome.data:
                case bytes(), bytes() as after:
                    yield file.file, moved_lines(unpacked(before), unpacked(after))
                case _:
                    yield file.file, None
