"""A gateway that is one process, with both listeners: the clients' and the administrators'."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from strangler.model.tls import ServerTls
from strangler.project import Address, Project
from strangler.project_reader import load_project
from strangler.secret import Secret
from strangler.store import ArtefactStore
from strangler_gateway.admin.api import create_admin_app
from strangler_gateway.admin.control import Control, resumed
from strangler_gateway.admin.fleet import admin_token, missing_setting
from strangler_gateway.admin.live_report import ReportSource, report_routes
from strangler_gateway.admin.orders import Orders
from strangler_gateway.process.certificates import watched
from strangler_gateway.process.data_plane import DataPlane
from strangler_gateway.process.garbage_collection import tune_garbage_collection
from strangler_gateway.process.listener import Server, address_of, listen, server_config
from strangler_gateway.process.project_watch import follow
from strangler_gateway.process.service_manager import ServiceManager
from strangler_gateway.process.signals import Signals
from strangler_gateway.routing.plan import compile_plan
from strangler_gateway.state_file import StateFile

DRAIN_SECONDS = 30
"""How long requests in flight may take to end when the gateway is told to stop."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a gateway is started with; `config` is the project file, read again when it changes.

    `token` is that of operators, `reader` that of those who may only look; `report` provides the analysis report.
    """

    config: Path
    listen: Address
    admin: Address
    token: Secret
    environment: Mapping[str, str]
    drain: float = DRAIN_SECONDS
    reader: Secret | None = None
    workers: int = 1
    tls: ServerTls | None = None
    report: ReportSource | None = None


def settings(
    project: Project,
    environment: Mapping[str, str],
    listen: Address | None = None,
    admin: Address | None = None,
    workers: int = 1,
) -> Settings:
    """Return the settings of `project`, with other addresses if given; ConfigurationError when one is missing."""
    gateway = project.gateway
    if (listen := listen or gateway.listen) is None:
        raise missing_setting(project, "where to listen", 'listen = "127.0.0.1:8080"')
    if (admin := admin or next(iter(gateway.admin), None)) is None:
        raise missing_setting(project, "where administrators reach it", 'admin = ["127.0.0.1:9900"]')
    reader = Secret(gateway.read_token.resolve(environment)) if gateway.read_token else None
    token = admin_token(project, environment)
    return Settings(project.path, listen, admin, token, environment, reader=reader, workers=workers, tls=gateway.tls)


async def serve(settings: Settings, ready: Callable[[Address, Address], None]) -> None:
    """Run a gateway until SIGTERM or SIGINT; `ready` is called with both addresses once it takes requests.

    UnavailableError when an address cannot be bound. Runs in the main thread only.
    """
    project = load_project(settings.config)
    plan = compile_plan(project, settings.environment)
    control = resumed(plan, StateFile(ArtefactStore.beside(project.folder)))
    data = DataPlane(project, control, settings.environment, settings.drain)
    manager = ServiceManager.of(settings.environment)
    try:
        await _serve_with(settings, ready, data, control, manager)
    finally:
        await data.close()


async def _serve_with(
    settings: Settings,
    ready: Callable[[Address, Address], None],
    data: DataPlane,
    control: Control,
    manager: ServiceManager,
) -> None:
    async def adopt() -> None:
        with manager.reloading():
            project = load_project(settings.config)
            await data.adopt(project, compile_plan(project, settings.environment))

    with (
        contextlib.closing(listen(settings.listen)) as data_socket,
        contextlib.closing(listen(settings.admin)) as admin_socket,
    ):
        signals = Signals()
        admin = admin_server(settings, data.orders, lambda: data.up and not signals.stop.is_set())
        serving = asyncio.create_task(admin.serve([admin_socket]))
        files = watched(settings.config, data.certificates)
        following = asyncio.create_task(follow(files, adopt, control.refuse, signals.reload))
        try:
            await data.begin(data_socket)
            await admin.begun(serving)
            tune_garbage_collection()
            manager.notify("READY=1")
            ready(address_of(data_socket), address_of(admin_socket))
            await signals.stop.wait()
            manager.notify("STOPPING=1")
            # Administrators can still release held requests while the last requests end.
            await data.end()
            admin.should_exit = True
            await serving
        finally:
            following.cancel()
            serving.cancel()


def admin_server(settings: Settings, orders: Orders, takes_requests: Callable[[], bool]) -> Server:
    """Return the server of the administrators' listener, with the report where there is one."""
    further = report_routes(orders, settings.report)
    app = create_admin_app(orders, settings.token, settings.reader, takes_requests, further)
    return Server(server_config(app, drain=1))
