"""What the live report shows of the migration: the present state of databases, gateways and applications."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from strangler.cli.map_steps import MapSteps
from strangler.cli.migration_record import MOST_DECISIONS, log_of, store_of
from strangler.cli.plan_sources import MAP_STEPS, look_beside_map
from strangler.model.migration import MigrationRecord, ServiceProgress
from strangler.planner.audit_log import latest
from strangler.planner.migration_plan.plan_file import Plan, PlanFile
from strangler.planner.migration_plan.progress import passed
from strangler.planner.migration_plan.record import seen_now
from strangler.project import Project
from strangler.project_reader import load_project


@dataclass(frozen=True, slots=True)
class LiveMigrationRecord:
    """The present state of databases, gateways, applications and the map, which is reread once it has changed."""

    config: Path
    map_steps: MapSteps

    def __call__(self) -> MigrationRecord:
        """Ask all of them."""
        project = load_project(self.config)
        plans = PlanFile(store_of(project)).read()
        return MigrationRecord(
            tuple(self._present(project, plans.get(name) or Plan(name, "")) for name in project.services),
            latest(log_of(project), MOST_DECISIONS),
        )

    def _present(self, project: Project, plan: Plan) -> ServiceProgress:
        beside = look_beside_map(project, project.service(plan.service))
        return seen_now(plan, passed({**beside, **self.map_steps.readings(project, plan.service, MAP_STEPS)}))


def live_migration_record(config: Path) -> LiveMigrationRecord:
    """Create a record that can be asked repeatedly."""
    return LiveMigrationRecord(config, MapSteps(config))
