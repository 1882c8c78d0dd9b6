"""The gateways of a project, as a delivery sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from strangler.model.authority import Side
from strangler.model.errors import StranglerError
from strangler.planner.delivery.conducting import Look
from strangler.planner.delivery.evidence import Evidence
from strangler.planner.delivery.observation import observed, times_of
from strangler.planner.traffic_orders import TrafficOrders
from strangler.project_reader import load_project
from strangler_gateway.routing.route_traffic import Shift


@dataclass(frozen=True, slots=True)
class FleetGateways:
    """Delivers `routes` of a service; `named` are those that were asked for by name, empty for the whole service.

    The project file is read again for each order, so that other changes to it survive.
    """

    orders: TrafficOrders
    config: Path
    service: str
    named: Sequence[str]
    routes: frozenset[str]

    def look(self) -> Look:
        """Ask every gateway at once; one that does not answer, or does not know the service, counts as silent."""
        counted: dict[str, Evidence] = {}
        times: tuple[float, ...] = ()
        shares: set[float | None] = set()
        silent: list[str] = []
        over: str | None = None
        for address, answer in self.orders.fleet.each_look().items():
            if isinstance(answer, StranglerError) or self.service not in answer.status.services:
                silent.append(str(address))
                continue
            known = answer.status.services[self.service]
            if known.side is Side.V2:
                over = f"v2 of {self.service} has the authority, so all its requests go there"
            shares |= {share for route, share in known.shares.items() if route in self.routes}
            shares |= {None for route in known.rolled_back if route in self.routes}
            counted[str(address)] = observed(answer.measures, answer.diffs, self.routes)
            times = times or times_of(answer.measures)
        if None in shares:
            shares.discard(0.0)
        return Look(counted, times, frozenset(shares), tuple(silent), over)

    def shift(self, share: float) -> None:
        """Give v2 a share."""
        self.orders.shift(load_project(self.config), self.service, Shift(share), self.named)

    def take_back(self) -> None:
        """Roll the service back; a single route gets a share of zero instead."""
        project = load_project(self.config)
        if self.named:
            self.orders.shift(project, self.service, Shift(0), self.named)
        else:
            self.orders.roll_back(project, self.service)
