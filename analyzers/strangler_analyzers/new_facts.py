"""Facts not known from an earlier run: read (parallel) -> separate programs -> move lines, or link -> store."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from strangler.model.progress import Progress
from strangler.model.system import SystemFacts
from strangler_analyzers.cache.results import Keys, ResultCache, key_of, unpacked_facts
from strangler_analyzers.cache.trees import TreeCache
from strangler_analyzers.known_facts import keys_of, known_facts
from strangler_analyzers.linking import link
from strangler_analyzers.program_source import ProgramSource
from strangler_analyzers.programs.linking_apart import linked_apart
from strangler_analyzers.programs.merging import merged
from strangler_analyzers.programs.remembered_references import RememberedReferences
from strangler_analyzers.programs.side_by_side import Part, may_be_several, parts_of
from strangler_analyzers.source.extraction import FileOutcome, extraction_of, read_files, with_references

_PROGRAMS = "programs"
"""The cache folder with a result for each of several programs."""


def new_facts(
    source: ProgramSource, progress: Progress, workers: int | None, cache: Path | None, digests: Sequence[bytes]
) -> SystemFacts:
    """The facts of all programs of a folder; `digests` are those of its files, used only with a `cache` folder.

    Raises InputError if the source does not contain a declared module, UnavailableError if the system kills a worker.
    """
    if cache is not None:
        return _remembered(source, progress, workers, cache, digests)
    outcomes = read_files(source.discovery.files, progress, workers, refer=may_be_several(source))
    parts = parts_of(source, outcomes)
    outcomes.clear()
    if len(parts) == 1:
        return _linked(parts[0], progress)
    packed = [facts for _, facts in linked_apart(parts, progress, workers)]
    return merged(source.discovery.name, source.discovery.skipped, [unpacked_facts(facts) for facts in packed])


def _remembered(
    source: ProgramSource, progress: Progress, workers: int | None, cache: Path, digests: Sequence[bytes]
) -> SystemFacts:
    """The facts, with the help of the results of earlier runs."""
    trees, outcomes = _read(source, progress, workers, cache, digests)
    results = ResultCache.open(cache)
    last = results.last()
    keys = keys_of(source, outcomes, last)
    facts = last.facts() if last is not None and last.keys.trees == keys.trees else None
    if facts is None:
        parts = parts_of(source, outcomes)
        if len(parts) == 1:
            shutil.rmtree(cache / _PROGRAMS, ignore_errors=True)
            facts = known_facts(last, keys, source, trees, outcomes)
        outcomes.clear()
        del last  # Its packed content would stay in memory next to the trees that are linked.
        if len(parts) > 1:
            programs = _programs(parts, cache / _PROGRAMS, trees)
            del trees
            found = list(_facts(programs, progress, workers))
            facts = merged(source.discovery.name, source.discovery.skipped, found)
        else:
            del trees
            facts = facts or _linked(parts[0], progress)
    results.save(keys, facts)
    return facts


def _read(
    source: ProgramSource, progress: Progress, workers: int | None, cache: Path, digests: Sequence[bytes]
) -> tuple[TreeCache, list[FileOutcome]]:
    """The cached trees, and the outcomes of all files, which are stored for the next run."""
    trees, refer = TreeCache.open(cache), may_be_several(source)
    references = RememberedReferences.open(cache)

    def outcome(digest: bytes) -> FileOutcome | None:
        data = trees.known.get(digest)
        return None if data is None else FileOutcome(digest, data, references.known.get(digest, b""))

    known = [outcome(digest) for digest in digests]
    outcomes = read_files(source.discovery.files, progress, workers, known, refer=refer)
    trees.save((read.digest, read.data) for read in outcomes)
    if refer:
        outcomes = [with_references(read) for read in outcomes]
        references.save((read.digest, read.references) for read in outcomes)
    return trees, outcomes


def _linked(part: Part, progress: Progress) -> SystemFacts:
    """The facts of a program; removes the outcomes from their list, which would otherwise stay in memory throughout."""
    found = part.source.discovery
    extraction = extraction_of(found.files, part.outcomes, part.source.templates, part.source.documents)
    part.outcomes.clear()
    return link(extraction, found.skipped, found.name, part.source.monolith, progress)


@dataclass(frozen=True, slots=True)
class _Program:
    """One of several programs, with the location of its cached result, and the last run's facts if still valid."""

    part: Part
    results: ResultCache
    keys: Keys
    known: SystemFacts | None


def _programs(parts: Sequence[Part], folder: Path, trees: TreeCache) -> list[_Program]:
    """The programs with their results from the last run; results of other programs are deleted."""
    found: list[_Program] = []
    places = [folder / key_of(part.source.discovery.files[0].module).hex() for part in parts]
    for part, place in zip(parts, places, strict=True):
        results = ResultCache.open(place)
        last = results.last()
        keys = keys_of(part.source, part.outcomes, last)
        known = known_facts(last, keys, part.source, trees, part.outcomes)
        if known is not None and last is not None and last.keys != keys:
            results.save(keys, known)
        found.append(_Program(part, results, keys, known))
    _forget_others(folder, places)
    return found


def _forget_others(folder: Path, places: Iterable[Path]) -> None:
    with suppress(OSError):
        for place in set(folder.iterdir()) - set(places):
            shutil.rmtree(place, ignore_errors=True)


def _facts(programs: Sequence[_Program], progress: Progress, workers: int | None) -> Iterator[SystemFacts]:
    """The facts of the programs in any order; newly linked ones are stored for the next run."""
    yield from (program.known for program in programs if program.known is not None)
    missing = [program for program in programs if program.known is None]
    if len(missing) == 1:
        facts = _linked(missing[0].part, progress)
        missing[0].results.save(missing[0].keys, facts)
        yield facts
        return
    packed: list[bytes] = []
    by_part = {id(program.part): program for program in missing}
    for part, facts in linked_apart([program.part for program in missing], progress, workers):
        by_part[id(part)].results.save_packed(by_part[id(part)].keys, (facts,))
        packed.append(facts)
    yield from map(unpacked_facts, packed)
