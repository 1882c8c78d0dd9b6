"""Several applications in one program: which of them is the monolith."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from strangler.model.system import EntryKind, EntryPoint, Route

MAX_SIDE_ROUTES = 5
MAX_SIDE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Applications:
    """The routes of the monolith, and those of small servers of their own beside it.

    A worker's health check, the page a command line login comes back to: they run in other processes on other ports, so
    that their paths say nothing about the monolith's. A small server has at most MAX_SIDE_ROUTES routes and less than
    MAX_SIDE_SHARE of those of the largest application.
    """

    main: tuple[Route, ...]
    side: tuple[Route, ...]

    @classmethod
    def told_apart(cls, applications: Sequence[Sequence[Route]]) -> Applications:
        """The routes of all applications, by what they are."""
        paths = [len({route.path for route in routes}) for routes in applications]
        largest = max(paths, default=0)
        main: list[Route] = []
        side: list[Route] = []
        for count, routes in zip(paths, applications, strict=True):
            is_small = count <= MAX_SIDE_ROUTES and count < MAX_SIDE_SHARE * largest
            (side if is_small else main).extend(routes)
        return cls(_once(main), _once(side))

    def entry_points(self) -> Iterable[EntryPoint]:
        """The functions that answer the small servers' routes."""
        for route in self.side:
            for function in route.entry[route.first_own :]:
                yield EntryPoint(EntryKind.SERVER, f"{route.method} {route.path}", function, route.location)


def _once(routes: Iterable[Route]) -> tuple[Route, ...]:
    """One record for each method of a path and its handler: two applications may be made from the same parts."""
    kept: dict[tuple[str, str, str], Route] = {}
    for route in routes:
        kept.setdefault((route.path, route.method, route.handler), route)
    return tuple(kept.values())
