"""The message by which a supervisor tells a new worker everything it must know before it takes a request."""

from __future__ import annotations

from dataclasses import dataclass, field

from strangler_gateway.admin.messages import HoldRequest
from strangler_gateway.routing.drained_host import DrainedHost
from strangler_gateway.routing.route_traffic import RouteTraffic
from strangler_gateway.traffic import Known

LOADED = b"loaded\n"
"""Printed by a worker once it waits for its `WorkerStart`, after all slow imports."""
READY = b"ready\n"
"""Printed by a worker once it takes requests."""


@dataclass(frozen=True, slots=True)
class WorkerStart:
    """One line of JSON on standard input, whose end tells the worker that its supervisor is gone.

    `text` is the text of the project file at `path`. `data` and `admin` are the descriptors of the inherited listeners,
    `token` is the supervisor's token, `workers` the number of workers, `drain` the seconds requests have to end.
    `instance` is the name of this start of the gateway in its moments, `watermarks` are times of the monotonic clock.
    `traffic` (by route name), `authorities`, `holds`, `watermarks` (by service) and `drained` hosts are those in force.
    """

    text: str
    path: str
    data: int
    admin: int
    token: str
    workers: int
    drain: float
    traffic: dict[str, RouteTraffic]
    authorities: dict[str, Known]
    instance: str
    holds: tuple[HoldRequest, ...] = ()
    watermarks: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    drained: tuple[DrainedHost, ...] = ()
