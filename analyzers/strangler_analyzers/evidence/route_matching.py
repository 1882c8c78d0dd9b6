"""Finds the route that answers a concrete request, fast enough for every line of a log."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from strangler.model.system import Route
from strangler.model.template import matches, spellings
from strangler_analyzers.graph.route_lookup import answers, looseness

_WORD = re.compile(r"[A-Za-z][A-Za-z_.-]{0,23}")


class RouteMatcher:
    """Finds the route of a method and a path among many."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_segment: defaultdict[str, list[Route]] = defaultdict(list)
        self._literals: set[str] = set()
        for route in routes:
            segments = route.path.strip("/").split("/")
            for first in spellings(segments[0]):
                self._by_segment["" if "{" in first else first].append(route)
            self._literals.update(segment for segment in segments if "{" not in segment)
        self.route_of = lru_cache(maxsize=65_536)(self._route_of)

    def _route_of(self, method: str, path: str) -> Route | None:
        """The route that answers a request; of several the one with the most literal text; None if there is none.

        A missing or extra trailing slash is ignored, since frameworks redirect.
        """
        candidates = [*self._by_segment.get(path.strip("/").partition("/")[0], ()), *self._by_segment.get("", ())]
        other_slash = path[:-1] if path.endswith("/") else f"{path}/"
        for spelling in (path, other_slash):
            found = [route for route in candidates if answers(route, method) and matches(route.path, spelling)]
            if found:
                return min(found, key=lambda route: looseness(route.path))
        return None

    def shape(self, path: str) -> str:
        """A path with ``{}`` for every segment that may be a value.

        The first segment is kept if it is a word, any other if some route has it as literal text.
        """
        segments = path.strip("/").split("/")
        kept = [
            segment if segment in self._literals or (place == 0 and _WORD.fullmatch(segment)) else "{}"
            for place, segment in enumerate(segments)
        ]
        return "/" + "/".join(kept) if segments != [""] else "/"
