"""The routes of a host in a tree by the prefixes of their paths, so that a lookup does not slow down with their number.

In a list, Envoy tries the routes one after the other, each by an expression. In the tree it descends the path once, to
the longest known prefix, and tries only the routes with that prefix or a shorter one, in the order of precedence. A
route with a longer prefix cannot match such a path: its own prefix would have been found.

A route that begins with a variable may match any path, so it is copied under every prefix. With many such routes the
tree would grow with the square of their number, and Envoy would not read it in time; those stay in a list.

https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/matching/matching_api
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from strangler.model.json_value import JsonObject
from strangler_gateway.export.envoy.extension import typed
from strangler_gateway.export.envoy.routes import Placed, in_order

MOST_COPIES = 4
"""The most copies of a route in a tree on average: Envoy reads so many times the bytes of a list."""
_PATH: JsonObject = {
    "name": "path",
    "typed_config": typed("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", header_name=":path"),
}


def by_start(routes: Sequence[Placed]) -> JsonObject:
    """Return the routes as a tree of prefixes, or as a list when that takes too many copies; the same route wins."""
    numbers = Counter(route.start for route in routes)
    starts = sorted(numbers)
    copies = sum(_begun(start, numbers) for start in starts)
    if copies > MOST_COPIES * len(routes):
        return in_order(routes)
    found = {start: _action([route for route in routes if start.startswith(route.start)]) for start in starts}
    return {"matcher": {"matcher_tree": {"input": _PATH, "prefix_match_map": {"map": found}}}}


def _begun(start: str, numbers: Mapping[str, int]) -> int:
    """Return how many routes have a prefix or a shorter one, given the number of routes with each prefix."""
    return sum(numbers.get(start[:length], 0) for length in range(len(start) + 1))


def _action(routes: Sequence[Placed]) -> JsonObject:
    content = typed("envoy.config.route.v3.RouteList", routes=[route.content for route in routes])
    return {"action": {"name": "routes", "typed_config": content}}
