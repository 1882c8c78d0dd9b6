"""A listener of the gateway, for clients or for administrators."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Generator

import uvicorn
from starlette.types import ASGIApp

from strangler.model.errors import UnavailableError
from strangler.project import Address
from strangler_gateway.process.certificates import Certificates
from strangler_gateway.process.client_protocol import ClientProtocol

KEEP_ALIVE_SECONDS = 75
"""How long an idle client connection is kept: longer than load balancers keep theirs, so that they close first."""
HANDSHAKE_SECONDS = 10.0
CLOSE_SECONDS = 1.0
"""How long a client may take to answer the TLS close_notify; nothing is lost when it does not."""


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to its caller, which runs it beside another one."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    def _connection(self) -> asyncio.BaseProtocol:
        make = _maker(self.config.http_protocol_class)
        return make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Install no signal handlers."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen and set `up`; done here because uvicorn limits neither the TLS handshake nor its shutdown."""
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

    async def begun(self, serving: asyncio.Task[None]) -> None:
        """Return once the server takes requests; raises the error that ended `serving`, the task that runs it."""
        up = asyncio.create_task(self.up.wait())
        try:
            await asyncio.wait((serving, up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
        if serving.done():
            serving.result()


def _maker(protocol: Callable[..., asyncio.BaseProtocol]) -> Callable[..., asyncio.BaseProtocol]:
    """Return a protocol class typed as a factory: uvicorn's constructors take more arguments than asyncio's."""
    return protocol


def server_config(
    app: ASGIApp,
    drain: float,
    protocol: Callable[..., object] = ClientProtocol,
    certificates: Certificates | None = None,
) -> uvicorn.Config:
    """Return the configuration of a listener that adds nothing to responses and has `drain` seconds to end.

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
    """Return a listening socket at an address; UnavailableError when the address cannot be bound."""
    host = address.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, address.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise UnavailableError(f"cannot be listened on: {error.strerror}", where=str(address)) from error
    listener.setblocking(False)  # noqa: FBT003 - the name is that of the socket library
    return listener


def address_of(listener: socket.socket) -> Address:
    """Return the address a socket listens on."""
    host, port = listener.getsockname()[:2]
    return Address(f"[{host}]" if ":" in host else host, port)
