"""What Envoy is told, as the files it follows: discovery responses, and the bootstrap that names them.

Version 3 of xDS over files: a response that is moved to where Envoy looks is adopted, and refused as a whole when
something is wrong in it. https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol
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
from strangler_gateway.envoy_engine.place import EnvoyPlace
from strangler_gateway.envoy_engine.route_tree import by_start
from strangler_gateway.export.envoy.clusters import every_cluster, local_cluster, with_fallback
from strangler_gateway.export.envoy.listener import listener_of, local_listener
from strangler_gateway.export.envoy.routes import route_configuration, virtual_hosts
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.routing.drained_host import MONOLITH

ROUTES = "plan"
PLANE, SIGNER, PLANE_OR_V1 = "~plane", "~signer", "~plane-or-monolith"
"""The clusters of our own data plane, and of what signs who is asking; no service is called so."""
THREADS = "threads"
THREADS_HOST = "threads.strangler.invalid"
"""The listener whose connections tell which routes their threads follow, under a name no host has (RFC 6761)."""


class Kind(StrEnum):
    """What a file is about."""

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
    """One of them, with its name and type, as JSON."""

    name: str
    encoded: bytes


@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of one kind; `told` is what a thread says that follows these routes."""

    kind: Kind
    content: tuple[Resource, ...]
    told: str = ""

    @classmethod
    def of(cls, kind: Kind, *content: JsonObject) -> Resources:
        """Return some that are made here."""
        return cls(
            kind,
            tuple(Resource(str(one["name"]), msgspec.json.encode({"@type": _TYPES[kind], **one})) for one in content),
        )

    @classmethod
    def read(cls, kind: Kind, file: bytes) -> Resources:
        """Return what an earlier process wrote; nothing where that can not be read."""
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
        """Equal for equal resources."""
        digest = sha256()
        for one in self.content:
            digest.update(one.encoded)
        return digest.hexdigest()[:16]

    def file(self) -> bytes:
        """Return the response that is moved to where Envoy looks."""
        return msgspec.json.encode(_Response([msgspec.Raw(one.encoded) for one in self.content], self.version))

    def with_those_of(self, earlier: Resources) -> Resources:
        """Return these and the earlier ones that are no more: what is still in use must not vanish first."""
        names = {one.name for one in self.content}
        return Resources(self.kind, (*self.content, *(one for one in earlier.content if one.name not in names)))


class _Response(msgspec.Struct):
    resources: list[msgspec.Raw]
    version_info: str


class _Named(msgspec.Struct):
    name: str


def resources_of(setting: ExportSetting, place: EnvoyPlace) -> Mapping[Kind, Resources]:
    """Return everything that follows from a plan."""
    source = _source(place.folder, Kind.ROUTES)
    routing: JsonObject = {"rds": {"route_config_name": ROUTES, "config_source": source}}
    signed = replace(setting, signer=SIGNER)
    hosts = virtual_hosts(signed, by_start)
    version = sha256(msgspec.json.encode(hosts)).hexdigest()[:16]
    # Routes to what is not there would be adopted otherwise, and answered by 503.
    routes: JsonObject = {**route_configuration([*hosts, _telling(version)]), "validate_clusters": True}
    return {
        Kind.CLUSTERS: Resources.of(
            Kind.CLUSTERS,
            *every_cluster(signed),
            local_cluster(signed, PLANE, place.plane),
            local_cluster(signed, SIGNER, place.signer),
            with_fallback(PLANE_OR_V1, PLANE, MONOLITH),
        ),
        Kind.LISTENERS: Resources.of(
            Kind.LISTENERS,
            listener_of(signed, routing, counts()),
            local_listener(THREADS, place.threads, {"rds": {"route_config_name": ROUTES, "config_source": source}}),
        ),
        Kind.ROUTES: replace(Resources.of(Kind.ROUTES, routes), told=version),
    }


def _telling(version: str) -> JsonObject:
    """Return what answers which routes are followed."""
    answer: JsonObject = {"status": 200, "body": {"inline_string": version}}
    return {
        "name": THREADS,
        "domains": [THREADS_HOST],
        "routes": [{"name": THREADS, "match": {"prefix": "/"}, "direct_response": answer}],
    }


def bootstrap(place: EnvoyPlace) -> JsonObject:
    """Return what Envoy is started with."""
    folder = place.folder
    return {
        "node": {"id": "strangler", "cluster": "strangler"},
        "admin": {"address": {"pipe": {"path": str(place.socket), "mode": 0o600}}},
        # What threads have counted is added up so often.
        "stats_flush_interval": "1s",
        "dynamic_resources": {
            "cds_config": _source(folder, Kind.CLUSTERS),
            "lds_config": _source(folder, Kind.LISTENERS),
        },
    }


def file_of(folder: Path, kind: Kind) -> Path:
    """Return where Envoy looks for resources."""
    return folder / f"{kind}.json"


def _source(folder: Path, kind: Kind) -> JsonObject:
    path: dict[str, Json] = {"path": str(file_of(folder, kind)), "watched_directory": {"path": str(folder)}}
    return {"path_config_source": path, "resource_api_version": "V3"}
