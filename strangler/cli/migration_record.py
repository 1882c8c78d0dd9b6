"""What the report shows of the migration: plans, and the latest lines of the audit log."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from strangler.cli.plan_sources import look_beside_map
from strangler.model.errors import StranglerError
from strangler.model.migration import Detail, MigrationRecord, ServiceProgress
from strangler.planner.audit_log import latest
from strangler.planner.migration_plan.plan_file import Plan, PlanFile
from strangler.planner.migration_plan.record import remembered, seen_now
from strangler.project import Project
from strangler.project_reader import load_project
from strangler.store import ArtefactStore

MOST_DECISIONS = 100


def remembered_record(project: Project) -> MigrationRecord:
    """What was seen before, for a file that people may pass on: nobody is asked, and nobody is named.

    Places are told as seen from the project's folder. A damaged plan counts as none.
    """
    plans: Mapping[str, Plan] = {}
    with contextlib.suppress(StranglerError):
        plans = PlanFile(_store(project)).read()
    folder = f"{project.folder.resolve()}{os.sep}"
    services = (remembered(plans.get(name) or Plan(name, "")) for name in project.services)
    decisions = latest(_log(project), MOST_DECISIONS)
    return MigrationRecord(
        tuple(_without(service, folder) for service in services),
        tuple(replace(item, who="", details=_shortened(item.details, folder)) for item in decisions),
    )


def _without(service: ServiceProgress, folder: str) -> ServiceProgress:
    return replace(service, steps=tuple(replace(step, found=step.found.replace(folder, "")) for step in service.steps))


def _shortened(details: Mapping[str, Detail], folder: str) -> Mapping[str, Detail]:
    return {name: text.replace(folder, "") if isinstance(text, str) else text for name, text in details.items()}


def present_record(config: Path) -> MigrationRecord:
    """What databases, gateways and applications say now; steps that the map tells of are as they were seen before."""
    project = load_project(config)
    plans = PlanFile(_store(project)).read()
    return MigrationRecord(
        tuple(_present(project, plans.get(name) or Plan(name, "")) for name in project.services),
        latest(_log(project), MOST_DECISIONS),
    )


def _present(project: Project, plan: Plan) -> ServiceProgress:
    return seen_now(plan, look_beside_map(project, project.service(plan.service)))


def _store(project: Project) -> ArtefactStore:
    return ArtefactStore.beside(project.folder)


def _log(project: Project) -> Path:
    return _store(project).folder / "audit.jsonl"
