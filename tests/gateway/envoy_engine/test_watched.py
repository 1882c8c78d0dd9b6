"""Services whose reads are divided or compared while Envoy carries the bytes."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from strangler.model.authority import Side as Authority
from strangler_gateway.admin.client import AdminClient, GatewayRefusedError
from strangler_gateway.admin.messages import HoldRequest
from strangler_gateway.moment import Moment
from tests.gateway.envoy_engine.rig import Rig, project, readers, running
from tests.gateway.running import Side, served

pytestmark = [pytest.mark.anyio, pytest.mark.envoy]


def owning(folder: Path, v1: str, v2: str, share: float) -> Path:
    """Write a project whose service has a table."""
    path = project(folder, v1, v2, share)
    text = path.read_text(encoding="utf-8")
    service = "[services.reviews]\n"
    path.write_text(text.replace(service, service + 'tables = ["reviews_review"]\n'), encoding="utf-8")
    return path


def asking(made: Rig) -> httpx.AsyncClient:
    """Return a client."""
    return httpx.AsyncClient(base_url=f"http://{made.front}", timeout=30, trust_env=False)


def _later(admin: AdminClient) -> Moment:
    """A moment of the gateway that is after everything the test does."""
    moment = admin.watermark("reviews", None).moment
    assert moment is not None
    return replace(moment, seconds=moment.seconds + 100)


async def test_who_has_written_reads_from_v1_until_that_is_at_v2(tmp_path: Path) -> None:
    """Everybody at first, since it is not known who has written before the reads were divided."""
    v1, v2 = Side("v1"), Side("v2")
    async with served(v1) as first, served(v2) as second:
        with running(owning(tmp_path, f"http://{first}", f"http://{second}", 0)) as made, made.gateway() as (_, admin):
            async with asking(made) as client:

                async def read(user: str) -> str:
                    return (await client.get("/reviews", headers={"X-User": user})).text

                async def answered() -> Moment:
                    moment = (await asyncio.to_thread(admin.watermark, "reviews", None)).moment
                    assert moment is not None
                    return moment

                await asyncio.to_thread(admin.shift, "reviews", 100)
                assert await read("a") == "v1"
                before = await answered()
                await asyncio.to_thread(admin.watermark, "reviews", before)
                assert await read("a") == "v2"
                assert (await client.post("/reviews", headers={"X-User": "a"})).text == "v1"
                await asyncio.to_thread(admin.watermark, "reviews", before)
                assert await read("a") == "v1"
                await asyncio.to_thread(admin.watermark, "reviews", await answered())
                assert [await read(user) for user in "ab"] == ["v2", "v2"]


async def test_answers_are_compared(tmp_path: Path) -> None:
    """Those the clients got: v1 is not asked twice, and what differs is told."""
    v1, v2 = Side("v1"), Side("v2")
    async with served(v1) as first, served(v2) as second:
        path = project(tmp_path, f"http://{first}", f"http://{second}")
        with running(path) as made, made.gateway() as (_, admin):
            async with asking(made) as client:
                await asyncio.to_thread(admin.shadow, "reviews", 100)
                # Anybody may have written past the gateway until then, and reads of such clients are not compared.
                await asyncio.to_thread(admin.watermark, "reviews", _later(admin))
                assert {(await client.get("/reviews")).text for _ in range(20)} == {"v1"}
                async with asyncio.timeout(20):
                    while True:
                        diffs = await asyncio.to_thread(admin.diffs)
                        if diffs.routes["GET,POST /reviews"].summary.compared >= 20:
                            break
                assert diffs.routes["GET,POST /reviews"].summary.unexplained > 0
                await asyncio.to_thread(admin.shadow, "reviews", 0)
                before = len(v2.seen)
                await client.get("/reviews")
                assert len(v2.seen) == before
                measures = (await asyncio.to_thread(admin.measures)).measures
                assert any(series.name.endswith("shadow_total") for series in measures.series)


async def test_v1_answers_while_nobody_knows_who_has_written(tmp_path: Path) -> None:
    """The process beside Envoy is killed while half of the readers are at v2: no read fails."""
    v1, v2 = Side("v1"), Side("v2")
    async with served(v1) as first, served(v2) as second:
        with running(owning(tmp_path, f"http://{first}", f"http://{second}", 50)) as made:
            with made.gateway() as (gateway, admin):
                await asyncio.to_thread(admin.watermark, "reviews", _later(admin))
                async with readers(made.front) as reading, asking(made) as client:
                    assert (await reading.more(300))[200, "v2"]
                    gateway.send_signal(signal.SIGKILL)
                    await asyncio.to_thread(gateway.wait)
                    await reading.more(20)
                    assert set(await reading.more(200)) == {(200, "v1")}
                    assert (await client.post("/reviews")).text == "v1"
            assert not reading.failures
            assert set(reading.answers) == {(200, "v1"), (200, "v2")}


async def test_a_write_that_nobody_watched_is_waited_for_before_a_hold(tmp_path: Path) -> None:
    """It went to v1 while the process beside Envoy was dead; the next one lets nothing be held before it is over."""
    v1, v2 = Side("v1"), Side("v2")
    async with served(v1) as first, served(v2) as second:
        with running(owning(tmp_path, f"http://{first}", f"http://{second}", 50)) as made:
            async with asking(made) as client:
                with made.gateway() as (gateway, _):
                    gateway.send_signal(signal.SIGKILL)
                    await asyncio.to_thread(gateway.wait)
                v1.open.clear()
                write = asyncio.create_task(client.post("/reviews", headers={"X-User": "a"}))
                while not v1.seen:  # noqa: ASYNC110 - an application tells nobody
                    await asyncio.sleep(0.01)
                with made.gateway() as (_, admin):
                    order = HoldRequest("reviews", 2, 100, 20, ())
                    with pytest.raises(GatewayRefusedError, match="came before the hold are still under way"):
                        await asyncio.to_thread(admin.hold, order)
                    v1.open.set()
                    assert (await write).text == "v1"
                    assert (await asyncio.to_thread(admin.hold, order)).hold is not None
                    held = asyncio.create_task(client.post("/reviews", headers={"X-User": "a"}))
                    async with asyncio.timeout(20):
                        while (await asyncio.to_thread(admin.in_flight, "reviews")).waiting != 1:
                            pass
                    assert (await asyncio.to_thread(admin.in_flight, "reviews")).v1.write == 0
                    await asyncio.to_thread(admin.authority, "reviews", Authority.V2, 2)
                    await asyncio.to_thread(admin.release, "reviews", 2)
                    assert (await held).text == "v2"
