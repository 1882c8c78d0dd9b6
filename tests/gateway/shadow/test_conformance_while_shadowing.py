"""What a proxy must not break it does not break while it copies every request to an application that is no help."""

from __future__ import annotations

import asyncio

import pytest

from strangler.project_reader import parse_project
from strangler_gateway.routing.plan import Plan, compile_plan
from tests.gateway.conformance.cases import CASES, Case
from tests.gateway.conformance.faces import Face, passed, table
from tests.gateway.running import ENVIRONMENT, Handler, raw_upstream

pytestmark = pytest.mark.anyio

TABLE = table()
PROJECT = """
[monolith]
upstreams = ["http://127.0.0.1:1"]

[services.everything]
upstreams = ["{v2}"]

[[routes]]
match = {{ path = "/{{rest:path}}" }}
service = "everything"
traffic = {{ shadow = 100, shadow_writes = true }}
"""


def shadowed(v2: str) -> Plan:
    """Return a plan by which everything is copied, writes too."""
    return compile_plan(parse_project(PROJECT.format(v2=v2)), ENVIRONMENT)


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Take everything and say nothing."""
    await reader.read(-1)


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with a body that never ends."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer what is no HTTP."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n")


@pytest.mark.parametrize("v2", [hang, flood, babble], ids=lambda v2: v2.__name__)
@pytest.mark.parametrize("face", [Face.FAST, Face.RELAY, Face.ENDPOINT])
async def test_a_proxy_breaks_nothing_while_it_shadows(face: Face, v2: Handler) -> None:
    """The same table holds, case by case."""
    asked = 0

    async def application(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await v2(reader, writer)

    async with raw_upstream(application) as url:
        broken = [case.feature for case in CASES if await _kept(face, case, url) != (face in TABLE[case.feature])]
    assert broken == []
    # Some of what is sent cannot be copied, and a copy may be on its way yet when the gateway ends.
    assert asked > 0


async def _kept(face: Face, case: Case, v2: str) -> bool:
    arrived, returned = await passed(face, case, base=shadowed(v2))
    return (
        all(part in arrived for part in case.arrives)
        and not any(part in arrived for part in case.missing)
        and all(part in returned for part in case.returns)
        and not any(part in returned for part in case.lacks)
    )
