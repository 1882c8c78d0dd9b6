"""Which application a request is sent to."""

from __future__ import annotations

from collections.abc import Sequence

from strangler_gateway.in_flight import Ticket
from strangler_gateway.plan import Plan
from strangler_gateway.transport.origin import Origin


class Upstreams:
    """Chooses among the upstreams of a side."""

    def __init__(self) -> None:
        self._turn = 0

    def of(self, ticket: Ticket, plan: Plan) -> Sequence[Origin]:
        """Return the upstreams of a side in the order they are tried, another one first each time."""
        origins = ticket.origins or (
            plan.services[ticket.service].upstreams(ticket.side) if ticket.service else plan.monolith
        )
        if len(origins) == 1:
            return origins
        self._turn += 1
        start = self._turn % len(origins)
        return (*origins[start:], *origins[:start])
