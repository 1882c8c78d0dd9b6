"""Envoy's control plane: a process that follows the project file, takes orders, and configures Envoy."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import uuid4

from strangler.model.errors import UnavailableError
from strangler.project import Address, Project
from strangler.project_reader import load_project
from strangler.store import ArtefactStore
from strangler_gateway.admin.control import Control, resumed
from strangler_gateway.envoy_engine.counting import samples_of
from strangler_gateway.envoy_engine.detours import Detours, watched_services
from strangler_gateway.envoy_engine.engine import EnvoyEngine
from strangler_gateway.envoy_engine.envoy_files import EnvoyFiles
from strangler_gateway.envoy_engine.orders import EnvoyOrders
from strangler_gateway.envoy_engine.plane import Plane
from strangler_gateway.envoy_engine.process import POLL_SECONDS
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.process.adoption import Adoption, identity_of
from strangler_gateway.process.certificates import Certificates, certificates_of, watched
from strangler_gateway.process.listener import address_of, listen
from strangler_gateway.process.project_watch import follow
from strangler_gateway.process.server import Settings, admin_server
from strangler_gateway.process.service_manager import ServiceManager
from strangler_gateway.process.signals import Signals
from strangler_gateway.recent_writes import CAP_SECONDS
from strangler_gateway.relay import Relay
from strangler_gateway.routing.plan import compile_plan
from strangler_gateway.state_file import StateFile
from strangler_gateway.transport.pool import pools_within

logger = logging.getLogger(__name__)

FOLDER = "envoy"
STRAIGHTEN_SECONDS = 0.5
SETTLE_SECONDS = 1.0


@dataclass(slots=True)
class _Following:
    """The project in force, which changes with its file, and the Envoy that follows it."""

    project: Project
    control: Control
    engine: EnvoyEngine
    detours: Detours
    listen: Address
    certificates: Certificates | None

    def setting(self) -> ExportSetting:
        """Return the setting for Envoy's configuration."""
        traffic = self.control.traffic
        setting = ExportSetting.of(self.project, traffic.plan, self.listen, traffic.sides())
        shown = self.certificates.digest if self.certificates is not None else ""
        return replace(setting, detour=self.detours.current(), shown=shown)

    async def begin(self, workers: int) -> None:
        """Make Envoy follow the setting, one that is running or a new one."""
        new = self._watch()
        await self.engine.begin(self.setting(), workers)
        await self._settle(new)

    async def follow(self) -> None:
        """Return when Envoy follows the setting."""
        new = self._watch()
        await self.engine.follow(self.setting())
        await self._settle(new)

    def _watch(self) -> frozenset[str]:
        """Watch the services whose reads are divided or compared, and return the new ones.

        Any client may have written to those a moment ago, past our data plane.
        """
        traffic = self.control.traffic
        owners = frozenset(name for name, service in self.project.services.items() if service.tables)
        new = self.detours.watch(watched_services(traffic, owners))
        for service in new:
            traffic.writes_of(service).everybody(CAP_SECONDS)
        return new

    async def _settle(self, services: frozenset[str]) -> None:
        """Wait, for `SETTLE_SECONDS` at most, until no request that Envoy sent past us is in flight."""
        traffic = self.control.traffic
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                for service in services:
                    while await self._past(service):  # noqa: ASYNC110 - Envoy tells nobody when they end
                        await asyncio.sleep(POLL_SECONDS)
                    traffic.writes_of(service).everybody()

    async def _past(self, service: str) -> int:
        samples = samples_of(await self.engine.admin.under_way(reads=self.detours.reads(service)))
        return self.detours.past(service, samples, self.control.traffic.plan)


async def serve_by_envoy(settings: Settings, ready: Callable[[Address, Address], None]) -> None:
    """Run a gateway whose bytes Envoy carries, until SIGTERM or SIGINT; `ready` is called once it takes requests.

    Takes over an Envoy that an earlier process has left. Envoy keeps running when this process is killed, and ends when
    this process ends in order. UnavailableError when an address cannot be bound, or Envoy does not start.
    """
    project = load_project(settings.config)
    plan = compile_plan(project, settings.environment)
    store = ArtefactStore.beside(project.folder)
    control = resumed(plan, StateFile(store))
    traffic = control.traffic
    files = EnvoyFiles.in_folder(store.folder / FOLDER)
    engine = EnvoyEngine(files)
    detours = Detours(lambda: uuid4().hex[:12])
    certificates = certificates_of(project.gateway.tls)
    following = _Following(project, control, engine, detours, settings.listen, certificates)
    pools = pools_within(project.gateway.limits)
    relay = Relay(traffic, pools, identity_of(project, settings.environment, traffic, pools))
    plane = Plane(relay, files, project.gateway.limits, settings.drain)
    adoption = Adoption(control, relay, certificates, settings.environment)
    manager = ServiceManager.of(settings.environment)

    async def adopt() -> None:
        with manager.reloading():
            read = load_project(settings.config)
            await adoption.adopt(read, compile_plan(read, settings.environment))
            following.project = read
            await following.follow()

    orders = EnvoyOrders(control, relay, engine, detours, following.follow)
    with contextlib.closing(listen(settings.admin)) as admin_socket:
        signals = Signals()
        admin = admin_server(settings, orders, lambda: not signals.stop.is_set())
        await plane.begin()
        await following.begin(settings.workers)
        serving = asyncio.create_task(admin.serve([admin_socket]))
        watching = follow(watched(settings.config, certificates), adopt, control.refuse, signals.reload)
        tending = engine.tend(following.setting, settings.workers)
        beside = [asyncio.create_task(each) for each in (watching, tending, _straighten(orders))]
        await admin.begun(serving)
        manager.notify("READY=1")
        ready(settings.listen, address_of(admin_socket))
        await signals.stop.wait()
        manager.notify("STOPPING=1")
        for task in beside:
            task.cancel()
        await engine.end(settings.drain)
        await plane.end()
        admin.should_exit = True
        await serving
        await engine.admin.close()


async def _straighten(orders: EnvoyOrders) -> None:
    """End the detours of expired holds, until cancelled."""
    while True:
        await asyncio.sleep(STRAIGHTEN_SECONDS)
        try:
            await orders.straighten()
        except UnavailableError as error:
            logger.error("%s", error)  # noqa: TRY400 - where it was raised tells an operator nothing
