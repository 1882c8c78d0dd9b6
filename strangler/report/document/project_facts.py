"""What a report tells besides the code: the changes, the progress of the migration, and where to begin."""

from __future__ import annotations

from dataclasses import dataclass

from strangler.model.migration import MigrationRecord
from strangler.report.document.beginning import Part
from strangler.report.document.comparison import Comparison
from strangler_analyzers.ratchet.baseline import Judgement


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """The facts of a project; None for one that is unknown, or not meant for everybody who gets the report."""

    comparison: Comparison | None = None
    record: MigrationRecord | None = None
    judgement: Judgement | None = None
    order: tuple[Part, ...] | None = None
    """The parts that could leave; None if weighing them would have taken too long."""


NOTHING_KNOWN = ProjectFacts()
"""The facts without a project file."""
