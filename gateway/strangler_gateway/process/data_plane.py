"""The data plane of one process: the clients' listener, the relay behind it, and what they need."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Mapping

from strangler.project import Project
from strangler_gateway.admin.collection import Collection
from strangler_gateway.admin.control import Control
from strangler_gateway.admin.orders import OwnOrders
from strangler_gateway.app import create_app
from strangler_gateway.process.adoption import Adoption, identity_of
from strangler_gateway.process.certificates import certificates_of
from strangler_gateway.process.listener import Server, server_config
from strangler_gateway.relay import Relay
from strangler_gateway.resilience.health import HealthChecks
from strangler_gateway.routing.plan import Plan
from strangler_gateway.tracing.choice import tracing_of
from strangler_gateway.transport.pool import pools_within
from strangler_gateway.wire.listening import speaking_for


class DataPlane:
    """Relays requests as `control` says, from `begin` to `end`; call `close` once no more orders can come."""

    def __init__(self, project: Project, control: Control, environment: Mapping[str, str], drain: float) -> None:
        limits, traffic = project.gateway.limits, control.traffic
        self._pools = pools_within(limits)
        self._relay = Relay(traffic, self._pools, identity_of(project, environment, traffic, self._pools))
        self._tracing = self._relay.admissions.tracing = tracing_of(project)
        self.certificates = certificates_of(project.gateway.tls)
        self._adoption = Adoption(control, self._relay, self.certificates, environment)
        self.orders = OwnOrders(control, Collection(self._relay), self._relay.shadowing)
        checks = HealthChecks(lambda: self._relay.applications.all(traffic.plan), self._pools, time.monotonic)
        self._checks = checks
        protocol = speaking_for(self._relay, limits)
        self._server = Server(server_config(create_app(self._relay), drain, protocol, self.certificates))
        self._serving: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether it takes requests."""
        return self._server.up.is_set()

    async def adopt(self, project: Project, plan: Plan) -> None:
        """Follow a project with its plan; ConfigurationError when that is impossible without a restart, or invalid."""
        await self._adoption.adopt(project, plan)

    async def begin(self, listener: socket.socket) -> None:
        """Serve a listener's requests; return once it does, and raise the error that prevents it."""
        self._serving = asyncio.create_task(self._server.serve([listener]))
        self._checking = asyncio.create_task(self._checks.run())
        await self._server.begun(self._serving)

    async def end(self) -> None:
        """Accept no more requests; return when the last ones have ended or the drain time is over."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving

    async def close(self) -> None:
        """Release all resources, in any state."""
        for task in (self._serving, self._checking):
            if task is not None:
                task.cancel()
        await self._relay.shadowing.close()
        self._pools.close()
        if self._tracing is not None:
            await asyncio.to_thread(self._tracing.close)
