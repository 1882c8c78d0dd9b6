"""A worker: one of several processes that share the clients' listener, under the orders of a supervisor.

``python -m strangler_gateway.process.worker``, with a `WorkerStart` on standard input.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import uvloop

from strangler.project import Project
from strangler.project_reader import parse_project
from strangler.secret import Secret
from strangler_gateway.admin.api import adopt_route, create_admin_app
from strangler_gateway.admin.control import Control
from strangler_gateway.hold import HoldTerms
from strangler_gateway.process.data_plane import DataPlane
from strangler_gateway.process.garbage_collection import tune_garbage_collection
from strangler_gateway.process.listener import Server, server_config
from strangler_gateway.process.open_files import allow_many
from strangler_gateway.process.worker_start import LOADED, READY, WorkerStart
from strangler_gateway.routing.plan import Plan, compile_plan
from strangler_gateway.state_file import GatewayState
from strangler_gateway.traffic import Traffic


def main() -> None:
    """Run a worker until its supervisor ends it or is gone."""
    # Ctrl-C in a terminal reaches every process, but the supervisor is the one to end its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.write(sys.stdout.fileno(), LOADED)
    start = msgspec.json.decode(sys.stdin.buffer.readline(), type=WorkerStart)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(process)d %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    allow_many()
    uvloop.run(work(start, os.environ))


async def work(start: WorkerStart, environment: Mapping[str, str]) -> None:
    """Take requests until SIGTERM or the end of standard input."""

    def read(text: str) -> tuple[Project, Plan]:
        project = parse_project(text, Path(start.path))
        return project, part_of(compile_plan(project, environment), start.workers)

    project, plan = read(start.text)
    followed = plan.with_traffic(start.traffic).without_hosts(start.drained)
    traffic = Traffic(followed, time.monotonic, start.authorities)
    control = Control(traffic, plan, _Forgetful(), start.drained, start.instance)
    for hold in start.holds:
        control.hold(hold.service, HoldTerms(hold.epoch, hold.limit, hold.seconds, hold.routes))
    for service, watermark in start.watermarks.items():
        traffic.writes_of(service).resume(watermark)
    data = DataPlane(project, control, environment, start.drain)

    async def adopt(text: str) -> None:
        await data.adopt(*read(text))

    app = create_admin_app(data.orders, Secret(start.token), further=[adopt_route(adopt)])
    admin = Server(server_config(app, drain=1))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(sys.stdin.fileno(), stop.set)
    serving = asyncio.create_task(admin.serve([socket.socket(fileno=start.admin)]))
    await admin.begun(serving)
    await data.begin(socket.socket(fileno=start.data))
    tune_garbage_collection()
    os.write(sys.stdout.fileno(), READY)
    await stop.wait()
    loop.remove_reader(sys.stdin.fileno())
    await data.end()
    admin.should_exit = True
    await serving
    await data.close()


def part_of(plan: Plan, workers: int) -> Plan:
    """Return the plan of one of several workers: each gets its part of every limit of concurrency and memory."""
    services = {
        name: service if service.width is None else replace(service, width=_part(service.width, workers))
        for name, service in plan.services.items()
    }
    shadowing = replace(
        plan.shadowing,
        waiting=_part(plan.shadowing.waiting, workers),
        memory=_part(plan.shadowing.memory, workers),
        at_once=_part(plan.shadowing.at_once, workers),
    )
    width = None if plan.monolith_width is None else _part(plan.monolith_width, workers)
    return replace(plan, services=services, monolith_width=width, shadowing=shadowing)


def _part(number: int, workers: int) -> int:
    return max(1, number // workers)


@dataclass(slots=True)
class _Forgetful:
    """A state keeper without a file: the supervisor keeps the state, and passes it to a worker that is restarted."""

    state: GatewayState = field(default_factory=GatewayState)

    def check(self) -> None:
        """Do nothing."""

    def read(self) -> GatewayState:
        return self.state

    def write(self, state: GatewayState) -> None:
        self.state = state


if __name__ == "__main__":
    main()
