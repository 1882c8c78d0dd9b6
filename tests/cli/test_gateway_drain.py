"""``strangler gateway drain``: v2 is emptied, and the exit status says whether it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.project_reader import parse_project
from strangler_gateway.routing.plan import compile_plan
from tests.cli.gateway_project import GATEWAY, project_of
from tests.gateway.running import ENVIRONMENT, PROJECT, Side, running_gateway, served, two_sides, until

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the project file refers to."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


async def drained(path: Path, patience: str) -> int:
    """Drain the service from another thread: the gateway runs in this one."""
    return await asyncio.to_thread(run, ["gateway", "drain", "reviews", "--timeout", patience, "--config", str(path)])


async def test_v2_is_empty_when_the_last_answer_has_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is under way is waited for, and nobody new gets there; a time-out says how many are left."""
    async with two_sides(share=100) as (gateway, _, v2):
        path = project_of(gateway, tmp_path, share=100)
        v2.open.clear()
        slow = asyncio.create_task(gateway.get("/reviews", X_User="ann"))
        await until(lambda: bool(v2.seen))
        assert await drained(path, "0.1") == 1
        assert capsys.readouterr().out == "reviews: 1 request still at v2 after 0.1 s; nobody new gets there\n"
        assert await gateway.get("/reviews", X_User="ann", X_Strangler_Side="v2") == "v1"
        draining = asyncio.create_task(drained(path, "20"))
        await until(lambda: v2.open.set() is None and slow.done())
        assert await slow == "v2"
        assert await draining == 0
        assert capsys.readouterr().out == "reviews: v2 is empty, confirmed by 1 gateway\n"


async def test_nothing_is_called_empty_that_a_gateway_may_still_send_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One gateway is away: exit status 4 and its name, although the other has nothing under way."""
    async with two_sides(share=100) as (gateway, _, _):
        assert await drained(project_of(gateway, tmp_path, "127.0.0.1:1", share=100), "1") == 4
        said = capsys.readouterr()
        assert "1 of 2 gateways did not confirm the rollback: 127.0.0.1:1: " in said.err
        assert said.out == ""


async def test_one_host_is_emptied_while_the_other_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is under way there is waited for, the monolith has hosts too, and it ends when told to."""
    v1, one, two = Side("v1"), Side("one"), Side("two")
    async with served(v1) as monolith, served(one) as first, served(two) as second:
        text = PROJECT.format(v1=f"http://{monolith}", v2=f"http://{first}", share=100).replace(
            f'"http://{first}"', f'"http://{first}", "http://{second}"'
        )
        async with running_gateway(compile_plan(parse_project(text), ENVIRONMENT)) as gateway:
            path = tmp_path / "strangler.toml"
            path.write_text(text + GATEWAY.format(admin=f'"{gateway.admin}"'))

            async def host(*options: str, service: str = "reviews", upstream: object = first) -> int:
                arguments = ["gateway", "drain", service, "--host", f"http://{upstream}", "--config", str(path)]
                return await asyncio.to_thread(run, [*arguments, *options])

            one.open.clear()
            two.open.clear()
            slow = [asyncio.create_task(gateway.get("/reviews", X_User=str(number))) for number in range(2)]
            await until(lambda: bool(one.seen) and bool(two.seen))
            two.open.set()
            assert await host("--timeout", "0.1") == 1
            assert capsys.readouterr().out == (
                f"http://{first} of reviews: 1 request still there after 0.1 s; nobody new gets there\n"
            )
            one.open.set()
            assert {await answer for answer in slow} == {"one", "two"}
            assert {await gateway.get("/reviews", X_User=str(number)) for number in range(10)} == {"two"}
            assert await host() == 0
            assert "is empty, confirmed by 1 gateway; --undo ends it" in capsys.readouterr().out
            assert await host(upstream=second) == 4
            assert "is the last host that gets requests" in capsys.readouterr().err
            assert await host(service="monolith", upstream=monolith) == 4
            assert await host("--undo") == 0
            assert (
                capsys.readouterr().out == f"http://{first} of reviews takes requests again, confirmed by 1 gateway\n"
            )
            assert {await gateway.get("/reviews", X_User=str(number)) for number in range(10)} == {"one", "two"}


async def test_only_the_drain_of_a_host_is_undone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That of a service ends with a share."""
    async with two_sides() as (gateway, _, _):
        path = project_of(gateway, tmp_path)
        assert await asyncio.to_thread(run, ["gateway", "drain", "reviews", "--undo", "--config", str(path)]) == 2
        assert "run: strangler gateway shift reviews" in capsys.readouterr().err
