"""What a report file shows of the migration: plans as last seen, and the latest lines of the audit log.

No gateway or database is asked, so `strangler analyze` needs no library of the gateway.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from strangler.model.errors import StranglerError
from strangler.model.migration import Detail, MigrationRecord, ServiceProgress
from strangler.planner.audit_log import FILE_NAME, latest
from strangler.planner.migration_plan.plan_file import Plan, PlanFile
from strangler.planner.migration_plan.record import remembered
from strangler.planner.migration_plan.steps import Step
from strangler.project import Project
from strangler.store import ArtefactStore

MOST_DECISIONS = 100


def remembered_record(project: Project) -> MigrationRecord:
    """What was seen before, for a file that people may pass on: nobody is asked, and no person is named.

    Paths are relative to the project's folder. A damaged plan counts as none.
    """
    plans = _plans(project)
    folder = f"{project.folder.resolve()}{os.sep}"
    services = (remembered(plans.get(name) or Plan(name, "")) for name in project.services)
    decisions = latest(log_of(project), MOST_DECISIONS)
    return MigrationRecord(
        tuple(_without(service, folder) for service in services),
        tuple(replace(item, who="", details=_shortened(item.details, folder)) for item in decisions),
    )


def cut_over(project: Project) -> frozenset[str]:
    """The services whose authority was with v2 when last seen."""
    seen = {name: plan.seen.get(Step.CUTOVER) for name, plan in _plans(project).items()}
    return frozenset(name for name, one in seen.items() if one is not None and one.by_hand is None)


def _plans(project: Project) -> Mapping[str, Plan]:
    """The remembered plans; a damaged file counts as none."""
    with contextlib.suppress(StranglerError):
        return PlanFile(store_of(project)).read()
    return {}


def _without(service: ServiceProgress, folder: str) -> ServiceProgress:
    return replace(service, steps=tuple(replace(step, found=step.found.replace(folder, "")) for step in service.steps))


def _shortened(details: Mapping[str, Detail], folder: str) -> Mapping[str, Detail]:
    return {name: text.replace(folder, "") if isinstance(text, str) else text for name, text in details.items()}


def store_of(project: Project) -> ArtefactStore:
    """Return the store of plans."""
    return ArtefactStore.beside(project.folder)


def log_of(project: Project) -> Path:
    """Return the file of the audit log."""
    return store_of(project).folder / FILE_NAME
