"""Routes of small programs as lines that read like a route table."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.system import Route


def lines(routes: Iterable[Route]) -> list[str]:
    """``GET /items/{id} shop.views:show`` for each route, sorted."""
    return sorted(f"{route.method} {route.path} {route.handler}" for route in routes)


def entries(routes: Iterable[Route]) -> dict[str, tuple[str, ...]]:
    """The functions that run for each ``GET /path``, their modules left out."""
    return {f"{route.method} {route.path}": tuple(name.partition(":")[2] for name in route.entry) for route in routes}
