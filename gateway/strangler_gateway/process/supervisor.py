"""A gateway of several processes: a supervisor with the admin listener, and workers that take the requests.

The supervisor has a `Control` of its own over a `Traffic` that relays no requests. It checks every order and writes it
to disk there first, and then passes it to all workers. A worker that is restarted begins with the state of this
control before it takes any request, so an order need not wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from strangler.model.authority import Side
from strangler.model.errors import UnavailableError
from strangler.project import Address
from strangler.project_reader import parse_project, read_project_text
from strangler.store import ArtefactStore
from strangler_gateway.admin.client import AdminClient
from strangler_gateway.admin.control import Control, resumed
from strangler_gateway.admin.messages import (
    DrainedHosts,
    DrainRequest,
    GatewayStatus,
    HoldRequest,
    ServiceStatus,
    ShiftRequest,
)
from strangler_gateway.admin.self_check import SelfCheck
from strangler_gateway.admin.self_checks import self_checks
from strangler_gateway.hold import HoldTerms
from strangler_gateway.in_flight import InFlight, total
from strangler_gateway.metrics.applications import application_statuses
from strangler_gateway.metrics.measures import Measures
from strangler_gateway.metrics.process import process_series
from strangler_gateway.metrics.workers import WorkerTotals
from strangler_gateway.moment import Moment
from strangler_gateway.process.certificates import Certificates, certificates_of, renew, watched
from strangler_gateway.process.listener import address_of, listen
from strangler_gateway.process.project_watch import follow
from strangler_gateway.process.server import Settings, admin_server
from strangler_gateway.process.service_manager import ServiceManager
from strangler_gateway.process.signals import Signals
from strangler_gateway.process.worker_start import WorkerStart
from strangler_gateway.process.workers import Workers
from strangler_gateway.routing.plan import Plan, check_authorities, compile_plan
from strangler_gateway.shadow.report import Diffs, merged
from strangler_gateway.state_file import StateFile
from strangler_gateway.tracing.choice import require_tracing
from strangler_gateway.traffic import Traffic

OTHERS_SECONDS = 3.0
_TRY_SECONDS = 0.1
ENDING_SECONDS = 5.0
"""How long workers may take to end beyond the drain time of their requests."""


class SupervisedOrders:
    """Orders to a supervised gateway: first `control`, then every worker takes each, one order at a time.

    So all workers take the orders in the same sequence.
    """

    def __init__(self, control: Control, workers: Workers, text: str) -> None:
        self.text = text
        """The text of the project file in force, for the next worker."""
        self._control = control
        self._workers = workers
        self._ordering = asyncio.Lock()
        self._totals = WorkerTotals()

    async def status(self) -> GatewayStatus:
        """Return everything the gateway knows."""
        # Concurrently, because one after the other might exceed the caller's timeout.
        known, measures = await asyncio.gather(
            self._workers.ask("the status", lambda client: client.status()), self.measures()
        )
        own = self._control.status()
        services = {
            name: _merged(status, [one.services[name] for one in known if name in one.services])
            for name, status in own.services.items()
        }
        applications = application_statuses(measures)
        return replace(own, services=services, workers=self._workers.processes, applications=applications)

    async def measures(self) -> Measures:
        """Return all measures."""
        heard = await self._workers.heard(lambda client: client.measures())
        return self._totals.total(heard, Measures(tuple(process_series())))

    async def checks(self) -> Sequence[SelfCheck]:
        """Check whether everything the gateway needs is there."""
        up, wanted = len(self._workers.processes), len(self._workers.places)
        workers = SelfCheck("workers", up == wanted, f"{up} of {wanted} take requests")
        return [workers, *await self_checks(self._control)]

    async def in_flight(self, service: str) -> InFlight:
        """Count the requests of a service in flight."""
        own = self._control.in_flight(service)
        counts = await self._workers.ask("the count in flight", lambda client: client.in_flight(service))
        # Without workers nothing is in flight, and a worker that starts now is told of the hold.
        return total(counts) if counts else own

    async def diffs(self) -> Diffs:
        """Return how the responses of the two sides differ, over all workers."""
        return merged(await self._workers.ask("the differences", lambda client: client.diffs()))

    async def hold(self, service: str, terms: HoldTerms) -> ServiceStatus:
        """Hold the writes of a service from now on."""
        async with self._ordering:
            self._control.hold(service, terms)
            order = HoldRequest(service, terms.epoch, terms.limit, terms.seconds, terms.routes)
            return await self._confirmed(service, "the hold", lambda client: client.hold(order))

    async def release(self, service: str, epoch: int) -> ServiceStatus:
        """End the hold, so that its requests go to the authority of `epoch`."""
        async with self._ordering:
            self._control.release(service, epoch)
            return await self._confirmed(service, "the release", lambda client: client.release(service, epoch))

    async def authority(self, service: str, side: Side, epoch: int) -> ServiceStatus:
        """Record which side has the authority over a service, and send its writes there."""
        async with self._ordering:
            await self._control.authority(service, side, epoch)
            return await self._confirmed(
                service, "the authority", lambda client: client.authority(service, side, epoch)
            )

    async def shift(self, order: ShiftRequest) -> ServiceStatus:
        """Change which clients read from v2."""
        async with self._ordering:
            await self._control.take_shift(order)
            return await self._confirmed(order.service, "the share", lambda client: client.give_shift(order))

    async def rollback(self, service: str) -> ServiceStatus:
        """Send every read to v1."""
        async with self._ordering:
            await self._control.rollback(service)
            return await self._confirmed(service, "the rollback", lambda client: client.rollback(service))

    async def shadow(self, service: str, share: float, paths: Sequence[str]) -> ServiceStatus:
        """Set the percentage of requests copied to the other side, and start the counts anew unless it is 0."""
        async with self._ordering:
            await self._control.shadow(service, share, paths)
            return await self._confirmed(service, "the shadow", lambda client: client.shadow(service, share, paths))

    async def drain(self, order: DrainRequest) -> DrainedHosts:
        """Drain a host or put it back."""
        async with self._ordering:
            drained = await self._control.drain(order.host, drained=order.drained)
            await self._workers.ask("the drain", lambda client: client.drain(order))
            return drained

    async def watermark(self, service: str, moment: Moment | None) -> ServiceStatus:
        """Record how far the follower has come."""
        async with self._ordering:
            await self._control.watermark(service, moment)
            return await self._confirmed(service, "the watermark", lambda client: client.watermark(service, moment))

    async def adopt(self, plan: Plan, text: str) -> None:
        """Follow a plan that was read from `text`; ConfigurationError when it contradicts an authority."""
        async with self._ordering:
            await self._control.adopt(plan)
            self.text = text
            await self._workers.ask("the plan", lambda client: client.adopt(text))

    def worker_start(self, settings: Settings, admin: int, data: int, token: str) -> WorkerStart:
        """Return all that a new worker must know to begin with the orders in force."""
        traffic = self._control.traffic
        return WorkerStart(
            text=self.text,
            path=str(settings.config),
            data=data,
            admin=admin,
            token=token,
            workers=settings.workers,
            drain=settings.drain,
            traffic=traffic.plan.traffic(),
            authorities=traffic.authorities,
            holds=held_now(traffic),
            drained=self._control.drained,
            instance=self._control.instance,
            watermarks={name: recent.watermark for name, recent in traffic.recent_writes.items()},
        )

    async def _confirmed(self, service: str, order: str, ask: Callable[[AdminClient], ServiceStatus]) -> ServiceStatus:
        answers = await self._workers.ask(order, ask)
        return _merged(self._control.service_status(service), answers)


async def supervise(settings: Settings, ready: Callable[[Address, Address], None]) -> None:
    """Run a gateway of several workers until SIGTERM or SIGINT; otherwise like `serve`."""
    text = read_project_text(settings.config)
    project = parse_project(text, settings.config)
    plan = compile_plan(project, settings.environment)
    control = resumed(plan, StateFile(ArtefactStore.beside(project.folder)))
    certificates = certificates_of(project.gateway.tls)
    require_tracing(project)
    manager = ServiceManager.of(settings.environment)

    def start(admin: int, data: int, token: str) -> WorkerStart:
        return orders.worker_start(settings, admin, data, token)

    async def adopt() -> None:
        with manager.reloading():
            await _adopt_project_file(settings, control, certificates, orders)

    with (
        tempfile.TemporaryDirectory(prefix="strangler-") as folder,
        contextlib.closing(await _listen_after_others(settings.listen)) as data_socket,
        contextlib.closing(listen(settings.admin)) as admin_socket,
    ):
        workers = Workers(settings.workers, data_socket, Path(folder), settings.environment, start)
        orders = SupervisedOrders(control, workers, text)
        signals = Signals()
        admin = admin_server(settings, orders, lambda: bool(workers.processes) and not signals.stop.is_set())
        workers.begin()
        serving = asyncio.create_task(admin.serve([admin_socket]))
        files = watched(settings.config, certificates)
        following = asyncio.create_task(follow(files, adopt, control.refuse, signals.reload))
        await admin.begun(serving)
        up = asyncio.create_task(workers.all_up())
        stopping = asyncio.create_task(signals.stop.wait())
        await asyncio.wait([up, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not signals.stop.is_set():
            manager.notify("READY=1")
            ready(address_of(data_socket), address_of(admin_socket))
        await stopping
        up.cancel()
        manager.notify("STOPPING=1")
        following.cancel()
        # Administrators can still release held requests while the last requests end.
        await workers.end(settings.drain + ENDING_SECONDS)
        admin.should_exit = True
        await serving


async def _adopt_project_file(
    settings: Settings, control: Control, certificates: Certificates | None, orders: SupervisedOrders
) -> None:
    """Follow the project file as it is now; a StranglerError when it cannot be followed."""
    text = read_project_text(settings.config)
    project = parse_project(text, settings.config)
    plan = compile_plan(project, settings.environment)
    check_authorities(plan, control.traffic.sides())
    # Checked here first: a worker that could not load the certificate would be replaced.
    renew(certificates, project.gateway.tls)
    await orders.adopt(plan, text)


async def _listen_after_others(address: Address) -> socket.socket:
    """Return the clients' listener; retries while the workers of a killed supervisor still close theirs."""
    for _ in range(int(OTHERS_SECONDS / _TRY_SECONDS)):
        with contextlib.suppress(UnavailableError):
            return listen(address)
        await asyncio.sleep(_TRY_SECONDS)
    return listen(address)


def held_now(traffic: Traffic) -> tuple[HoldRequest, ...]:
    """Return orders that set the present holds again, for the time they have left."""
    return tuple(
        HoldRequest(service, hold.terms.epoch, hold.terms.limit, hold.seconds_left, hold.terms.routes)
        for service, hold in traffic.holds.items()
        if hold.active and hold.seconds_left > 0
    )


def _merged(own: ServiceStatus, workers: Sequence[ServiceStatus]) -> ServiceStatus:
    """Return the supervisor's status with the workers' counts of held requests and requests in flight."""
    hold = own.hold
    if hold is not None:
        holds = [worker.hold for worker in workers if worker.hold is not None]
        hold = replace(hold, waiting=sum(one.waiting for one in holds), overflowed=sum(one.overflowed for one in holds))
    return replace(own, hold=hold, in_flight=total([worker.in_flight for worker in workers]))
