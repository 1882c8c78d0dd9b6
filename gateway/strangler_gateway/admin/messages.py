"""What is said between the admin API and its client, as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field

from strangler.model.authority import Side
from strangler.project import RouteMatch
from strangler_gateway.admin.self_check import SelfCheck
from strangler_gateway.in_flight import InFlight
from strangler_gateway.metrics.applications import ApplicationStatus
from strangler_gateway.routing.drained_host import DrainedHost


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """``POST /hold``."""

    service: str
    epoch: int
    limit: int
    seconds: float
    routes: tuple[RouteMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorityRequest:
    """``POST /authority``."""

    service: str
    side: Side
    epoch: int


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """``POST /release``."""

    service: str
    epoch: int


@dataclass(frozen=True, slots=True)
class RollbackRequest:
    """``POST /rollback``."""

    service: str


@dataclass(frozen=True, slots=True)
class ShiftRequest:
    """``POST /shift``: a `Shift` for the routes with the given paths or names, or all of the service.

    `v2` is in percent, `override` as in ``header:X-Beta=yes``.
    """

    service: str
    v2: float | None
    paths: tuple[str, ...] = ()
    override: str | None = None
    weights: dict[str, float] = field(default_factory=dict[str, float])
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class DrainRequest:
    """``POST /drain``: `drained` says whether the host gets no new requests from now on, or some again."""

    host: DrainedHost
    drained: bool = True


@dataclass(frozen=True, slots=True)
class DrainedHosts:
    """Which hosts get no new requests."""

    hosts: tuple[DrainedHost, ...] = ()


@dataclass(frozen=True, slots=True)
class ShadowRequest:
    """``POST /shadow``: `share` in percent, for the routes with the given paths or names, or all of the service."""

    service: str
    share: float
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdoptRequest:
    """``POST /adopt``, from a supervisor to its workers: the text of the project file to follow from now on."""

    text: str


@dataclass(frozen=True, slots=True)
class WatermarkRequest:
    """``POST /watermark``: unix seconds by the clock of the source database."""

    service: str
    applied_through: float


@dataclass(frozen=True, slots=True)
class HoldStatus:
    """A hold that is on: what it was set with, how long it lasts, and how many requests wait or went on at once."""

    epoch: int
    limit: int
    seconds_left: float
    waiting: int
    overflowed: int


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """What a gateway knows of a service; `shares` by the name of the route, as in ``GET /api/reviews``.

    `shadows` says of which routes requests are copied to the other side, and which share.

    `sides` are those it knows upstreams of, `rolled_back` the routes of which nobody is sent to v2, `ordered` those
    whose traffic is not what the project file says because something else was ordered.
    """

    service: str
    side: Side
    epoch: int
    hold: HoldStatus | None
    in_flight: InFlight
    shares: dict[str, float]
    sides: tuple[Side, ...] = ()
    applied_through: float = 0.0
    rolled_back: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()
    shadows: dict[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class GatewayStatus:
    """What a gateway knows; `problems` are those of a project file it refused, `workers` their processes.

    `applications` are the monolith and v2 of every service, by name; the hosts in `drained` get no new requests.
    """

    pid: int
    plan: str
    services: dict[str, ServiceStatus]
    problems: tuple[str, ...] = ()
    workers: tuple[int, ...] = ()
    applications: dict[str, ApplicationStatus] = field(default_factory=dict[str, ApplicationStatus])
    drained: tuple[DrainedHost, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """``GET /_internal_/healthcheck``: `status` is ``ok``, or ``failing`` where something that is needed is missing."""

    status: str
    checks: tuple[SelfCheck, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """``GET /_internal_/ready``: whether requests are taken."""

    ready: bool


@dataclass(frozen=True, slots=True)
class Version:
    """``GET /_internal_/version``; `compiled` says whether the hot path is."""

    version: str
    python: str
    compiled: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """The body of every answer that is not 200."""

    error: str
    remedy: str | None = field(default=None)
