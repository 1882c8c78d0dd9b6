"""The ASGI endpoint: relays requests and responses as far as ASGI can represent them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from strangler_gateway.relay import Relay
from strangler_gateway.requests.body import ClientWatch, RequestBody
from strangler_gateway.requests.downstream import ResponseTap
from strangler_gateway.requests.edge import Edge
from strangler_gateway.requests.fields import MalformedError
from strangler_gateway.requests.forwarding import forwarded_request, forwarded_response
from strangler_gateway.requests.head import MALFORMED, HeadReader, RequestHead
from strangler_gateway.requests.refusal import Refusal, problem, refusal_fields
from strangler_gateway.transport.exchange import Exchange
from strangler_gateway.transport.grammar import fields_of
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.request import RawRequest


class Endpoint:
    """An ASGI application that relays every request."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._reader = HeadReader()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Relay one request."""
        if scope["type"] == "websocket":
            # ASGI offers no byte tunnel. A server answers 403 when the application closes before it accepts.
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["type"] != "http":
            return
        relay = self._relay
        peer = scope["client"]
        edge = Edge(peer[0] if peer else "unknown", scope["scheme"], relay.ids, relay.traffic.plan.forwarding)
        try:
            head = self._head(scope, edge)
        except MalformedError as error:
            relay.meter.refused(error.refusal.status)
            await answer(send, error.refusal)
            return
        await relay.run(AsgiClient(head, receive, send, relay.meter.refused))

    def _head(self, scope: Scope, edge: Edge) -> RequestHead:
        """Return the request as its HTTP/1.1 head; MalformedError says what is wrong with it."""
        target: bytes = scope["raw_path"]
        if query := scope["query_string"]:
            target = target + b"?" + query
        fields = b"".join([b"\r\n%b: %b" % field for field in scope["headers"]])
        version = b"1.0" if scope["http_version"] == "1.0" else b"1.1"
        raw = b"%b %b HTTP/%b%b\r\n\r\n" % (scope["method"].encode(), target, version, fields)
        head = self._reader.read(raw, edge)
        if head is None or head.size != len(raw):
            raise MalformedError(MALFORMED)
        return head


class AsgiClient:
    """The client behind one ASGI request."""

    def __init__(self, head: RequestHead, receive: Receive, send: Send, refused: Callable[[int], None]) -> None:
        self.request = head
        self.status = 0
        self.half_closed = False
        self.body = RequestBody(receive, head)
        self._send = send
        self._origin: Origin | None = None
        self._refused = refused

    @contextmanager
    def watched(self) -> Generator[None]:
        """Cancel the running task when the client disconnects."""
        watch = ClientWatch(self.body)
        try:
            yield
        except asyncio.CancelledError:
            if not watch.noticed():
                raise
        finally:
            watch.stop()

    def outgoing(self, origin: Origin, identity: bytes | None) -> RawRequest:
        """Return the request for an upstream."""
        head = self.request
        self._origin = origin
        raw = forwarded_request(head, origin, identity)
        body = self.body
        whole = body.read_whole
        request = RawRequest(head.raw_method, raw, head.length, body.first if whole else b"", None if whole else body)
        request.expects_continue = body.expects_continue
        return request

    async def pass_back(self, exchange: Exchange, patience: float, tap: ResponseTap | None) -> None:
        """Send the response as it arrives.

        A response that breaks off breaks off for the client too: the server closes the connection of an endpoint that
        returns early.
        """
        send = self._send
        response = await exchange.head(patience)
        self.status = response.status
        block = forwarded_response(response, self.request, self._origin, chunked=False) + self.request.edge.back
        fields = fields_of(block)
        if response.status == HTTPStatus.NOT_MODIFIED:
            # An ASGI server would expect a body of this length, miss it and close the connection.
            fields = [(name, value) for name, value in fields if name.lower() != b"content-length"]
        await send({"type": "http.response.start", "status": response.status, "headers": fields})
        if tap is not None:
            tap.begin(response)
        while not exchange.complete:
            if data := await exchange.read(patience):
                await send({"type": "http.response.body", "body": data, "more_body": True})
                if tap is not None:
                    tap.more(data)
        data = exchange.take()
        await send({"type": "http.response.body", "body": data, "more_body": False})
        if tap is not None:
            tap.more(data)
            tap.finished(self)

    async def answer(self, refusal: Refusal) -> None:
        """Send a response of the gateway's own."""
        self.status = refusal.status
        self._refused(refusal.status)
        await answer(self._send, refusal)


async def answer(send: Send, refusal: Refusal) -> None:
    """Send a response of the gateway's own: problem details (RFC 9457)."""
    body = problem(refusal)
    found = refusal_fields(refusal, body, persistent=not refusal.ends_connection)
    headers = [(name.lower(), value) for name, value in found]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
