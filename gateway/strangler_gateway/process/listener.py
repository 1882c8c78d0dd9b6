"""A listener of the gateway: clients' or administrators'."""

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
"""How long a client's idle connection is kept; longer than load balancers keep theirs, so that they close first."""
HANDSHAKE_SECONDS = 10.0
CLOSE_SECONDS = 1.0
"""How long a client may take to agree to the end of TLS; nothing is lost when it does not."""


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

    async def begun(self, serving: asyncio.Task[None]) -> None:
        """Return once `serving`, the task that runs the server, takes requests; raises what has ended it before."""
        up = asyncio.create_task(self.up.wait())
        try:
            await asyncio.wait((serving, up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
        if serving.done():
            serving.result()


def _maker(protocol: Callable[..., asyncio.BaseProtocol]) -> Callable[..., asyncio.BaseProtocol]:
    """Return the class as what makes one: those of uvicorn take more than asyncio's."""
    return protocol


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
