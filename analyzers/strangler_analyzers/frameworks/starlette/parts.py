"""The classes a FastAPI or Starlette application is wired from."""

from __future__ import annotations

from enum import Enum, auto


class Kind(Enum):
    """What a part does."""

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
HOLDERS = frozenset({Kind.APPLICATION, Kind.ROUTER, Kind.MOUNT})
"""Parts that have routes."""


def kind_of(path: str) -> Kind | None:
    """The kind of part an outside class makes."""
    package, _, rest = path.partition(".")
    if package not in {"fastapi", "starlette"} and not package.startswith("fastapi_"):
        return None
    return _KINDS.get(rest.rpartition(".")[2])


def makes_part(path: str) -> bool:
    """Whether an outside class makes a part."""
    return kind_of(path) is not None
