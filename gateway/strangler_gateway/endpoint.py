"""The ASGI endpoint: requests and responses as ASGI can carry them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import unquote_to_bytes

from starlette.types import Receive, Scope, Send

from strangler_gateway.downstream import Refusal, problem
from strangler_gateway.forwarding import forwarded_request, forwarded_response
from strangler_gateway.relay import Relay
from strangler_gateway.request_body import ClientWatch, RequestBody
from strangler_gateway.request_facts import RequestFacts
from strangler_gateway.transport.exchange import Exchange
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.pool import Request


class Endpoint:
    """An ASGI application that relays every request."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Relay one request."""
        if scope["type"] != "http":
            return
        client = AsgiClient(scope, receive, send)
        refusal = _refusal(client.request, scope)
        if refusal is not None:
            await client.answer(refusal)
        else:
            await self._relay.run(client)


class AsgiClient:
    """The client behind one ASGI request."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer = scope["client"]
        self.request = RequestFacts(
            scope["method"],
            scope["path"],
            scope["headers"],
            peer[0] if peer else "unknown",
            query=scope["query_string"],
        )
        self.body = RequestBody(receive, self.request)
        self._scope = scope
        self._send = send

    @contextmanager
    def watched(self) -> Generator[None]:
        """Cancel the running task when the client goes."""
        watch = ClientWatch(self.body)
        try:
            yield
        except asyncio.CancelledError:
            if not watch.noticed():
                raise
        finally:
            watch.stop()

    def outgoing(self, origin: Origin, identity: bytes | None) -> Request:
        """Return the request for an upstream."""
        scope = self._scope
        request_id = secrets.token_hex(16).encode()
        headers = forwarded_request(self.request, scheme=scope["scheme"], request_id=request_id, identity=identity)
        target: bytes = scope["raw_path"]
        query: bytes = scope["query_string"]
        if query:
            target = target + b"?" + query
        method = self.request.method.encode()
        if self.body.announced and not self.body.read_whole:
            return Request(method, target, headers, source=self.body)
        return Request(method, target, headers, body=self.body.first)

    async def pass_back(self, exchange: Exchange, patience: float) -> None:
        """Send the response as it arrives.

        When it is cut off, so is what was sent: an endpoint that returns early makes the server close the connection.
        """
        send = self._send
        await send(
            {
                "type": "http.response.start",
                "status": exchange.status,
                "headers": forwarded_response(exchange.headers),
            }
        )
        while not exchange.complete:
            if data := await exchange.read(patience):
                await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": exchange.take(), "more_body": False})

    async def answer(self, refusal: Refusal) -> None:
        """Answer in the name of the gateway: a problem of RFC 9457."""
        body = problem(refusal)
        headers = [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(body))]
        if refusal.retry_after is not None:
            headers.append((b"retry-after", b"%d" % refusal.retry_after))
        await self._send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _refusal(request: RequestFacts, scope: Scope) -> Refusal | None:
    """What is wrong with a request that two servers might read differently."""
    version: str = scope["http_version"]
    hosts = 0
    for name, value in request.headers:
        if name == b"host":
            hosts += 1
        elif name == b"transfer-encoding":
            if version == "1.0":
                return Refusal(400, "Transfer-Encoding in HTTP/1.0")
            if value.lower() != b"chunked":
                return Refusal(501, "only chunked is understood as Transfer-Encoding")
    if hosts > 1 or (hosts == 0 and version == "1.1"):
        return Refusal(400, "exactly one Host is needed")
    if "\ufffd" in request.path:
        try:
            unquote_to_bytes(scope["raw_path"]).decode()
        except UnicodeDecodeError:
            return Refusal(400, "the path is not UTF-8")
    return None
