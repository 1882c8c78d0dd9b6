"""The gateway as a Starlette application that any ASGI server can run."""

from __future__ import annotations

from starlette.applications import Starlette

from strangler_gateway.endpoint import Endpoint
from strangler_gateway.relay import Relay


def create_app(relay: Relay) -> Starlette:
    """Return an application that relays every request; it has no routes of its own."""
    application = Starlette()
    application.router.redirect_slashes = False
    application.router.default = Endpoint(relay)
    return application
