"""Orders given in the live report: the same as on the command line, to every gateway."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from strangler.cli.fleets import fleet_of
from strangler.cli.migrations import audit_log_of
from strangler.planner.traffic_orders import Ordered, TrafficOrders
from strangler.project import Address, Project
from strangler.project_reader import load_project
from strangler_gateway.admin.live_report import Given
from strangler_gateway.routing.route_traffic import Shift


@dataclass(frozen=True, slots=True)
class ReportOrders:
    """Gives orders by the current project file; `admin` is this gateway's address if it differs from the file's."""

    config: Path
    admin: Address | None = None

    def shift(self, service: str, v2: float) -> Given:
        """Send `v2` percent of the readers to v2."""
        with self._orders() as (project, orders):
            return _given(orders.shift(project, service, Shift(v2), ()))

    def roll_back(self, service: str) -> Given:
        """Send no requests to v2."""
        with self._orders() as (project, orders):
            return _given(orders.roll_back(project, service))

    @contextmanager
    def _orders(self) -> Generator[tuple[Project, TrafficOrders]]:
        project = load_project(self.config)
        if self.admin is not None and len(project.gateway.admin) == 1:
            project = replace(project, gateway=replace(project.gateway, admin=(self.admin,)))
        log = audit_log_of(project)
        with fleet_of(project) as fleet:
            yield project, TrafficOrders(fleet, replace(log, who=f"{log.who}, at the report"), os.environ)


def _given(ordered: Ordered) -> Given:
    return Given(ordered.routes, tuple(map(str, ordered.gateways)))
