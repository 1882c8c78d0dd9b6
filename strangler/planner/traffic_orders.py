"""Orders about who reads from v2: written to the project file, given to every gateway, recorded in the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strangler.model.authority import MoveStep, Side
from strangler.model.errors import InputError, UnavailableError
from strangler.planner.audit_log import AuditLog
from strangler.planner.gateway_order import given
from strangler.project import Address, Project
from strangler.project_file import ProjectFile
from strangler_etl.errors import AuthorityError
from strangler_etl.migration import Migration, Missing, open_migration
from strangler_etl.records.authority import read_authority, require_settled
from strangler_etl.run.completeness import require_complete
from strangler_gateway.admin.fleet import Fleet
from strangler_gateway.admin.messages import ShiftRequest
from strangler_gateway.routing.route_traffic import Shift
from strangler_gateway.routing.shares import put_rollback, put_shift
from strangler_gateway.traffic import after_cutover


class StaleCopyError(InputError):
    """Readers would be sent to a copy that does not follow what is written."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """The routes that were changed in the file, and the gateways that confirmed."""

    routes: tuple[str, ...]
    gateways: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class TrafficOrders:
    """Gives orders to the gateways of `fleet`; `environment` holds the addresses of the databases."""

    fleet: Fleet
    log: AuditLog
    environment: Mapping[str, str]

    def shift(
        self, project: Project, service: str, order: Shift, named: Sequence[str], *, stale: bool = False
    ) -> Ordered:
        """Change who reads from v2 on the named routes, or, without names, on all that the order concerns.

        Raises a StranglerError before anything is changed for a file that cannot be written, an incomplete copy, a
        copy that no follower can keep up to date unless `stale` accepts that, or a service that was cut over.
        """
        file = ProjectFile.read(project.path)
        changed = put_shift(file, project, service, order, named)
        file.require_writable(project, f"write {_written(order)} in the traffic of {', '.join(changed)}")
        self._check_data(project, service, sends=order != Shift(0), stale=stale)
        self.fleet.require_before_cutover(service)
        self.log.record(service, "gateway shift", {"traffic": str(order), "routes": "; ".join(changed)})
        file.save()
        override = str(order.override) if order.override else None
        weights = dict(order.weights)
        request = ShiftRequest(
            service, order.v2, tuple(named), override, weights, everybody=order.everybody, stale=stale
        )
        gateways = given(self.log, service, "gateway shift", lambda: self.fleet.shift(request), {"traffic": str(order)})
        return Ordered(tuple(changed), gateways)

    def roll_back(self, project: Project, service: str) -> Ordered:
        """Send nobody to v2 any more, whatever a request asks for; refused after a cut-over."""
        file = ProjectFile.read(project.path)
        changed = put_rollback(file, project, service)
        routes = ", ".join(changed) or f"the routes of {service}"
        file.require_writable(
            project, f"write v2 = 0, rolled_back = true, and weight = 0 for arms of v2, in the traffic of {routes}"
        )
        self.fleet.require_before_cutover(service)
        self.log.record(service, "gateway rollback", {"routes": "; ".join(changed)})
        file.save()
        gateways = given(self.log, service, "gateway rollback", lambda: self.fleet.rollback(service))
        return Ordered(tuple(changed), gateways)

    def _check_data(self, project: Project, service: str, *, sends: bool, stale: bool) -> None:
        """Refuse a share that would have no effect, or would read from an incomplete copy.

        Gateways may not have heard of a move, but the source database knows it. A share of zero is the way back from a
        new service in trouble, so it needs no database.
        """
        if project.monolith.database is None or project.services[service].database is None:
            return
        try:
            with open_migration(project, service, self.environment, Missing.REFUSE) as migration:
                if migration.source.installed:
                    authority = read_authority(migration.source, service)
                    if authority.side is Side.V2 and authority.step is MoveStep.SETTLED:
                        refusal = after_cutover(service)
                        raise AuthorityError(authority, refusal.what, refusal.remedy)
                    require_settled(authority, Side.V1, "shifting reads")
                if sends:
                    if not stale:
                        _require_fresh(migration)
                    require_complete(migration.target, migration.mapping)
        except UnavailableError:
            if sends:
                raise


def _require_fresh(migration: Migration) -> None:
    """Raise StaleCopyError where clients would not find in v2 what they have written to v1."""
    if migration.source.journal.lacking:
        raise StaleCopyError(
            "no follower brings what v1 writes to v2: after a minute clients read what was there at the last copy,"
            " not what they have written since",
            remedy="leave the readers with v1, and compare the answers: strangler gateway shadow"
            f" {migration.service.name} --sample 10%; where nobody writes these tables: strangler gateway shift"
            f" {migration.service.name} --to PERCENT --accept-stale-reads",
        )


def _written(shift: Shift) -> str:
    """Return what a shift writes into the file, for users who must do it by hand."""
    parts = [f"v2 = {shift.v2:g}"] if shift.v2 is not None else []
    parts += [f'override = "{shift.override}"'] if shift.override else []
    parts += [f"weight = {weight:g} for the arm {name}" for name, weight in shift.weights.items()]
    return ", ".join(parts)
