"""The result of reading a gate."""

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
    """The evidence for it could not be read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of a gate, and what was found: the evidence, what is missing, or why it is unknown.

    `finish` is the command that finishes a step that was interrupted and must not be left so. A step `under_way` has
    changed something already, though its gate is closed. `instead` is the command that opens the gate where it is not
    that of the step. A step that is done only because the cut-over is done has been `passed`.
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
    """The state of the gate is unknown, and this is why."""
    return Reading(State.UNKNOWN, found)


def judged(found: str, *, holds: bool) -> Reading:
    """Done if it `holds`, else missing."""
    return done(found) if holds else missing(found)
