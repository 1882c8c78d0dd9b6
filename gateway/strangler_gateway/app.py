"""The gateway as a Starlette application, for every ASGI server."""

from __future__ import annotations

from starlette.applications import Starlette

from strangler_gateway.proxy import Proxy


def create_app(proxy: Proxy) -> Starlette:
    """Return an application that relays every request; it has no routes of its own."""
    application = Starlette()
    application.router.redirect_slashes = False
    application.router.default = proxy
    return application
