"""What is written for nginx, tried with the real one."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from strangler.demo.processes import free_port
from strangler.model.authority import Side as Authority
from strangler.project import Address
from strangler_gateway.export.nginx.configuration import nginx_text
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.routing.plan import Plan, Route
from tests.gateway.export.fronts import BY_USER, LIES, client, drawn_rules, plan, sides_of
from tests.gateway.export.shop import PROJECT, setting
from tests.gateway.proxy_process import SECONDS, listening
from tests.gateway.running import Side, served

pytestmark = [pytest.mark.anyio, pytest.mark.nginx]


async def nginx(folder: Path, text: str, *arguments: str) -> asyncio.subprocess.Process:
    """Start nginx by a configuration."""
    file = folder / "nginx.conf"
    file.write_text(text, encoding="utf-8")
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    main = f"daemon off; pid {folder}/nginx.pid; error_log stderr;"
    return await asyncio.create_subprocess_exec(
        *(program, "-c", str(file), "-p", str(folder), "-e", "stderr", "-g", main, *arguments),
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def running_nginx(folder: Path, plan: Plan, **sides: Authority) -> AsyncGenerator[Address]:
    """Run nginx by what is written for it; yields where it listens, once it does."""
    address = Address("127.0.0.1", free_port())
    process = await nginx(folder, nginx_text(ExportSetting(plan, address, sides)))
    async with listening(process, address):
        yield address


@pytest.mark.parametrize(
    "more", ["", "[gateway.forwarding]\ntrusted = ['10.0.0.0/8']", "[gateway.limits]\nmost_body = 9"]
)
async def test_nginx_accepts_what_is_written(tmp_path: Path, more: str) -> None:
    """By its own test, which looks up the names of hosts: a plan with something of everything."""
    text = PROJECT.replace("search.internal", "localhost")
    process = await nginx(tmp_path, nginx_text(setting(f"{text}\n{more}")), "-t")
    _, said = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 0, said.decode()


async def test_the_rule_that_wins_here_wins_there(tmp_path: Path) -> None:
    """Random rules with hosts, methods, templates and conditions: each request goes where ours sends it."""
    async with drawn_rules() as rules, running_nginx(tmp_path, rules.plan) as front:
        await rules.check(front)


async def test_raising_a_share_moves_nobody_back(tmp_path: Path) -> None:
    """Who reads from v2 does so with every larger share, and shares are right within four standard deviations."""
    users = random.Random(1).sample(range(10**9), 300)
    before: set[int] = set()
    async with served(Side("v1")) as first, served(Side("v2")) as second:
        for share in (0, 5, 50, 100):
            route = Route("/reviews", (), "reviews", v2=share, sticky=BY_USER)
            async with running_nginx(tmp_path, plan(first, second, route)) as front:
                moved = {user for user, side in (await sides_of(front, users)).items() if side == "v2"}
            assert before <= moved
            before = moved
            deviation = (len(users) * share / 100 * (1 - share / 100)) ** 0.5
            assert abs(len(moved) - len(users) * share / 100) <= 4 * deviation


async def test_v1_answers_what_is_safe_where_v2_fails(tmp_path: Path) -> None:
    """Writes never, nor once v2 has the authority."""
    v1, v2 = Side("v1"), Side("v2", status=503)
    async with served(v1) as first, served(v2) as second:
        shared = plan(first, second, Route("/reviews", (), "reviews", v2=100))
        async with running_nginx(tmp_path, shared) as front, client(front) as asking:
            assert (await asking.get("/reviews")).text == "v1"
            assert (await asking.post("/reviews", content=b"text")).text == "v1"
            assert (await asking.get("/reviews", headers={"X-Strangler-Side": "v2"})).status_code == 503
        async with running_nginx(tmp_path, shared, reviews=Authority.V2) as front, client(front) as asking:
            assert (await asking.get("/reviews")).status_code == 503
            assert (await asking.post("/reviews", content=b"text")).status_code in {502, 503}


async def test_a_client_can_not_choose_who_it_is(tmp_path: Path) -> None:
    """Applications are told of the connection; what the client says of it, or of who it is, is taken out."""
    v1 = Side("v1")
    async with served(v1) as first, running_nginx(tmp_path, plan(first, first)) as front, client(front) as asking:
        await asking.get("/", headers={**LIES, "Host": "shop.example"})
    headers = v1.seen[0][2]
    assert {name: headers[name] for name in headers if name.startswith("x-") or name in {"host", "kept"}} == {
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "http",
        "x-forwarded-host": "shop.example",
        "x-request-id": "mine",
        "kept": "yes",
        "host": "shop.example",
    }
    assert "forwarded" not in headers
    assert not [name for name in headers if "_" in name]
