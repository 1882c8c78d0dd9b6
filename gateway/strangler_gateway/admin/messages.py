"""The JSON messages between the admin API and its client."""

from __future__ import annotations

from dataclasses import dataclass, field

from strangler.model.authority import Side
from strangler.project import RouteMatch
from strangler_gateway.admin.self_check import SelfCheck
from strangler_gateway.in_flight import InFlight
from strangler_gateway.metrics.applications import ApplicationStatus
from strangler_gateway.moment import Moment
from strangler_gateway.routing.drained_host import DrainedHost


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """``POST /hold``, see `HoldTerms`."""

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
    """``POST /shift``: a `Shift` for the routes with the given paths or names, or for all it applies to.

    `v2` is in percent, `override` as in ``header:X-Beta=yes``. With `stale` no follower is expected until one reports.
    """

    service: str
    v2: float | None
    paths: tuple[str, ...] = ()
    override: str | None = None
    weights: dict[str, float] = field(default_factory=dict[str, float])
    everybody: bool = False
    stale: bool = False


@dataclass(frozen=True, slots=True)
class DrainRequest:
    """``POST /drain``: drains the host, or puts it back when `drained` is False."""

    host: DrainedHost
    drained: bool = True


@dataclass(frozen=True, slots=True)
class DrainedHosts:
    """The hosts that get no new requests."""

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
    """``POST /watermark``: all writes that had ended at `moment` are on the other side; None where none is known.

    It is the `moment` of an answer that the follower had got before it began to read what it has applied since.
    """

    service: str
    moment: Moment | None = None


@dataclass(frozen=True, slots=True)
class HoldStatus:
    """A hold that is on: its terms, the seconds left, and how many requests wait or, beyond the limit, did not."""

    epoch: int
    limit: int
    seconds_left: float
    waiting: int
    overflowed: int


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """What a gateway knows of a service.

    `shares` and `shadows` are percentages by the name of the route, as in ``GET /api/reviews``: of the clients that
    read from v2, and of the requests copied to the other side. `sides` are those with upstreams; `rolled_back` are the
    routes that send nothing to v2; `ordered` are the routes whose traffic differs from the project file by an order.
    `moment` is when this was answered, for the watermark. `stale` means that all read from v1, because the follower,
    which has reported before, has not said for a minute that v2 lacks nothing.
    """

    service: str
    side: Side
    epoch: int
    hold: HoldStatus | None
    in_flight: InFlight
    shares: dict[str, float]
    sides: tuple[Side, ...] = ()
    moment: Moment | None = None
    rolled_back: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()
    shadows: dict[str, float] = field(default_factory=dict[str, float])
    stale: bool = False


@dataclass(frozen=True, slots=True)
class GatewayStatus:
    """What a gateway knows; `plan` is the digest of the plan in force.

    `problems` are those of a project file it refused, `workers` the process ids of its workers. `applications` are the
    monolith and v2 of every service, by name; the hosts in `drained` get no new requests. `clock` is the gateway's
    clock when this was answered, in seconds since 1970.
    """

    pid: int
    plan: str
    services: dict[str, ServiceStatus]
    problems: tuple[str, ...] = ()
    workers: tuple[int, ...] = ()
    applications: dict[str, ApplicationStatus] = field(default_factory=dict[str, ApplicationStatus])
    drained: tuple[DrainedHost, ...] = ()
    clock: float | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """``GET /_internal_/healthcheck``: `status` is ``ok``, or ``failing`` when a needed check fails."""

    status: str
    checks: tuple[SelfCheck, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """``GET /_internal_/ready``: whether requests are taken."""

    ready: bool


@dataclass(frozen=True, slots=True)
class Version:
    """``GET /_internal_/version``; `compiled` says whether the hot path is compiled."""

    version: str
    python: str
    compiled: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """The body of every response whose status is not 200."""

    error: str
    remedy: str | None = field(default=None)
