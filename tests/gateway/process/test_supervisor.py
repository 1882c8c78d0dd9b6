"""A gateway of several processes is one gateway: for clients, for administrators, and for a move."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from strangler.demo.processes import free_port
from strangler.model.authority import Side
from strangler.project_reader import load_project
from strangler_gateway.admin.client import AdminClient
from strangler_gateway.admin.control import Control
from strangler_gateway.admin.messages import DrainRequest, GatewayStatus, HoldRequest
from strangler_gateway.process.supervisor import SupervisedOrders
from strangler_gateway.process.worker_start import WorkerStart
from strangler_gateway.process.workers import Workers
from strangler_gateway.routing.drained_host import DrainedHost
from strangler_gateway.traffic import Traffic
from tests.gateway.process.test_server import GATEWAY
from tests.gateway.running import ENVIRONMENT, PROJECT, TOKEN, MemoryKeeper, plan
from tests.waiting import until

HOLD = HoldRequest("reviews", epoch=2, limit=100, seconds=30)


@dataclass(slots=True)
class Application:
    """A side that answers with its name and notes what was asked and written."""

    name: str
    url: str = ""
    read: list[str] = field(default_factory=list[str])
    written: list[str] = field(default_factory=list[str])


@contextmanager
def application(name: str) -> Generator[Application]:
    """Run a side in threads of this process."""
    side = Application(name)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            side.read.append(self.path)
            self.reply()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            side.written.append(self.path)
            self.reply()

        def reply(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(name)))
            self.end_headers()
            self.wfile.write(name.encode())

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    side.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield side
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(slots=True)
class Running:
    """A gateway of two workers before two sides."""

    project: Path
    process: subprocess.Popen[str]
    admin: AdminClient
    url: str
    v1: Application
    v2: Application
    second: Application
    """Another host of v2."""

    def workers(self) -> tuple[int, ...]:
        """The processes of the workers."""
        return self.admin.status().workers

    def sides(self, path: str = "/reviews", requests: int = 20) -> set[str]:
        """Which sides answer, over a connection of its own each time."""
        return {httpx.get(self.url + path, trust_env=False, timeout=60).text for _ in range(requests)}


@pytest.fixture
def gateway(tmp_path: Path) -> Generator[Running]:
    """Two workers, ready."""
    with application("v1") as v1, application("v2") as v2, application("v2") as second:
        project = tmp_path / "strangler.toml"
        both = f'{v2.url}", "{second.url}'
        text = PROJECT.format(v1=v1.url, v2=both, share=0) + GATEWAY.format(data=free_port(), admin=free_port())
        project.write_text(text, encoding="utf-8")
        arguments = [sys.executable, "-m", "strangler", "gateway", "run", "--workers", "2", "--config", str(project)]
        process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env={**os.environ, **ENVIRONMENT})
        assert process.stderr is not None
        said = load_project(project).gateway
        try:
            assert process.stderr.readline().startswith("gateway ready: ")
            with AdminClient(said.admin[0], TOKEN) as admin:
                yield Running(project, process, admin, f"http://{said.listen}", v1, v2, second)
        finally:
            process.terminate()
            process.wait(20)
            process.stderr.close()


def test_an_order_holds_at_every_worker_once_it_is_confirmed(gateway: Running) -> None:
    """Whichever process takes a connection, it follows."""
    assert len(set(gateway.workers())) == 2
    assert gateway.process.pid not in gateway.workers()
    assert gateway.sides() == {"v1"}
    assert gateway.admin.shift("reviews", 100).shares["GET,POST /reviews"] == 100
    host = DrainedHost("reviews", gateway.second.url)
    gateway.admin.drain(DrainRequest(host, drained=True))
    assert gateway.sides() == {"v2"}
    assert (len(gateway.v2.read), gateway.second.read) == (20, [])
    gateway.admin.drain(DrainRequest(host, drained=False))
    assert gateway.sides() == {"v2"}
    assert gateway.second.read
    gateway.admin.rollback("reviews")
    assert gateway.sides() == {"v1"}


def test_a_worker_that_is_killed_comes_back_with_what_holds(gateway: Running) -> None:
    """Share, authority, hold and drained hosts: it takes no request before it knows them."""
    gateway.admin.shift("reviews", 100)
    gateway.admin.drain(DrainRequest(DrainedHost("reviews", gateway.second.url), drained=True))
    before = gateway.workers()
    gateway.admin.hold(HOLD)
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    until(lambda: len(gateway.workers()) == 2 and not set(gateway.workers()) & set(before))
    assert gateway.sides() == {"v2"}
    assert gateway.admin.in_flight("reviews").holding
    with ThreadPoolExecutor(8) as threads:
        held = [
            threads.submit(httpx.post, f"{gateway.url}/reviews/{number}", trust_env=False, timeout=30)
            for number in range(8)
        ]
        until(lambda: gateway.admin.in_flight("reviews").waiting == 8)
        hold = gateway.admin.status().services["reviews"].hold
        assert hold is not None
        assert (hold.epoch, hold.waiting) == (2, 8)
        assert (gateway.v1.written, gateway.v2.written) == ([], [])
        gateway.admin.authority("reviews", Side.V2, 2)
        assert gateway.admin.release("reviews", 2).hold is None
        assert {answer.result().text for answer in held} == {"v2"}
    assert sorted(gateway.v2.written) == [f"/reviews/{number}" for number in range(8)]
    assert (gateway.v1.written, gateway.second.read, gateway.second.written) == ([], [], [])


def test_workers_shadow_as_one_gateway(gateway: Running) -> None:
    """Whichever of them compares: the report is one, and a status is told as the difference it is."""
    assert gateway.admin.shadow("reviews", 100).shadows["GET,POST /reviews"] == 100
    assert gateway.sides(requests=12) == {"v1"}

    def compared() -> int:
        counted = gateway.admin.diffs().routes["GET,POST /reviews"]
        return counted.summary.compared + counted.counts.dropped

    until(lambda: compared() == 12)
    found = gateway.admin.diffs().routes["GET,POST /reviews"]
    assert found.share == 100
    assert found.summary.unexplained == found.summary.compared > 0
    assert {place.path for pattern in found.summary.patterns for place in pattern.unexplained} == {"body "}


def test_metrics_are_those_of_all_workers_and_never_fall(gateway: Running) -> None:
    """Whoever scrapes sees one gateway, also when a worker has died since."""

    def counted() -> float:
        (series,) = (one for one in gateway.admin.measures().measures.series if one.name.endswith("_requests_total"))
        return sum(number for _, number in series.values)

    gateway.sides(requests=20)
    assert counted() == 20
    before = gateway.workers()
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(gateway.workers()) == 2 and before[0] not in gateway.workers())
    gateway.sides(requests=10)
    assert counted() == 30


def test_the_status_asks_for_everything_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the workers know and what they count: together they take no longer than the slower one."""

    def start(_admin: int, _data: int, _token: str) -> WorkerStart:
        pytest.fail("none is started")

    async def status(listener: socket.socket) -> GatewayStatus:
        counted = asyncio.Event()
        workers = Workers(0, listener, tmp_path, {}, start)

        async def ask(_order: str, _ask: object) -> list[object]:
            await counted.wait()
            return []

        async def heard(_ask: object) -> dict[int, object]:
            counted.set()
            return {}

        monkeypatch.setattr(workers, "ask", ask)
        monkeypatch.setattr(workers, "heard", heard)
        control = Control(Traffic(plan(), time.monotonic), plan(), MemoryKeeper())
        async with asyncio.timeout(10):
            return await SupervisedOrders(control, workers, "").status()

    with socket.socket() as listener:
        assert asyncio.run(status(listener)).services.keys() == {"reviews"}


def test_an_order_waits_for_no_process_that_will_be_told_it_anyway(tmp_path: Path) -> None:
    """However long it takes to start; one that has been told what held before is waited for, and told the order."""

    def start(_admin: int, _data: int, _token: str) -> WorkerStart:
        pytest.fail("none is started")

    async def story(listener: socket.socket) -> None:
        workers = Workers(2, listener, tmp_path, {}, start)
        assert await workers.ask("the hold", lambda _: pytest.fail("nobody is there")) == []
        told = workers.places[1]
        told.settled.clear()
        asked = asyncio.create_task(workers.ask("the hold", lambda client: client is told.client))
        await asyncio.sleep(0)
        told.up.set()
        assert not asked.done()
        told.settled.set()
        assert await asked == [True]
        for place in workers.places:
            place.client.close()

    with socket.socket() as listener:
        asyncio.run(story(listener))


def test_what_one_process_did_not_take_never_reaches_the_next(tmp_path: Path) -> None:
    """An old order that waited at a process which died would undo a newer one."""

    def start(_admin: int, _data: int, _token: str) -> WorkerStart:
        pytest.fail("none is started")

    with socket.socket() as data:
        (place,) = Workers(1, data, tmp_path, {}, start).places
    with place.listening(), socket.socket(socket.AF_UNIX) as order:
        order.connect(str(place.path))
        with place.listening() as following:
            following.setblocking(False)
            with pytest.raises(BlockingIOError):
                following.accept()
    place.client.close()


def test_an_order_is_confirmed_although_a_worker_dies_meanwhile(gateway: Running) -> None:
    """Who takes its place knows the order from the beginning."""
    os.kill(gateway.workers()[0], signal.SIGKILL)
    gateway.admin.hold(HOLD)
    assert gateway.admin.in_flight("reviews").holding
    assert gateway.admin.authority("reviews", Side.V2, 2).side is Side.V2
    gateway.admin.release("reviews", 2)
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(httpx.post, f"{gateway.url}/reviews/1", trust_env=False) for _ in range(20)]
        assert {answer.result().text for answer in answers} == {"v2"}


def test_no_request_fails_while_the_plan_changes(gateway: Running) -> None:
    """Shares by order and by file, under load; a wrong file changes nothing."""
    over = threading.Event()
    seen: list[tuple[int, str]] = []

    def load() -> None:
        with httpx.Client(base_url=gateway.url, trust_env=False, timeout=60) as client:
            while not over.is_set():
                answer = client.get("/reviews")
                seen.append((answer.status_code, answer.text))

    def shift(share: int, side: str) -> None:
        """Order a share and let the load meet it: a busy machine may not run those threads for a while."""
        gateway.admin.shift("reviews", share)
        before = len(seen)
        until(lambda: (200, side) in seen[before:])

    text = gateway.project.read_text(encoding="utf-8")
    with ThreadPoolExecutor(4) as threads:
        loads = [threads.submit(load) for _ in range(4)]
        try:
            for share, side in ((100, "v2"), (0, "v1"), (100, "v2")):
                shift(share, side)
            for share in (7, 100):
                gateway.project.write_text(text.replace("v2 = 0", f"v2 = {share}"), encoding="utf-8")
                gateway.process.send_signal(signal.SIGHUP)
                until(
                    lambda wanted=share: (
                        gateway.admin.status().services["reviews"].shares["GET,POST /reviews"] == wanted
                    )
                )
            gateway.project.write_text(text + "\nwrong = 1\n", encoding="utf-8")
            gateway.process.send_signal(signal.SIGHUP)
            until(lambda: gateway.admin.status().problems != ())
        finally:
            over.set()
        for done in loads:
            done.result()
    assert set(seen) == {(200, "v1"), (200, "v2")}
    assert gateway.sides() == {"v2"}


def test_all_processes_end_together(gateway: Running) -> None:
    """With status 0 when told to; and a supervisor that is killed leaves no worker behind."""
    gateway.process.send_signal(signal.SIGKILL)
    gateway.process.wait()
    address = load_project(gateway.project).gateway.listen
    assert address is not None

    def closed() -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((address.host, address.port)) != 0

    until(closed)


def test_a_gateway_of_workers_ends_in_good_order(gateway: Running) -> None:
    """Exit status 0."""
    assert gateway.sides() == {"v1"}
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(20) == 0
