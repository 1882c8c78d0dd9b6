"""Real upstreams and gateways on real sockets, inside the test's event loop."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count

import httpx
import msgspec
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from strangler.model.authority import Side as Authority
from strangler.model.identity import IdentityTerms
from strangler.model.resilience import ResilienceTerms
from strangler.model.wire import WIRE_TERMS, WireTerms
from strangler.project import Address
from strangler.project_reader import parse_project
from strangler.secret import Secret
from strangler_gateway.admin.api import create_admin_app
from strangler_gateway.admin.collection import Collection
from strangler_gateway.admin.control import Control, restored
from strangler_gateway.admin.orders import OwnOrders
from strangler_gateway.app import create_app
from strangler_gateway.identity.identities import Identities
from strangler_gateway.identity.monolith import Monolith
from strangler_gateway.process.certificates import Certificates
from strangler_gateway.process.client_protocol import ClientProtocol
from strangler_gateway.process.listener import server_config
from strangler_gateway.relay import Relay
from strangler_gateway.routing.plan import Plan, compile_plan
from strangler_gateway.state_file import GatewayState
from strangler_gateway.traffic import Traffic
from strangler_gateway.transport.httpx_transport import HttptoolsTransport
from strangler_gateway.transport.pool import ConnectionPools, Timeouts
from strangler_gateway.wire.listening import speaking_for

TOKEN = Secret("open sesame")
READER = Secret("only looking")
IDENTITY_KEY = "0123456789abcdef0123456789abcdef"
WHOAMI = IdentityTerms("/whoami")
ENVIRONMENT: Mapping[str, str] = {"TOKEN": TOKEN.reveal(), "KEY": IDENTITY_KEY}
_IMPATIENT_ROUNDS = 200

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

PROJECT = """
[monolith]
upstreams = ["{v1}"]

[services.reviews]
upstreams = ["{v2}"]

[[routes]]
match = {{ path = "/reviews", methods = ["GET", "POST"] }}
service = "reviews"
traffic = {{ v2 = {share}, sticky = "header:X-User" }}

[[routes]]
match = {{ path = "/reviews/{{number}}" }}
service = "reviews"
"""


@dataclass(slots=True)
class MemoryKeeper:
    """Keeps the state of a gateway in memory."""

    state: GatewayState = field(default_factory=GatewayState)

    def check(self) -> None:
        """Find nothing wrong."""

    def read(self) -> GatewayState:
        """Return what was written last."""
        return self.state

    def write(self, state: GatewayState) -> None:
        """Keep the state."""
        self.state = state


def plan(v1: str = "http://127.0.0.1:1", v2: str = "http://127.0.0.1:2", share: float = 0) -> Plan:
    """Return the plan of a small project."""
    return compile_plan(parse_project(PROJECT.format(v1=v1, v2=v2, share=share)), ENVIRONMENT)


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something has become true; TimeoutError when it does not."""
    async with asyncio.timeout(seconds):
        for rounds in count():
            if condition():
                return
            # What is waited for tells nobody; where it takes long it is another process, which needs the processor.
            await asyncio.sleep(0 if rounds < _IMPATIENT_ROUNDS else 0.002)


@asynccontextmanager
async def raw_upstream(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """Run a server that is told every byte to write; yields its URL."""
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            connections.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


@asynccontextmanager
async def served(
    app: ASGIApp, protocol: Callable[..., object] = ClientProtocol, certificates: Certificates | None = None
) -> AsyncGenerator[Address]:
    """Run an ASGI application on a free port as the gateway's own listeners run."""
    listener = socket.create_server(("127.0.0.1", 0))
    # asyncio sets it for sockets that say they are TCP; without it a head and its body are 40 ms apart.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = server_config(app, 0, protocol, certificates)
    config.load()
    server = uvicorn.Server(config)
    # Not `serve`, whose loop looks for the end of the server ten times a second.
    server.lifespan = config.lifespan_class(config)
    await server.startup([listener])
    try:
        yield Address("127.0.0.1", listener.getsockname()[1])
    finally:
        for socket_server in server.servers:
            socket_server.close()
        for connection in list(server.server_state.connections):
            connection.transport.close()
        for task in list(server.server_state.tasks):
            task.cancel()
        await until(lambda: not server.server_state.connections and not server.server_state.tasks)


Seen = tuple[str, str, dict[str, str], bytes]
"""Method, path, headers and body of a request."""


@dataclass(slots=True)
class Side:
    """An application that notes what it is asked and answers when it is allowed to."""

    name: str
    seen: list[Seen] = field(default_factory=list[Seen])
    open: asyncio.Event = field(default_factory=asyncio.Event)
    whoami: tuple[int, bytes] = (200, b'{"id": 7}')
    asked: int = 0
    set_cookie: bytes | None = None
    status: int = 200
    echo_cookie: bool = False
    """Whether whoever shows a cookie is called like it."""

    def __post_init__(self) -> None:
        self.open.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the side's name, and with who asks at ``/whoami``."""
        status, answer = self.status, self.name.encode()
        if scope["path"] == "/whoami":
            self.asked += 1
            status, answer = self.whoami
            if self.echo_cookie:
                answer = msgspec.json.encode({"id": dict(scope["headers"])[b"cookie"].decode()})
        else:
            body = b""
            more = True
            while more:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.seen.append((scope["method"], scope["path"], headers, body))
            await self.open.wait()
        fields = [(b"content-length", str(len(answer)).encode())]
        if self.set_cookie is not None:
            fields.append((b"set-cookie", self.set_cookie))
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": answer})


@dataclass(slots=True)
class RunningGateway:
    """A gateway in the test's event loop; `client` speaks to its data listener."""

    data: Address
    admin: Address
    traffic: Traffic
    control: Control
    pools: ConnectionPools
    client: httpx.AsyncClient
    relay: Relay

    async def get(self, path: str, **headers: str) -> str:
        """GET a path and return the body."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await self.client.get(path, headers=names)).text

    async def post(self, path: str, **headers: str) -> str:
        """POST to a path and return the body of the answer."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await self.client.post(path, headers=names, content=b"text")).text


async def given_up(gateway: RunningGateway, epoch: int = 2) -> None:
    """Do what a move does that is given up: v1 keeps the authority, and what is held goes there."""
    await gateway.control.authority("reviews", Authority.V1, epoch)
    gateway.control.release("reviews", epoch)


def impatient(base: Plan, seconds: float) -> Plan:
    """Return a plan by which no application may take longer until the head of its response is there."""

    def terms(given: ResilienceTerms) -> ResilienceTerms:
        return replace(given, try_seconds=seconds)

    services = {name: replace(one, resilience=terms(one.resilience)) for name, one in base.services.items()}
    return replace(base, services=services, monolith_resilience=terms(base.monolith_resilience))


@asynccontextmanager
async def running_gateway(
    base: Plan,
    keeper: MemoryKeeper | None = None,
    clock: Callable[[], float] = time.time,
    read_timeout: float = 10,
    *,
    identity: IdentityTerms | None = None,
    wire: bool = True,
    terms: WireTerms | None = None,
    certificates: Certificates | None = None,
) -> AsyncGenerator[RunningGateway]:
    """Run a gateway with both listeners; an application may pause amid a response for `read_timeout` seconds."""
    keeper = keeper or MemoryKeeper()
    state = keeper.read()
    traffic = Traffic(restored(base, state), clock, state.authorities)
    control = Control(traffic, base, keeper)
    pools = ConnectionPools(Timeouts(connect=5, read=read_timeout))
    source = None
    if identity is not None:
        terms_of_services = {"reviews": (identity, Secret(IDENTITY_KEY))}
        source = Identities(terms_of_services, Monolith(lambda: traffic.plan.monolith, pools).answer, clock, clock)
    relay = Relay(traffic, pools, source)
    async with (
        served(
            create_app(relay), speaking_for(relay, terms or WIRE_TERMS) if wire else ClientProtocol, certificates
        ) as data,
        served(create_admin_app(OwnOrders(control, Collection(relay), relay.shadowing), TOKEN, READER)) as admin,
        httpx.AsyncClient(base_url=f"http://{data}", transport=HttptoolsTransport()) as client,
    ):
        try:
            yield RunningGateway(data, admin, traffic, control, pools, client, relay)
        finally:
            await relay.shadowing.close()
            pools.close()


@asynccontextmanager
async def two_sides(
    share: float = 0,
    keeper: MemoryKeeper | None = None,
    clock: Callable[[], float] = time.time,
    width: int | None = None,
    identity: IdentityTerms = WHOAMI,
) -> AsyncGenerator[tuple[RunningGateway, Side, Side]]:
    """Run a monolith, a service, and a gateway before them that gives the monolith `width` requests at a time."""
    v1, v2 = Side("v1"), Side("v2")
    async with (
        served(v1) as first,
        served(v2) as second,
        running_gateway(
            replace(plan(f"http://{first}", f"http://{second}", share), monolith_width=width),
            keeper,
            clock,
            identity=identity,
        ) as gateway,
    ):
        try:
            yield gateway, v1, v2
        finally:
            v1.open.set()
            v2.open.set()
