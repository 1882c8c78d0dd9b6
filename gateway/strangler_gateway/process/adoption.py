"""Makes a process that takes requests follow a project file that was read again."""

from __future__ import annotations

import time
from collections.abc import Mapping

from strangler.project import Project
from strangler.secret import Secret
from strangler_gateway.admin.control import Control
from strangler_gateway.identity.identities import Identities
from strangler_gateway.identity.monolith import Monolith
from strangler_gateway.process.certificates import Certificates, renew
from strangler_gateway.relay import Relay
from strangler_gateway.routing.plan import Plan
from strangler_gateway.traffic import Traffic
from strangler_gateway.transport.pool import ConnectionPools


class Adoption:
    """Follows a project: its plan, its identity settings, its own certificate and those it trusts of upstreams."""

    def __init__(
        self, control: Control, relay: Relay, certificates: Certificates | None, environment: Mapping[str, str]
    ) -> None:
        self._control = control
        self._relay = relay
        self._certificates = certificates
        self._environment = environment

    async def adopt(self, project: Project, plan: Plan) -> None:
        """Follow a project with its plan; ConfigurationError when that is impossible without a restart, or invalid."""
        relay = self._relay
        identity = identity_of(project, self._environment, relay.traffic, relay.pools)
        renew(self._certificates, project.gateway.tls)
        relay.pools.renew_tls()
        await self._control.adopt(plan)
        if (identity and identity.terms) != (relay.identity and relay.identity.terms):
            relay.identity = identity


def identity_of(
    project: Project, environment: Mapping[str, str], traffic: Traffic, pools: ConnectionPools
) -> Identities | None:
    """Return what finds the identity of clients, None when no service asks for it."""
    terms = {
        name: (service.identity.terms, Secret(service.identity.key.resolve(environment)))
        for name, service in project.services.items()
        if service.identity is not None
    }
    monolith = Monolith(lambda: traffic.plan.monolith, pools)
    return Identities(terms, monolith.answer, time.time, time.monotonic) if terms else None
