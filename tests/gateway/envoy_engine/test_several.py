"""Three gateways on three addresses, each with an Envoy of its own, follow one plan."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from strangler.demo.processes import free_port
from strangler.model.authority import Side as Authority
from strangler.project import Address
from strangler_gateway.admin.fleet import Fleet, GatewaysMissingError
from strangler_gateway.admin.messages import HoldRequest, ShiftRequest
from tests.gateway.envoy_engine.rig import ENGINE, Readers, readers, running
from tests.gateway.envoy_engine.test_engine import V1, V2, within
from tests.gateway.process.test_server import process
from tests.gateway.running import PROJECT, TOKEN, Side, served

pytestmark = [pytest.mark.anyio, pytest.mark.envoy, pytest.mark.faults]

HOSTS = ("127.0.0.2", "127.0.0.3", "127.0.0.4")


@dataclass(slots=True)
class Host:
    """A gateway with a copy of the project file, as each machine would have one."""

    folder: Path
    front: Address
    admin: Address
    gateway: subprocess.Popen[str] | None = None
    stack: ExitStack = field(default_factory=ExitStack)

    def begin(self) -> None:
        """Start the process beside Envoy, which is taken over where it is there."""
        where = ("--listen", str(self.front), "--admin", str(self.admin))
        self.gateway, _ = self.stack.enter_context(process(self.folder / "strangler.toml", *ENGINE, *where))

    def tell(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        assert self.gateway is not None
        self.gateway.send_signal(number)
        if number is signal.SIGKILL:
            self.gateway.wait()


@contextmanager
def hosts(folder: Path, v1: str, v2: str, share: float) -> Generator[list[Host]]:
    """Run three; an Envoy that is left at the end is ended."""
    made = [Host(folder / host, Address(host, free_port()), Address(host, free_port())) for host in HOSTS]
    admin = ", ".join(f'"{host.admin}"' for host in made)
    text = PROJECT.format(v1=v1, v2=v2, share=share) + f'\n[gateway]\nadmin = [{admin}]\ntoken = "${{TOKEN}}"\n'
    with ExitStack() as stack:
        for host in made:
            host.folder.mkdir()
            path = host.folder / "strangler.toml"
            path.write_text(text, encoding="utf-8")
            stack.enter_context(running(path))
            stack.enter_context(host.stack)
            host.begin()
        yield made


@dataclass(slots=True)
class Stage:
    """Three gateways as administrators see them and as clients do, and the applications behind them."""

    hosts: Sequence[Host]
    fleet: Fleet
    clients: Sequence[httpx.AsyncClient]
    reading: Sequence[Readers]
    v1: Side
    v2: Side

    async def shift(self, share: float) -> None:
        """Let every gateway send so many readers to v2."""
        await asyncio.to_thread(self.fleet.shift, ShiftRequest("reviews", share))

    async def missing(self, order: Callable[[], object]) -> list[Address]:
        """Give an order and return who did not confirm it."""
        with pytest.raises(GatewaysMissingError) as raised:
            await asyncio.to_thread(order)
        return list(raised.value.missing)

    async def post(self, number: int) -> str:
        """Write by one of the gateways, and return who answers."""
        answer = await self.clients[number % len(self.clients)].post(f"/reviews/{number}", content=b"text")
        assert answer.status_code == 200, answer.text
        return answer.text

    async def waiting(self, number: int, hosts: Sequence[Host]) -> None:
        """Wait until so many requests wait at some gateways."""
        with Fleet([host.admin for host in hosts], TOKEN) as fleet:
            async with asyncio.timeout(30):
                while True:
                    known = await asyncio.to_thread(fleet.statuses)
                    holds = [status.services["reviews"].hold for status in known.values()]
                    if sum(hold.waiting for hold in holds if hold is not None) == number:
                        return


def client_of(host: Host) -> httpx.AsyncClient:
    """Return a client of one gateway."""
    return httpx.AsyncClient(base_url=f"http://{host.front}", timeout=40, trust_env=False)


@asynccontextmanager
async def stage(folder: Path, share: float = 0) -> AsyncGenerator[Stage]:
    """Run everything; no read at any gateway may fail until the end."""
    v1, v2 = Side("v1"), Side("v2")
    async with served(v1) as first, served(v2) as second:
        with ExitStack() as stack:
            made = stack.enter_context(hosts(folder, f"http://{first}", f"http://{second}", share))
            fleet = stack.enter_context(Fleet([host.admin for host in made], TOKEN))
            async with AsyncExitStack() as leaving:
                reading = [await leaving.enter_async_context(readers(host.front, 2)) for host in made]
                clients = [await leaving.enter_async_context(client_of(host)) for host in made]
                yield Stage(made, fleet, clients, reading, v1, v2)
            assert [each.failures for each in reading] == [[], [], []]


async def test_an_order_holds_at_all_of_them(tmp_path: Path) -> None:
    """Shares within their bounds at each; writes held at each, counted together, and sent to the new authority."""
    async with stage(tmp_path) as made:
        for share in (10, 50):
            await made.shift(share)
            for reading in made.reading:
                await reading.more(10)
                new = await reading.more(400)
                assert within(new[V2], new.total(), share), (share, new)
        order = HoldRequest("reviews", 2, 100, 30, ())
        await asyncio.to_thread(made.fleet.hold, order)
        held = [asyncio.create_task(made.post(number)) for number in range(30)]
        await made.waiting(30, made.hosts)
        assert await asyncio.to_thread(made.fleet.writes_in_flight, "reviews", Authority.V1) == 0
        await asyncio.to_thread(made.fleet.set_authority, "reviews", Authority.V2, 2)
        await asyncio.to_thread(made.fleet.release, "reviews", 2)
        assert await asyncio.gather(*held) == ["v2"] * 30
        written = sorted(path for method, path, _, _ in made.v2.seen if method == "POST")
        assert written == sorted(f"/reviews/{number}" for number in range(30))
        assert not any(method == "POST" for method, _, _, _ in made.v1.seen)


async def test_one_whose_process_is_dead_is_named_and_comes_back(tmp_path: Path) -> None:
    """Its Envoy goes on as it was told last; nothing is moved without it; the order is repeated."""
    async with stage(tmp_path, 100) as made:
        dead = made.hosts[2]
        dead.tell(signal.SIGKILL)
        assert await made.missing(lambda: made.fleet.rollback("reviews")) == [dead.admin]
        await made.reading[2].more(10)
        assert set(await made.reading[2].more(100)) == {V2}
        await made.reading[0].more(10)
        assert set(await made.reading[0].more(100)) == {V1}
        order = HoldRequest("reviews", 2, 100, 30, ())
        assert await made.missing(lambda: made.fleet.hold(order)) == [dead.admin]
        assert await made.missing(lambda: made.fleet.set_authority("reviews", Authority.V1, 2)) == [dead.admin]
        assert await made.missing(lambda: made.fleet.release("reviews", 2)) == [dead.admin]
        assert await made.post(0) == "v1"
        await asyncio.to_thread(dead.begin)
        await asyncio.to_thread(made.fleet.rollback, "reviews")
        await made.reading[2].more(10)
        assert set(await made.reading[2].more(100)) == {V1}


async def test_one_that_is_late_is_named_and_confirms_later(tmp_path: Path) -> None:
    """Its process stands still, then goes on: what it was told meanwhile it may have done, and a repetition says so."""
    async with stage(tmp_path, 0) as made:
        late = made.hosts[1]
        late.tell(signal.SIGSTOP)
        assert await made.missing(lambda: made.fleet.shift(ShiftRequest("reviews", 100))) == [late.admin]
        await made.reading[1].more(10)
        assert set(await made.reading[1].more(100)) == {V1}
        late.tell(signal.SIGCONT)
        deadline = time.monotonic() + 60
        while True:
            try:
                await made.shift(100)
            except GatewaysMissingError:
                assert time.monotonic() < deadline
            else:
                break
        for reading in made.reading:
            await reading.more(10)
            assert set(await reading.more(100)) == {V2}
