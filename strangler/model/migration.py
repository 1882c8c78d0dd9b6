"""The progress of each service's migration, and the decisions on the way, as the report shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Detail = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class StepProgress:
    """A step of a service's plan: `state` is done, open or unknown.

    `found` is the evidence seen, or why there is none; empty when nobody has looked. `gate` is the evidence that
    completes the step, `command` the command that leads there.
    """

    step: str
    title: str
    state: str
    found: str
    gate: str
    command: str


@dataclass(frozen=True, slots=True)
class ServiceProgress:
    """Every step of a service, in order."""

    service: str
    steps: tuple[StepProgress, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A line of the audit log: time (ISO 8601), person, service, action, and its figures."""

    at: str
    who: str
    service: str
    action: str
    details: Mapping[str, Detail]


@dataclass(frozen=True, slots=True)
class MigrationRecord:
    """Every declared service, and the latest decisions, the newest first."""

    services: tuple[ServiceProgress, ...] = ()
    decisions: tuple[Decision, ...] = ()
