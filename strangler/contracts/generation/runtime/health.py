"""Liveness and readiness of the service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

Ready = Callable[[], Awaitable[bool]]
"""Whether everything that the service needs, such as its database, can be reached."""
HEALTH_PATH = "/_internal_/healthcheck"
READINESS_PATH = "/_internal_/readiness"


async def always_ready() -> bool:
    """Readiness of a service that needs nothing else."""
    return True


def liveness_routes() -> list[BaseRoute]:
    """Answer whether the process is alive. It checks nothing else, or a slow database would restart every service."""

    async def answer(_: Request) -> Response:
        return JSONResponse({"status": "healthy"})

    return [Route(HEALTH_PATH, answer, methods=["GET"])]


def readiness_routes(ready: Ready) -> list[BaseRoute]:
    """Answer whether the service should receive requests: 503 while it should not."""

    async def answer(_: Request) -> Response:
        is_ready = await ready()
        return JSONResponse({"status": "ready" if is_ready else "not ready"}, 200 if is_ready else 503)

    return [Route(READINESS_PATH, answer, methods=["GET"])]
