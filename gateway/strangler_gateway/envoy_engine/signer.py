"""The service that Envoy asks for clients' identities: it answers with the signed header."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from strangler_gateway.endpoint import answer
from strangler_gateway.identity.identities import WithoutIdentityError
from strangler_gateway.relay import Relay
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.requests.forwarding import IDENTITY_HEADER


@dataclass(frozen=True, slots=True)
class Signer:
    """An ASGI application that gets requests without their bodies, and signs the identities for their services."""

    relay: Relay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200, with or without the header; Envoy passes any other response on to the client."""
        if scope["type"] != "http":
            return
        try:
            token = await self._token(
                RequestFacts(scope["method"], scope["path"], scope["headers"], "", scope["query_string"])
            )
        except WithoutIdentityError as error:
            await answer(send, error.refusal)
            return
        headers = [(b"content-length", b"0"), *([(IDENTITY_HEADER, token)] if token is not None else [])]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body"})

    async def _token(self, request: RequestFacts) -> bytes | None:
        route = self.relay.traffic.ready.table.find(request.method, request.path, request)
        identities = self.relay.identity
        identity = identities.of(route.service) if route is not None and identities is not None else None
        return await identity.header(request) if identity is not None else None
