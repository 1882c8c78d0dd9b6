"""How far the migration of each service is, and what was decided on the way: what the report shows of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Detail = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class StepProgress:
    """A step of a service's plan: `state` is done, open or unknown.

    `found` is what was seen, or why nobody knows; empty where nobody has looked. `gate` says what must be seen for it
    to be over, `command` how to get there.
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
    """A line of the audit log: when (ISO 8601), who, what was done to which service, with which figures."""

    at: str
    who: str
    service: str
    action: str
    details: Mapping[str, Detail]


@dataclass(frozen=True, slots=True)
class MigrationRecord:
    """Every declared service, and the latest decisions, the last one first."""

    services: tuple[ServiceProgress, ...] = ()
    decisions: tuple[Decision, ...] = ()
