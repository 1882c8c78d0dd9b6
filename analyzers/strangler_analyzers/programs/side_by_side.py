"""The programs of one folder, each with its own source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from strangler_analyzers.program_source import ProgramSource
from strangler_analyzers.programs.cutting import is_whole, pieces
from strangler_analyzers.source.extraction import FileOutcome

SMALLEST = 5_000
"""Lines of a program that is worth being linked by itself."""


@dataclass(frozen=True, slots=True)
class Part:
    """A program and what was read of its files."""

    source: ProgramSource
    outcomes: list[FileOutcome]

    @property
    def size(self) -> int:
        """How much there is to link: the bytes of the trees."""
        return sum(len(outcome.data) for outcome in self.outcomes)


def may_be_several(source: ProgramSource) -> bool:
    """Whether a folder may hold several programs: whoever declares settings or a framework says that it is one."""
    monolith = source.monolith
    is_declared = any((monolith.framework, monolith.settings, monolith.urlconf))
    return not is_declared and not is_whole(source.discovery.files)


def parts_of(source: ProgramSource, outcomes: Sequence[FileOutcome]) -> list[Part]:
    """The programs of a folder; `outcomes` are those of its files."""
    if not may_be_several(source):
        return [Part(source, list(outcomes))]
    files = source.discovery.files
    found = pieces(files, [outcome.known_references() for outcome in outcomes], source.templates, SMALLEST)
    if len(found) == 1:
        return [Part(source, list(outcomes))]
    return [
        Part(
            ProgramSource(
                replace(source.discovery, files=tuple(files[position] for position in piece.files), skipped=()),
                tuple(source.templates[position] for position in piece.templates),
                source.monolith,
            ),
            [outcomes[position] for position in piece.files],
        )
        for piece in found
    ]
