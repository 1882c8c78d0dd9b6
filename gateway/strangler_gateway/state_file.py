"""The state a gateway must keep across a crash: ``.strangler/gateway.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from strangler.model.authority import Side
from strangler.store import ArtefactStore, Schema
from strangler_gateway.routing.drained_host import DrainedHost
from strangler_gateway.routing.route_traffic import RouteTraffic
from strangler_gateway.traffic import Known

STATE_SCHEMA = Schema("strangler.gateway", 2)
FILE_NAME = "gateway.json"


@dataclass(frozen=True, slots=True)
class GatewayState:
    """The digest of the project file's plan, the traffic of each route in force, and the authorities.

    `said` is the traffic of each route as that plan states it: where `traffic` differs, an administrator has ordered
    it. The hosts in `drained` get no new requests. The services in `followed` had a follower that reported.
    """

    plan: str = ""
    traffic: Mapping[str, RouteTraffic] = field(default_factory=dict[str, RouteTraffic])
    authorities: Mapping[str, Known] = field(default_factory=dict[str, Known])
    said: Mapping[str, RouteTraffic] = field(default_factory=dict[str, RouteTraffic])
    drained: tuple[DrainedHost, ...] = ()
    followed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StateFile:
    """Keeps the state of one gateway beside its project file."""

    store: ArtefactStore

    @property
    def path(self) -> Path:
        """The file."""
        return self.store.folder / FILE_NAME

    def check(self) -> None:
        """Read the state and write a probe file beside it; InputError or UnavailableError when either fails."""
        self.read()
        probe = self.store.folder / f"{FILE_NAME}.probe"
        self.store.write(probe, b"")
        probe.unlink(missing_ok=True)

    def read(self) -> GatewayState:
        """Return the state written last; InputError when the file is damaged or of another version."""
        if not self.path.exists():
            return GatewayState()
        document = msgspec.json.decode(
            self.store.read_document(self.path, STATE_SCHEMA, "strangler gateway run"), type=_Document
        )
        return GatewayState(
            document.plan,
            document.traffic,
            document.authorities,
            document.said,
            document.drained,
            document.followed,
        )

    def write(self, state: GatewayState) -> None:
        """Write the state; where the file holds a later epoch for a service, keep that one."""
        authorities = dict(state.authorities)
        for service, known in self.read().authorities.items():
            if known.epoch > authorities.get(service, _NEVER).epoch:
                authorities[service] = known
        document = _Document(
            STATE_SCHEMA.name,
            STATE_SCHEMA.version,
            state.plan,
            dict(state.traffic),
            authorities,
            dict(state.said),
            state.drained,
            state.followed,
        )
        self.store.write(self.path, msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


@dataclass(frozen=True, slots=True)
class _Document:
    schema: str
    version: int
    plan: str
    traffic: dict[str, RouteTraffic]
    authorities: dict[str, Known]
    said: dict[str, RouteTraffic] = field(default_factory=dict[str, RouteTraffic])
    drained: tuple[DrainedHost, ...] = ()
    followed: tuple[str, ...] = ()


_NEVER = Known(Side.V1, -1)
