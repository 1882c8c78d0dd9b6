"""A whole configuration of Envoy, made from a plan."""

from __future__ import annotations

from strangler.model.json_value import JsonObject
from strangler_gateway.export.entries import entries_of
from strangler_gateway.export.envoy.clusters import clusters_of
from strangler_gateway.export.envoy.listener import listener_of
from strangler_gateway.export.envoy.routes import route_configuration, virtual_hosts
from strangler_gateway.export.setting import ExportSetting


def static_configuration(setting: ExportSetting) -> JsonObject:
    """Return a bootstrap with everything in it, for ``envoy -c``."""
    routing: JsonObject = {"route_config": {**route_configuration(virtual_hosts(setting)), "validate_clusters": True}}
    return {
        "static_resources": {
            "listeners": [listener_of(setting, routing)],
            "clusters": clusters_of(setting, entries_of(setting)),
        },
    }
