"""What a worker is told by its supervisor when it starts: everything it must know before it takes a request."""

from __future__ import annotations

from dataclasses import dataclass, field

from strangler_gateway.admin.messages import HoldRequest
from strangler_gateway.routing.drained_host import DrainedHost
from strangler_gateway.routing.route_traffic import RouteTraffic
from strangler_gateway.traffic import Known

LOADED = b"loaded\n"
"""What a worker says once it waits to be told: by then everything slow is done."""
READY = b"ready\n"
"""What a worker says once it takes requests."""


@dataclass(frozen=True, slots=True)
class WorkerStart:
    """One line of JSON on the standard input, whose end tells the worker that its supervisor is gone.

    `text` is the project file that is followed, at `path`; `data` and `admin` are the inherited listeners, `token` what
    the supervisor shows, `workers` how many there are. `traffic`, by the name of the route, `authorities`, `holds`,
    `watermarks` and `drained` hosts are what holds now.
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
    holds: tuple[HoldRequest, ...] = ()
    watermarks: dict[str, float] = field(default_factory=dict[str, float])
    drained: tuple[DrainedHost, ...] = ()
