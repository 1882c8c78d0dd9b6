"""Splits the source in one folder into independent programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from strangler_analyzers.program_source import ProgramSource
from strangler_analyzers.programs.cutting import is_whole, pieces
from strangler_analyzers.source.extraction import FileOutcome

SMALLEST = 5_000
"""The lines from which a program is worth linking separately."""


@dataclass(frozen=True, slots=True)
class Part:
    """A program and the read outcomes of its files."""

    source: ProgramSource
    outcomes: list[FileOutcome]

    @property
    def size(self) -> int:
        """The amount to link: the size of the packed trees in bytes."""
        return sum(len(outcome.data) for outcome in self.outcomes)


def may_be_several(source: ProgramSource) -> bool:
    """Whether a folder may hold several programs; with declared settings or a declared framework it is a single one."""
    monolith = source.monolith
    is_declared = any((monolith.framework, monolith.settings, monolith.urlconf))
    return not is_declared and not is_whole(source.discovery.files)


def parts_of(source: ProgramSource, outcomes: Sequence[FileOutcome]) -> list[Part]:
    """The programs of a folder; `outcomes` are those of its files."""
    if not may_be_several(source):
        return [Part(source, list(outcomes))]
    files = source.discovery.files
    found = pieces(
        files, [outcome.known_references() for outcome in outcomes], source.templates, SMALLEST, source.documents
    )
    if len(found) == 1:
        return [Part(source, list(outcomes))]
    return [
        Part(
            ProgramSource(
                replace(source.discovery, files=tuple(files[position] for position in piece.files), skipped=()),
                tuple(source.templates[position] for position in piece.templates),
                source.monolith,
                source.documents,
            ),
            [outcomes[position] for position in piece.files],
        )
        for piece in found
    ]
