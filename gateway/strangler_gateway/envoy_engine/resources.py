"""Envoy's configuration as files: discovery responses, and the bootstrap that names them.

Version 3 of xDS over files: Envoy adopts a response that is moved into place, and refuses it as a whole when something
in it is wrong. https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import msgspec

from strangler.model.json_value import Json, JsonObject
from strangler_gateway.envoy_engine.counting import counts
from strangler_gateway.envoy_engine.envoy_files import EnvoyFiles
from strangler_gateway.envoy_engine.route_tree import by_start
from strangler_gateway.export.envoy.clusters import every_cluster, local_cluster, with_fallback
from strangler_gateway.export.envoy.listener import listener_of, local_listener
from strangler_gateway.export.envoy.routes import route_configuration, virtual_hosts
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.routing.drained_host import MONOLITH

ROUTES = "plan"
PLANE, SIGNER, PLANE_OR_V1 = "~plane", "~signer", "~plane-or-monolith"
"""The clusters of our own data plane and signer; the names cannot be those of services."""
THREADS = "threads"
THREADS_HOST = "threads.strangler.invalid"
"""The listener at which each thread tells which routes it follows, and a host name that cannot exist (RFC 6761)."""


class Kind(StrEnum):
    """The kind of resources in a file."""

    CLUSTERS = "clusters"
    LISTENERS = "listeners"
    ROUTES = "routes"


_TYPES = {
    Kind.CLUSTERS: "type.googleapis.com/envoy.config.cluster.v3.Cluster",
    Kind.LISTENERS: "type.googleapis.com/envoy.config.listener.v3.Listener",
    Kind.ROUTES: "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its name, and its JSON with the type."""

    name: str
    encoded: bytes


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of one kind; `told` is what a thread answers that follows these routes."""

    kind: Kind
    content: tuple[Resource, ...]
    told: str = ""

    @classmethod
    def of(cls, kind: Kind, *content: JsonObject) -> Resources:
        """Return resources with the given contents."""
        return cls(
            kind,
            tuple(Resource(str(one["name"]), msgspec.json.encode({"@type": _TYPES[kind], **one})) for one in content),
        )

    @classmethod
    def read(cls, kind: Kind, file: bytes) -> Resources:
        """Return the resources in a file that an earlier process wrote; none when it cannot be read."""
        try:
            response = msgspec.json.decode(file, type=_Response)
            return cls(
                kind,
                tuple(Resource(msgspec.json.decode(one, type=_Named).name, bytes(one)) for one in response.resources),
            )
        except msgspec.DecodeError:
            return cls(kind, ())

    @property
    def version(self) -> str:
        """A digest, equal for equal resources: 16 hex digits."""
        digest = sha256()
        for one in self.content:
            digest.update(one.encoded)
        return digest.hexdigest()[:16]

    def file(self) -> bytes:
        """Return the discovery response, the content of the file Envoy watches."""
        return msgspec.json.encode(_Response([msgspec.Raw(one.encoded) for one in self.content], self.version))

    def with_those_of(self, earlier: Resources) -> Resources:
        """Return these and the earlier ones missing here, because those still in use must not vanish first."""
        names = {one.name for one in self.content}
        return Resources(self.kind, (*self.content, *(one for one in earlier.content if one.name not in names)))


class _Response(msgspec.Struct):
    resources: list[msgspec.Raw]
    version_info: str


class _Named(msgspec.Struct):
    name: str


def resources_of(setting: ExportSetting, files: EnvoyFiles) -> Mapping[Kind, Resources]:
    """Return all resources of a plan, by kind."""
    source = _source(files.folder, Kind.ROUTES)
    routing: JsonObject = {"rds": {"route_config_name": ROUTES, "config_source": source}}
    signed = replace(setting, signer=SIGNER)
    hosts = virtual_hosts(signed, by_start)
    version = sha256(msgspec.json.encode(hosts)).hexdigest()[:16]
    # Without validation, Envoy would adopt routes to missing clusters, and answer 503.
    routes: JsonObject = {**route_configuration([*hosts, _telling(version)]), "validate_clusters": True}
    return {
        Kind.CLUSTERS: Resources.of(
            Kind.CLUSTERS,
            *every_cluster(signed),
            local_cluster(signed, PLANE, files.plane),
            local_cluster(signed, SIGNER, files.signer),
            with_fallback(PLANE_OR_V1, PLANE, MONOLITH),
        ),
        Kind.LISTENERS: Resources.of(
            Kind.LISTENERS,
            listener_of(signed, routing, counts()),
            local_listener(THREADS, files.threads, {"rds": {"route_config_name": ROUTES, "config_source": source}}),
        ),
        Kind.ROUTES: replace(Resources.of(Kind.ROUTES, routes), told=version),
    }


def _telling(version: str) -> JsonObject:
    """Return the virtual host that answers which routes a thread follows."""
    answer: JsonObject = {"status": 200, "body": {"inline_string": version}}
    return {
        "name": THREADS,
        "domains": [THREADS_HOST],
        "routes": [{"name": THREADS, "match": {"prefix": "/"}, "direct_response": answer}],
    }


def bootstrap(files: EnvoyFiles) -> JsonObject:
    """Return the bootstrap configuration Envoy is started with."""
    folder = files.folder
    return {
        "node": {"id": "strangler", "cluster": "strangler"},
        "admin": {"address": {"pipe": {"path": str(files.socket), "mode": 0o600}}},
        # How often Envoy adds up the counts of its threads.
        "stats_flush_interval": "1s",
        "dynamic_resources": {
            "cds_config": _source(folder, Kind.CLUSTERS),
            "lds_config": _source(folder, Kind.LISTENERS),
        },
    }


def file_of(folder: Path, kind: Kind) -> Path:
    """Return the file that Envoy watches for a kind of resources."""
    return folder / f"{kind}.json"


def _source(folder: Path, kind: Kind) -> JsonObject:
    path: dict[str, Json] = {"path": str(file_of(folder, kind)), "watched_directory": {"path": str(folder)}}
    return {"path_config_source": path, "resource_api_version": "V3"}
