"""What the live report shows of the migration: what databases, gateways and applications say now."""

from __future__ import annotations

from pathlib import Path

from strangler.cli.migration_record import MOST_DECISIONS, log_of, store_of
from strangler.cli.plan_sources import look_beside_map
from strangler.model.migration import MigrationRecord, ServiceProgress
from strangler.planner.audit_log import latest
from strangler.planner.migration_plan.plan_file import Plan, PlanFile
from strangler.planner.migration_plan.record import seen_now
from strangler.project import Project
from strangler.project_reader import load_project


def present_record(config: Path) -> MigrationRecord:
    """What databases, gateways and applications say now; steps that the map tells of are as they were seen before."""
    project = load_project(config)
    plans = PlanFile(store_of(project)).read()
    return MigrationRecord(
        tuple(_present(project, plans.get(name) or Plan(name, "")) for name in project.services),
        latest(log_of(project), MOST_DECISIONS),
    )


def _present(project: Project, plan: Plan) -> ServiceProgress:
    return seen_now(plan, look_beside_map(project, project.service(plan.service)))
