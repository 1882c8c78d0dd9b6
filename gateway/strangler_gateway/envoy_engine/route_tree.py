"""The routes of a host by what their paths begin with, so that finding one costs no more where there are many.

In order, Envoy tries one after the other, each by an expression. In the tree it goes down the path once, to the longest
beginning there is, and tries only the routes that begin with that or less, in the order in which they win. A route that
begins with more can not be for such a path: its beginning would have been found.
A route that begins with a variable may be for any path, and stands behind every beginning: where there are many such
routes, the tree would grow with the square of their number, and Envoy would not read it in time. They stay in order.
https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/matching/matching_api
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from strangler.model.json_value import JsonObject
from strangler_gateway.export.envoy.extension import typed
from strangler_gateway.export.envoy.routes import Placed, in_order

MOST_COPIES = 4
"""How often a route stands in a tree on average, at most: so many bytes more Envoy reads than of a list."""
_PATH: JsonObject = {
    "name": "path",
    "typed_config": typed("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", header_name=":path"),
}


def by_start(routes: Sequence[Placed]) -> JsonObject:
    """Return routes by their beginnings, or in order where that takes too many copies; the same one wins either way."""
    numbers = Counter(route.start for route in routes)
    starts = sorted(numbers)
    copies = sum(_begun(start, numbers) for start in starts)
    if copies > MOST_COPIES * len(routes):
        return in_order(routes)
    found = {start: _action([route for route in routes if start.startswith(route.start)]) for start in starts}
    return {"matcher": {"matcher_tree": {"input": _PATH, "prefix_match_map": {"map": found}}}}


def _begun(start: str, numbers: Mapping[str, int]) -> int:
    """Return how many routes begin with a beginning or less, from how many there are of each."""
    return sum(numbers.get(start[:length], 0) for length in range(len(start) + 1))


def _action(routes: Sequence[Placed]) -> JsonObject:
    content = typed("envoy.config.route.v3.RouteList", routes=[route.content for route in routes])
    return {"action": {"name": "routes", "typed_config": content}}
