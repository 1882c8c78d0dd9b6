"""What may be looked at on the admin listener: health, readiness, version."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest

from strangler.model.authority import Side as Authority
from strangler.model.errors import InputError, StranglerError
from strangler.secret import Secret
from strangler.store import ArtefactStore
from strangler_gateway.admin.client import AdminClient
from strangler_gateway.state_file import StateFile
from tests.gateway.running import (
    READER,
    TOKEN,
    MemoryKeeper,
    RunningGateway,
    Side,
    plan,
    running_gateway,
    served,
    two_sides,
)

pytestmark = pytest.mark.anyio

LOOKS = ("/metrics", "/measures", "/_internal_/healthcheck", "/_internal_/version")


async def look(gateway: RunningGateway, path: str, token: Secret | None = READER) -> httpx.Response:
    """Ask the admin listener."""
    headers = {"Authorization": f"Bearer {token.reveal()}"} if token else {}
    async with httpx.AsyncClient(base_url=f"http://{gateway.admin}") as client:
        return await client.get(path, headers=headers)


async def checks(gateway: RunningGateway) -> tuple[int, dict[str, dict[str, Any]]]:
    """Return the status of the health check, and what it found by name."""
    answer = await look(gateway, "/_internal_/healthcheck")
    said = answer.json()
    assert said["status"] == ("ok" if answer.status_code == 200 else "failing")
    return answer.status_code, {check["name"]: check for check in said["checks"]}


async def test_a_gateway_that_has_everything_is_well() -> None:
    """Each thing that was looked at is named."""
    async with two_sides() as (gateway, _, _):
        status, found = await checks(gateway)
    assert status == 200
    assert list(found) == ["plan", "state file", "monolith", "reviews"]
    assert all(check["ok"] for check in found.values())
    assert found["plan"]["detail"] == gateway.traffic.plan.digest


async def test_it_fails_without_the_monolith() -> None:
    """Which is really connected to."""
    async with running_gateway(plan()) as gateway:
        status, found = await checks(gateway)
    assert status == 422
    assert not found["monolith"]["ok"]
    assert found["monolith"]["detail"].startswith("http://127.0.0.1:1 cannot be reached: ")


async def test_a_new_service_is_needed_once_it_gets_something() -> None:
    """On the first day it need not run: a share, or the authority, makes the difference."""
    async with served(Side("v1")) as first, running_gateway(plan(f"http://{first}")) as gateway:
        status, found = await checks(gateway)
        assert (status, found["reviews"]["ok"], found["reviews"]["needed"]) == (200, False, False)
        await gateway.control.shift("reviews", 1, ())
        status, found = await checks(gateway)
        assert (status, found["reviews"]["ok"], found["reviews"]["needed"]) == (422, False, True)
        await gateway.control.shift("reviews", 0, ())
        assert (await checks(gateway))[0] == 200
        await gateway.control.authority("reviews", Authority.V2, 2)
        assert (await checks(gateway))[0] == 422


async def test_one_host_of_several_is_enough() -> None:
    """Those that cannot be reached are named all the same."""
    async with served(Side("v1")) as first:
        base = plan(f"http://{first}")
        async with running_gateway(replace(base, monolith=(*plan().monolith, *base.monolith))) as gateway:
            status, found = await checks(gateway)
    assert status == 200
    assert found["monolith"]["detail"].startswith("http://127.0.0.1:1 cannot be reached")


async def test_a_refused_file_and_a_state_that_can_not_be_kept_are_failures() -> None:
    """Traffic goes on as before, so only who looks can know."""

    class Broken(MemoryKeeper):
        def check(self) -> None:
            raise InputError("the disk is full")

    async with (
        served(Side("v1")) as first,
        running_gateway(plan(f"http://{first}"), Broken()) as gateway,
    ):
        gateway.control.refuse(InputError("no such key"))
        status, found = await checks(gateway)
    assert status == 422
    assert found["plan"]["detail"] == "the project file was refused: no such key"
    assert found["state file"]["detail"] == "the disk is full"


def test_the_state_file_is_read_and_its_folder_written(tmp_path: Path) -> None:
    """What is there is not touched, and nothing stays."""
    keeper = StateFile(ArtefactStore.beside(tmp_path))
    keeper.check()
    keeper.write(replace(keeper.read(), plan="abc"))
    written = keeper.path.read_bytes()
    keeper.check()
    assert keeper.path.read_bytes() == written
    assert {path.name for path in keeper.path.parent.iterdir()} == {".gitignore", "gateway.json"}
    keeper.path.write_text("no json", encoding="utf-8")
    with pytest.raises(StranglerError):
        keeper.check()


async def test_who_may_look_may_look_at_all_of_it() -> None:
    """And nobody without a token, but at whether requests are taken."""
    async with two_sides() as (gateway, _, _):
        for path in LOOKS:
            assert (await look(gateway, path, READER)).status_code == 200
            assert (await look(gateway, path, TOKEN)).status_code == 200
            assert (await look(gateway, path, Secret("wrong"))).status_code == 401
            assert (await look(gateway, path, None)).status_code == 401
        ready = await look(gateway, "/_internal_/ready", None)
        assert (ready.status_code, ready.json()) == (200, {"ready": True})
        said = (await look(gateway, "/_internal_/version")).json()
        assert said["version"] == version("strangler")


async def test_the_public_listener_has_none_of_it() -> None:
    """With and without a token these are paths of the application."""
    async with two_sides() as (gateway, v1, _):
        for path in (*LOOKS, "/_internal_/ready"):
            for headers in ({}, {"Authorization": f"Bearer {TOKEN.reveal()}"}):
                assert (await gateway.client.get(path, headers=headers)).text == "v1"
        assert len(v1.seen) == 2 * len(LOOKS) + 2


async def test_the_status_says_what_has_gone_wrong() -> None:
    """Of each application, since the gateway started."""
    async with served(Side("v1")) as first, running_gateway(plan(f"http://{first}", share=100)) as gateway:
        for _ in range(7):
            assert await gateway.get("/reviews") == "v1"
        with AdminClient(gateway.admin, READER) as client:
            applications = (await asyncio.to_thread(client.status)).applications
    assert set(applications) == {"monolith", "reviews"}
    found = applications["reviews"]
    assert (found.fallbacks, found.breaker_open, found.breaker_openings) == (7, True, 1)
    assert applications["monolith"].fallbacks == 0
