"""What a report tells beside the code as it is: what has changed, how far the migration is, where to begin."""

from __future__ import annotations

from dataclasses import dataclass

from strangler.model.migration import MigrationRecord
from strangler.report.document.beginning import Part
from strangler.report.document.comparison import Comparison
from strangler_analyzers.ratchet.baseline import Judgement


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """None for what is not known, or not for everybody who gets the report."""

    comparison: Comparison | None = None
    record: MigrationRecord | None = None
    judgement: Judgement | None = None
    order: tuple[Part, ...] | None = None
    """The parts that could leave; None where weighing them would have taken too long."""


NOTHING_KNOWN = ProjectFacts()
"""There is no project file."""
