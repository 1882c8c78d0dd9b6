"""Which of some routes a path means that code asks for, where a part of it is not told, or a prefix is left out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from strangler.model.system import Route
from strangler_analyzers.graph.route_lookup import answers, looseness
from strangler_analyzers.own_requests.known_texts import UNKNOWN

_PLACE = re.compile(r"\{[^{}/]*\}|%\(\w+\)s|%[sd]")
_ORIGIN = re.compile(r"\w+://[^/]*")


def fits(template: Sequence[str], segments: Sequence[str]) -> bool:
    """Whether a path is one of a template: a segment that is not told fits a placeholder only."""
    return len(template) == len(segments) and all(
        bool(segment) if "{" in wanted else wanted == segment
        for wanted, segment in zip(template, segments, strict=True)
    )


def segments_of(text: str) -> list[str] | None:
    """The segments of a path, without origin and query; None of what is no path.

    Where nothing is known of its beginning, as of ``f"{base}/orders"``, the first segment is `UNKNOWN`.
    """
    path = _PLACE.sub(UNKNOWN, _ORIGIN.sub("", text).partition("?")[0].partition("#")[0])
    if not path.startswith(("/", f"{UNKNOWN}/")):
        return None
    return path.strip("/").split("/")


class AskedRoutes:
    """Finds the routes that a request may mean."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_end: defaultdict[str, list[tuple[tuple[str, ...], Route]]] = defaultdict(list)
        for route in routes:
            template = tuple(route.path.strip("/").split("/"))
            self._by_end["{" if "{" in template[-1] else template[-1]].append((template, route))

    def find(self, method: str, segments: Sequence[str], *, open_beginning: bool) -> Iterator[tuple[Route, bool]]:
        """The routes, each with whether the path is the route's whole one; an empty method is any."""
        tail = segments[1:] if open_beginning else segments
        if not tail:
            return
        ends = [*self._by_end.get("{", ()), *self._by_end.get(tail[-1], ())]
        found = _tightest(ends, method, tail, fits)
        is_loose = not found and any(UNKNOWN in segment for segment in tail)
        if is_loose:
            every = [item for items in self._by_end.values() for item in items]
            found = _tightest(every, method, tail, _may_be)
        for prefix, route in found:
            yield route, not (prefix or open_beginning or is_loose)


def _tightest(
    routes: Iterable[tuple[tuple[str, ...], Route]],
    method: str,
    segments: Sequence[str],
    is_meant: Callable[[Sequence[str], Sequence[str]], bool],
) -> list[tuple[tuple[str, ...], Route]]:
    """The tightest routes below each prefix, with it: ``/variables/count`` is no ``/variables/{id}``."""
    best: dict[tuple[tuple[str, ...], str], tuple[tuple[int, int, int], Route]] = {}
    for template, route in routes:
        prefix, rest = template[: -len(segments)], template[-len(segments) :]
        if not answers(route, method) or not is_meant(rest, segments):
            continue
        if prefix and not any(wanted == segment for wanted, segment in zip(rest, segments, strict=True)):
            continue
        key, rank = (prefix, route.method), looseness(route.path)
        if key not in best or rank < best[key][0]:
            best[key] = rank, route
    return [(prefix, route) for (prefix, _), (_, route) in best.items()]


def _may_be(template: Sequence[str], segments: Sequence[str]) -> bool:
    """Whether a path may be one of a template, what is not told being anything; one segment must be the same."""
    told = [place for place, segment in enumerate(segments) if UNKNOWN not in segment]
    return (
        len(template) == len(segments)
        and any(template[place] == segments[place] for place in told)
        and all("{" in template[place] or template[place] == segments[place] for place in told)
    )
