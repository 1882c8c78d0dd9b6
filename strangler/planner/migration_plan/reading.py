"""What a look at a gate has shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from strangler.planner.migration_plan.steps import Step


class State(StrEnum):
    """Whether a step is over."""

    DONE = "done"
    OPEN = "open"
    UNKNOWN = "unknown"
    """What would say so could not be read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of a gate, and what was found: the evidence, what is missing, or why nobody knows.

    A step that was begun and cut off, and must not be left so, has the command to `finish` it with. One that is
    `under_way` has changed something already, though its gate is closed. Where another command than that of the step
    opens the gate, it stands in `instead`. One that is done only because the cut-over is has been `passed`.
    """

    state: State
    found: str
    finish: str | None = None
    under_way: bool = False
    instead: str | None = None
    passed: bool = False


Readings = Mapping[Step, Reading]


def done(found: str) -> Reading:
    """The gate is open, and this is why."""
    return Reading(State.DONE, found)


def missing(found: str) -> Reading:
    """The gate is closed, and this is why."""
    return Reading(State.OPEN, found)


def unknown(found: str) -> Reading:
    """Nobody knows, and this is why."""
    return Reading(State.UNKNOWN, found)


def judged(found: str, *, holds: bool) -> Reading:
    """One or the other."""
    return done(found) if holds else missing(found)
