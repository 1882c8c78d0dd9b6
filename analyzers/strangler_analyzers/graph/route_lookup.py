"""Finds the route that answers a request as described by a person."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from strangler.model.system import ANY_METHOD, Route
from strangler.model.template import anonymous, matches, normalised
from strangler_analyzers.graph.errors import UnknownRouteError

_METHOD = re.compile(r"[A-Za-z]+$")
_ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
"""The part of a URL before its path."""
_ALIKE = 0.75


class RouteLookup:
    """Finds routes by ``METHOD /path``; the path is a template, concrete or in a URL; the method may be left out."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = tuple(routes)

    def find(self, request: str) -> tuple[Route, ...]:
        """The routes that a request can mean: one per method if no method is given, more if handlers share a path.

        A path spelled as a template takes precedence over a concrete path, and a template with more
        literal text over one with less; a trailing slash is ignored. A route that does not state
        its methods answers all. Raises UnknownRouteError with the methods of the path, or with
        similar routes; a single word is not a request, even if a route answers every path.
        """
        method, path = _parse(request)
        if not method and "/" not in request:
            raise UnknownRouteError(request, self._with_word(path.strip("/")))
        refused: list[Route] = []
        for candidates in self._stages(path):
            found = [route for route in candidates if answers(route, method)]
            if found:
                best = min(looseness(route.path) for route in found)
                return tuple(route for route in found if looseness(route.path) == best)
            refused = refused or candidates
        if refused:
            others = sorted({(route.method, route.path) for route in refused})
            similar = tuple(f"{other} {template}" for other, template in others)
            raise UnknownRouteError(request, similar, path_exists=True)
        raise UnknownRouteError(request, self._similar(method, path))

    def _stages(self, path: str) -> Iterator[list[Route]]:
        yield [route for route in self._routes if route.path == path]
        yield [route for route in self._routes if normalised(route.path) == normalised(path)]
        other_slash = path[:-1] if path.endswith("/") else f"{path}/"
        for spelling in (path, other_slash):
            yield [route for route in self._routes if matches(route.path, spelling)]

    def _similar(self, method: str, path: str) -> tuple[str, ...]:
        """Routes with a similar first segment, or a similar path as a whole."""
        paths = sorted({route.path for route in self._routes})
        near = difflib.get_close_matches(path, [one for one in paths if _akin(one, path)], n=3, cutoff=0.5)
        return self._shown(near, method)

    def _with_word(self, word: str) -> tuple[str, ...]:
        """Routes with a literal segment similar to the word or starting with it; the shortest paths first."""
        paths = sorted({route.path for route in self._routes}, key=lambda path: (len(path), path))
        segments = {segment for path in paths for segment in path.split("/") if segment and "{" not in segment}
        near = {segment for segment in segments if word and segment.startswith(word)}
        near.update(difflib.get_close_matches(word, sorted(segments), n=3, cutoff=0.75))
        return self._shown([path for path in paths if near.intersection(path.split("/"))][:3], "")

    def _shown(self, paths: Sequence[str], method: str) -> tuple[str, ...]:
        similar: list[str] = []
        for near in paths:
            routes = [route for route in self._routes if route.path == near]
            fitting = [route for route in routes if answers(route, method)] or routes
            similar.append(f"{fitting[0].method} {near}")
        return tuple(similar)


def _akin(path: str, asked: str) -> bool:
    """Whether a person who asked for `asked` may have meant `path`."""
    first, wanted = (one.strip("/").partition("/")[0] for one in (path, asked))
    pairs = ((first, wanted), (path, asked))
    return any(difflib.SequenceMatcher(None, one, other).ratio() >= _ALIKE for one, other in pairs)


def _parse(request: str) -> tuple[str, str]:
    text = request.strip().removeprefix("route:")
    method, _, path = text.partition(" ")
    if not path or not _METHOD.match(method):
        method, path = "", text
    path = _ORIGIN.sub("", path.strip()).partition("?")[0].partition("#")[0]
    return method.upper(), path if path.startswith("/") else f"/{path}"


def answers(route: Route, method: str) -> bool:
    """Whether a route answers a method; the empty one and ``ANY`` stand for every method."""
    if method in {"", ANY_METHOD, route.method} or route.method == ANY_METHOD:
        return True
    return method == "HEAD" and route.method == "GET"


def looseness(template: str) -> tuple[int, int, int]:
    """How much a template leaves open: of several templates that match a path, the least loose one is meant."""
    literal = re.sub(r"\{[^{}]*\}", "", template)
    unnamed = anonymous(template)  # Distinguishes a choice from a placeholder for anything.
    rests = unnamed.count("{:path}")
    return rests, rests + unnamed.count("{}"), -len(literal)
