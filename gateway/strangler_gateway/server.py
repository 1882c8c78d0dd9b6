"""One process with both listeners: the clients' and the administrators'."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from strangler.model.errors import StranglerError, UnavailableError
from strangler.model.tls import ServerTls
from strangler.project import Address, Project
from strangler.project_reader import load_project
from strangler.secret import Secret
from strangler.store import ArtefactStore
from strangler_gateway import collector
from strangler_gateway.admin_api import create_admin_app
from strangler_gateway.adoption import Adoption, identity_of
from strangler_gateway.app import create_app
from strangler_gateway.certificates import Certificates, certificates_of, watched
from strangler_gateway.client_protocol import ClientProtocol
from strangler_gateway.control import Control, restored
from strangler_gateway.fleet import admin_token, missing_setting
from strangler_gateway.live_report import ReportSource, report_routes
from strangler_gateway.metrics.collection import Collection
from strangler_gateway.orders import OwnOrders
from strangler_gateway.plan import check_authorities, compile_plan
from strangler_gateway.relay import Relay
from strangler_gateway.resilience.health import HealthChecks
from strangler_gateway.service_manager import ServiceManager
from strangler_gateway.state_file import StateFile
from strangler_gateway.tracing.choice import tracing_of
from strangler_gateway.traffic import Traffic
from strangler_gateway.transport.pool import pools_within
from strangler_gateway.wire.listening import speaking_for

logger = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 75
"""How long a client's idle connection is kept; longer than load balancers keep theirs, so that they close first."""
DRAIN_SECONDS = 30
"""How long requests may take to end when the gateway is told to."""
POLL_SECONDS = 1.0
HANDSHAKE_SECONDS = 10.0
CLOSE_SECONDS = 1.0
"""How long a client may take to agree to the end of TLS; nothing is lost when it does not."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a gateway is started with; `config` is the project file, read again when it changes.

    Who shows `token` may order, who shows `reader` may look; `report` is what is known of the source.
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
    """Return what `project` says, with other addresses if given; ConfigurationError when something is missing."""
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

    UnavailableError when an address can not be listened on. Runs in the main thread only.
    """
    project = load_project(settings.config)
    plan = compile_plan(project, settings.environment)
    keeper = StateFile(ArtefactStore.beside(project.folder))
    state = keeper.read()
    traffic = Traffic(restored(plan, state), time.time, state.authorities)
    control = Control(traffic, plan, keeper, state.drained)
    pools = pools_within(project.gateway.limits)
    check_authorities(plan, traffic.sides())
    relay = Relay(traffic, pools, identity_of(project, settings.environment, traffic, pools))

    certificates = certificates_of(project.gateway.tls)
    tracing = relay.admissions.tracing = tracing_of(project)
    manager = ServiceManager.of(settings.environment)

    adoption = Adoption(control, relay, certificates, settings.environment)

    async def adopt() -> None:
        with manager.reloading():
            project = load_project(settings.config)
            await adoption.adopt(project, compile_plan(project, settings.environment))

    checks = HealthChecks(lambda: relay.applications.all(traffic.plan), pools, time.monotonic)
    data = Server(
        server_config(create_app(relay), settings.drain, speaking_for(relay, project.gateway.limits), certificates)
    )
    stop = asyncio.Event()

    def takes_requests() -> bool:
        return data.up.is_set() and not stop.is_set()

    orders = OwnOrders(control, Collection(relay), relay.shadowing)
    admin = Server(
        server_config(
            create_admin_app(
                orders,
                settings.token,
                settings.reader,
                ready=takes_requests,
                further=report_routes(orders, settings.report),
            ),
            drain=1,
        )
    )
    with (
        contextlib.closing(listen(settings.listen)) as data_socket,
        contextlib.closing(listen(settings.admin)) as admin_socket,
    ):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        reload = asyncio.Event()
        loop.add_signal_handler(signal.SIGHUP, reload.set)
        serving_data = asyncio.create_task(data.serve([data_socket]))
        serving_admin = asyncio.create_task(admin.serve([admin_socket]))
        following = asyncio.create_task(follow(watched(settings.config, certificates), adopt, control.refuse, reload))
        checking = asyncio.create_task(checks.run())
        await data.up.wait()
        await admin.up.wait()
        collector.spare()
        manager.notify("READY=1")
        ready(address_of(data_socket), address_of(admin_socket))
        await stop.wait()
        manager.notify("STOPPING=1")
        # Administrators can still release what is held while the last requests end.
        data.should_exit = True
        await serving_data
        admin.should_exit = True
        await serving_admin
        following.cancel()
        checking.cancel()
        await relay.shadowing.close()
        pools.close()
        if tracing is not None:
            await asyncio.to_thread(tracing.close)


class Server(uvicorn.Server):
    """A server that leaves the signals to whoever runs it beside another one."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    def _connection(self) -> asyncio.BaseProtocol:
        make = _maker(self.config.http_protocol_class)
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so; uvicorn has no limits for a handshake, nor for the end of TLS."""
        await super().startup([])
        config = self.config
        handshake, shutdown = (HANDSHAKE_SECONDS, CLOSE_SECONDS) if config.ssl else (None, None)
        for listener in sockets or []:
            server = await asyncio.get_running_loop().create_server(
                self._connection,
                sock=listener,
                ssl=config.ssl,
                backlog=config.backlog,
                ssl_handshake_timeout=handshake,
                ssl_shutdown_timeout=shutdown,
            )
            self.servers.append(server)
        self.up.set()


def _maker(protocol: Callable[..., asyncio.BaseProtocol]) -> Callable[..., asyncio.BaseProtocol]:
    """Return the class as what makes one: those of uvicorn take more than asyncio's."""
    return protocol


async def follow(
    files: Callable[[], Iterable[Path]],
    adopt: Callable[[], Awaitable[None]],
    refuse: Callable[[StranglerError], None],
    reload: asyncio.Event,
) -> None:
    """Read the project file again when one of the `files` changes, and when told to."""
    seen = _stamps(files)
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(reload.wait(), POLL_SECONDS)
        stamp = _stamps(files)
        if not reload.is_set() and stamp == seen:
            continue
        reload.clear()
        seen = stamp
        try:
            await adopt()
        except StranglerError as error:
            refuse(error)


def _stamps(files: Callable[[], Iterable[Path]]) -> list[tuple[int, int, int] | None]:
    return [_stamp(path) for path in files()]


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def server_config(
    app: ASGIApp,
    drain: float,
    protocol: Callable[..., object] = ClientProtocol,
    certificates: Certificates | None = None,
) -> uvicorn.Config:
    """Return how a listener runs: nothing added to what the application says, `drain` seconds to end.

    With `certificates` it speaks TLS.
    """
    context = certificates.context if certificates else None
    return uvicorn.Config(
        app,
        http=protocol,  # pyright: ignore[reportArgumentType] - it is only called
        ws="none",
        lifespan="off",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        date_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(drain),
        ssl_context_factory=(lambda _, __: context) if context else None,
    )


def listen(address: Address) -> socket.socket:
    """Return a listener at an address; UnavailableError when that is not possible."""
    host = address.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, address.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise UnavailableError(f"can not be listened on: {error.strerror}", where=str(address)) from error
    listener.setblocking(False)  # noqa: FBT003 - the name is that of the socket library
    return listener


def address_of(listener: socket.socket) -> Address:
    """Return where a listener listens."""
    host, port = listener.getsockname()[:2]
    return Address(f"[{host}]" if ":" in host else host, port)
