"""The connection pool as an httpx transport: ``httpx.AsyncClient(transport=HttptoolsTransport())``."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager

import httpx

from strangler.model.tls import UPSTREAM_TLS, UpstreamTls
from strangler_gateway.transport.errors import (
    UpstreamClosedError,
    UpstreamProtocolError,
    UpstreamTimeoutError,
    UpstreamUnreachableError,
)
from strangler_gateway.transport.exchange import Exchange
from strangler_gateway.transport.grammar import Headers
from strangler_gateway.transport.origin import DEFAULT_PORTS, Origin
from strangler_gateway.transport.pool import ConnectionPools, PoolLimits, Timeouts
from strangler_gateway.transport.request import Request

_FORBIDDEN = re.compile(rb"[\r\n\0]")


class HttptoolsTransport(httpx.AsyncBaseTransport):
    """Sends the target and the header fields exactly as the request has them, including order and duplicates.

    A transport belongs to one event loop. It uses its own timeouts and `tls`, not those of the client.
    """

    def __init__(
        self, timeouts: Timeouts | None = None, limits: PoolLimits | None = None, tls: UpstreamTls = UPSTREAM_TLS
    ) -> None:
        self._pools = ConnectionPools(timeouts, limits)
        self._tls = None if tls == UPSTREAM_TLS else tls

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of the response is read while its stream is iterated."""
        url = request.url
        origin = Origin(url.scheme, url.host, url.port or DEFAULT_PORTS.get(url.scheme, 0), self._tls)
        with _httpx_errors(request):
            exchange = await self._pools.of(origin).send(_request(request))
        return httpx.Response(
            exchange.status,
            headers=exchange.headers,
            stream=_BodyStream(exchange, self._pools.timeouts.read, request),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": exchange.reason},
            request=request,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        self._pools.close()


class _BodyStream(httpx.AsyncByteStream):
    def __init__(self, exchange: Exchange, timeout: float, request: httpx.Request) -> None:
        self._exchange = exchange
        self._timeout = timeout
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx_errors(self._request):
            while data := await self._exchange.read(self._timeout):
                yield data

    async def aclose(self) -> None:
        self._exchange.close()


def _request(request: httpx.Request) -> Request:
    target = request.extensions.get("target", request.url.raw_path)
    headers: Headers = list(request.headers.raw)
    method = request.method.encode("ascii")
    for part in (method, target, *(part for field in headers for part in field)):
        if _FORBIDDEN.search(part):
            raise httpx.LocalProtocolError(f"a line break in {part!r}", request=request)
    stream = request.stream
    if isinstance(stream, httpx.ByteStream):
        return Request(method, target, headers, body=b"".join(stream))
    if not isinstance(stream, httpx.AsyncByteStream):
        raise TypeError("an asynchronous client needs an asynchronous request body")
    return Request(method, target, headers, source=stream)


@contextmanager
def _httpx_errors(request: httpx.Request) -> Generator[None]:
    try:
        yield
    except UpstreamUnreachableError as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except UpstreamTimeoutError as error:
        raise httpx.ReadTimeout(str(error), request=request) from error
    except UpstreamClosedError as error:
        raise httpx.ReadError(str(error), request=request) from error
    except UpstreamProtocolError as error:
        raise httpx.RemoteProtocolError(str(error), request=request) from error
