"""The routes of a host by what their paths begin with, so that finding one costs no more where there are many.

In order, Envoy tries one after the other, each by an expression. In the tree it goes down the path once, to the longest
beginning there is, and tries only the routes that begin with that or less, in the order in which they win. A route that
begins with more can not be for such a path: its beginning would have been found.
https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/matching/matching_api
"""

from __future__ import annotations

from collections.abc import Sequence

from strangler.model.json_value import JsonObject
from strangler_gateway.export.envoy.extension import typed
from strangler_gateway.export.envoy.routes import Placed

_PATH: JsonObject = {
    "name": "path",
    "typed_config": typed("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", header_name=":path"),
}


def by_start(routes: Sequence[Placed]) -> JsonObject:
    """Return routes by their beginnings; which one wins is as `in_order` says."""
    starts = sorted({route.start for route in routes})
    found = {start: _action([route for route in routes if start.startswith(route.start)]) for start in starts}
    return {"matcher": {"matcher_tree": {"input": _PATH, "prefix_match_map": {"map": found}}}}


def _action(routes: Sequence[Placed]) -> JsonObject:
    content = typed("envoy.config.route.v3.RouteList", routes=[route.content for route in routes])
    return {"action": {"name": "routes", "typed_config": content}}
