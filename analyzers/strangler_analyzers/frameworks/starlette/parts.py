"""The classes of the parts of a FastAPI or Starlette application."""

from __future__ import annotations

from enum import Enum, auto


class Kind(Enum):
    """The kinds of parts."""

    APPLICATION = auto()
    ROUTER = auto()
    ROUTE = auto()
    """An entry of a list of routes."""
    WEBSOCKET = auto()
    MOUNT = auto()
    DEPENDENCY = auto()


_KINDS = {
    "FastAPI": Kind.APPLICATION,
    "Starlette": Kind.APPLICATION,
    "Cadwyn": Kind.APPLICATION,
    "APIRouter": Kind.ROUTER,
    "Router": Kind.ROUTER,
    "InferringRouter": Kind.ROUTER,
    "Route": Kind.ROUTE,
    "APIRoute": Kind.ROUTE,
    "WebSocketRoute": Kind.WEBSOCKET,
    "APIWebSocketRoute": Kind.WEBSOCKET,
    "Mount": Kind.MOUNT,
    "Depends": Kind.DEPENDENCY,
    "Security": Kind.DEPENDENCY,
}
_PACKAGES = frozenset({"fastapi", "starlette", "cadwyn"})
HOLDERS = frozenset({Kind.APPLICATION, Kind.ROUTER, Kind.MOUNT})
"""Parts that have routes."""


def kind_of(path: str) -> Kind | None:
    """The kind of part that a library class makes."""
    package, _, rest = path.partition(".")
    name = rest.rpartition(".")[2]
    if package in _PACKAGES or package.startswith("fastapi_"):
        known = _KINDS.get(name)
        if known is not None:
            return known
    # Routers of other packages are subclasses, recognised by their name.
    return Kind.ROUTER if name.endswith("APIRouter") else None


def makes_part(path: str) -> bool:
    """Whether a library class makes a part."""
    return kind_of(path) is not None
