"""Our servers for Envoy, on sockets only its user may open: the data plane for detours, and the signer."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

from strangler.model.errors import UnavailableError
from strangler.model.wire import WireTerms
from strangler_gateway.app import create_app
from strangler_gateway.envoy_engine.envoy_files import EnvoyFiles
from strangler_gateway.envoy_engine.signer import Signer
from strangler_gateway.process.listener import Server, server_config
from strangler_gateway.relay import Relay
from strangler_gateway.resilience.health import HealthChecks
from strangler_gateway.wire.listening import behind_proxy


class Plane:
    """Our servers at their sockets."""

    def __init__(self, relay: Relay, files: EnvoyFiles, terms: WireTerms, drain: float) -> None:
        self._relay = relay
        self._servers = {
            files.plane: Server(server_config(create_app(relay), drain, behind_proxy(relay, terms))),
            files.signer: Server(server_config(Signer(relay), drain=1)),
        }
        self._tasks: list[asyncio.Task[None]] = []
        self._checking: asyncio.Task[None] | None = None
        self._checks = HealthChecks(lambda: relay.applications.all(relay.traffic.plan), relay.pools, time.monotonic)

    async def begin(self) -> None:
        """Take requests, and replace sockets an earlier process has left; UnavailableError when that is impossible."""
        for socket_place, server in self._servers.items():
            serving = asyncio.create_task(server.serve([_listener(socket_place)]))
            self._tasks.append(serving)
            await server.begun(serving)
        self._checking = asyncio.create_task(self._checks.run())

    async def end(self) -> None:
        """Accept no more requests, and let those in flight end."""
        for server in self._servers.values():
            server.should_exit = True
        await asyncio.gather(*self._tasks)
        if self._checking is not None:
            self._checking.cancel()
        await self._relay.shadowing.close()
        self._relay.pools.close()


def _listener(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise UnavailableError(f"cannot be listened on: {error.strerror}", where=str(path)) from error
    listener.setblocking(False)  # noqa: FBT003 - the name is that of the socket library
    return listener
