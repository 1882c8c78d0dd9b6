"""A complete Envoy configuration of a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from strangler.model.json_value import JsonObject
from strangler_gateway.export.entries import entries_of
from strangler_gateway.export.envoy.clusters import clusters_of
from strangler_gateway.export.envoy.listener import listener_of
from strangler_gateway.export.envoy.routes import Placed, in_order, route_configuration, virtual_hosts
from strangler_gateway.export.setting import ExportSetting


def static_configuration(
    setting: ExportSetting, arranged: Callable[[Sequence[Placed]], JsonObject] = in_order
) -> JsonObject:
    """Return a static bootstrap for ``envoy -c``; `arranged` orders the routes, by default for people to read."""
    hosts = virtual_hosts(setting, arranged)
    routing: JsonObject = {"route_config": {**route_configuration(hosts), "validate_clusters": True}}
    return {
        "static_resources": {
            "listeners": [listener_of(setting, routing)],
            "clusters": clusters_of(setting, entries_of(setting)),
        },
    }
