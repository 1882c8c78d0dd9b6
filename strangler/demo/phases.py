"""How the shop answered in each step of the story."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from strangler.demo.load.measure import Figures, Sample, figures_of


class Phase(msgspec.Struct, frozen=True):
    """The requests that were due in a step; `answered` is the number per second with a correct answer."""

    step: str
    answered: float
    figures: Figures


def phase_of(step: str, samples: Sequence[Sample], begin: float, end: float) -> Phase | None:
    """Return the requests due from `begin` up to `end`, in seconds since the load began; None if there were none."""
    due = [sample for sample in samples if begin <= sample.due < end]
    if not due:
        return None
    figures = figures_of(due)
    return Phase(step, (figures.sent - figures.failed) / (end - max(begin, 0.0)), figures)
