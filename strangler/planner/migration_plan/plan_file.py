"""``.strangler/plan.json``: the plans of all services, and the evidence seen when a gate was found open."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from strangler.planner.migration_plan.steps import Step
from strangler.store import ArtefactStore, Schema

PLAN_SCHEMA = Schema("strangler.plan", 1)


@dataclass(frozen=True, slots=True)
class Seen:
    """The last time a gate was found open: what was found, when (ISO 8601), and who declared it if nothing was read."""

    found: str
    at: str
    by_hand: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one service. `drawn` are the keys of [services.NAME] that planning the service has written."""

    service: str
    created: str
    drawn: tuple[str, ...] = ()
    seen: Mapping[Step, Seen] = field(default_factory=dict[Step, Seen])

    def with_seen(self, step: Step, seen: Seen | None) -> Plan:
        """The plan with the evidence of one step replaced, or removed."""
        left = {known: item for known, item in self.seen.items() if known is not step}
        return replace(self, seen=left if seen is None else {**left, step: seen})


@dataclass(frozen=True, slots=True)
class _Document:
    schema: str
    version: int
    plans: dict[str, Plan]


@dataclass(frozen=True, slots=True)
class PlanFile:
    """The file in a project's store."""

    store: ArtefactStore

    def read(self) -> Mapping[str, Plan]:
        """The plans by service; empty where there is no file. Raises InputError when the file is damaged."""
        path = self.store.folder / "plan.json"
        if not path.exists():
            return {}
        # The file holds all plans: a damaged one must be removed before a new one is made.
        data = self.store.read_document(path, PLAN_SCHEMA, f"rm {shlex.quote(str(path))}; strangler plan SERVICE")
        return msgspec.json.decode(data, type=_Document).plans

    def write(self, plan: Plan) -> None:
        """Write a plan, keeping those of other services."""
        self._write({**self.read(), plan.service: plan})

    def remove(self, service: str) -> None:
        """Remove a plan."""
        self._write({name: plan for name, plan in self.read().items() if name != service})

    def _write(self, plans: Mapping[str, Plan]) -> None:
        document = _Document(PLAN_SCHEMA.name, PLAN_SCHEMA.version, dict(plans))
        data = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
        self.store.write(self.store.folder / "plan.json", data)
