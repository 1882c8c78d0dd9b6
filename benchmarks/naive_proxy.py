"""The proxy one writes first, from Starlette and httpx: ``python -m benchmarks.naive_proxy PORT UPSTREAM``."""

from __future__ import annotations

import sys

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


def _application(upstream: str) -> Starlette:
    client = httpx.AsyncClient(base_url=upstream)

    async def relay(request: Request) -> Response:
        url = httpx.URL(path=request.url.path, query=request.url.query.encode())
        outgoing = client.build_request(
            request.method, url, headers=request.headers.raw, content=await request.body() or None
        )
        incoming = await client.send(outgoing, stream=True)
        headers = {name: value for name, value in incoming.headers.items() if name not in _HOP_BY_HOP}
        return StreamingResponse(
            incoming.aiter_raw(),
            status_code=incoming.status_code,
            headers=headers,
            background=BackgroundTask(incoming.aclose),
        )

    return Starlette(routes=[Route("/{path:path}", relay, methods=_METHODS)])


if __name__ == "__main__":
    uvicorn.run(_application(sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
