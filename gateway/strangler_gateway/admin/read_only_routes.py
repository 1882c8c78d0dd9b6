"""Read-only routes of the admin listener: health, readiness, version and metrics."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from strangler_gateway.admin.answers import answered
from strangler_gateway.admin.messages import Health, Ready, Version
from strangler_gateway.admin.orders import Orders
from strangler_gateway.admin.self_check import healthy
from strangler_gateway.hot_path import is_compiled
from strangler_gateway.metrics.exposition import CONTENT_TYPE, exposition
from strangler_gateway.metrics.process import own_version
from strangler_gateway.metrics.workers import WorkerMeasures

PARTS = 50
"""Parts of the metrics written at a time; about a millisecond of work."""
READY_PATH = "/_internal_/ready"


def read_only_routes(orders: Orders, ready: Callable[[], bool]) -> list[Route]:
    """Return the routes; `ready` says whether requests are taken now."""
    endpoints = _ReadOnlyEndpoints(orders, ready)
    return [
        Route("/metrics", endpoints.metrics, methods=["GET"]),
        Route("/measures", endpoints.measures, methods=["GET"]),
        Route("/_internal_/healthcheck", endpoints.healthcheck, methods=["GET"]),
        Route(READY_PATH, endpoints.ready, methods=["GET"]),
        Route("/_internal_/version", endpoints.version, methods=["GET"]),
    ]


class _ReadOnlyEndpoints:
    def __init__(self, orders: Orders, ready: Callable[[], bool]) -> None:
        self._orders = orders
        self._ready = ready

    async def metrics(self, _: Request) -> Response:
        return StreamingResponse(_in_turns(exposition(await self._orders.measures())), media_type=CONTENT_TYPE)

    async def measures(self, _: Request) -> Response:
        return answered(WorkerMeasures(os.getpid(), await self._orders.measures()))

    async def healthcheck(self, _: Request) -> Response:
        checks = tuple(await self._orders.checks())
        well = healthy(checks)
        return answered(Health("ok" if well else "failing", checks), 200 if well else 422)

    async def ready(self, _: Request) -> Response:
        ready = self._ready()
        return answered(Ready(ready), 200 if ready else 503)

    async def version(self, _: Request) -> Response:
        return answered(Version(own_version(), platform.python_version(), is_compiled()))


async def _in_turns(parts: Iterable[str]) -> AsyncIterator[str]:
    """Yield the parts in groups, and let requests run in between."""
    remaining = iter(parts)
    while some := "".join(islice(remaining, PARTS)):
        yield some
        await asyncio.sleep(0)
