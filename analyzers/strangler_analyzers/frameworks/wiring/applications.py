"""Decides which of several applications in one program is the monolith."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from strangler.model.system import EntryKind, EntryPoint, Route

MAX_SIDE_ROUTES = 5
MAX_SIDE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Applications:
    """The routes of the monolith, and those of small separate servers next to it.

    Examples are a worker's health check, or the callback page of a command line login. They run in other processes on
    other ports, so their paths are not the monolith's. A small server has at most MAX_SIDE_ROUTES routes and less than
    MAX_SIDE_SHARE of those of the largest application.
    """

    main: tuple[Route, ...]
    side: tuple[Route, ...]

    @classmethod
    def told_apart(cls, applications: Sequence[Sequence[Route]]) -> Applications:
        """Divide the routes of all applications into those of the monolith and of small servers."""
        paths = [len({route.path for route in routes}) for routes in applications]
        largest = max(paths, default=0)
        main: list[Route] = []
        side: list[Route] = []
        for count, routes in zip(paths, applications, strict=True):
            is_small = count <= MAX_SIDE_ROUTES and count < MAX_SIDE_SHARE * largest
            (side if is_small else main).extend(routes)
        return cls(_once(main), _once(side))

    def entry_points(self) -> Iterable[EntryPoint]:
        """The handlers of the small servers' routes."""
        for route in self.side:
            for function in route.entry[route.first_own :]:
                yield EntryPoint(EntryKind.SERVER, f"{route.method} {route.path}", function, route.location)


def _once(routes: Iterable[Route]) -> tuple[Route, ...]:
    """One record for each method, path and handler, since two applications may be made from the same parts."""
    kept: dict[tuple[str, str, str], Route] = {}
    for route in routes:
        kept.setdefault((route.path, route.method, route.handler), route)
    return tuple(kept.values())
