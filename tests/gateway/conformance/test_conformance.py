"""The same rules whichever way a request takes; what a way cannot do stands in the table of docs/gateway.md."""

from __future__ import annotations

import asyncio

import pytest

from tests.gateway.conformance.cases import BAD, CASES, UNSEEN_BY_ENDPOINT, Case
from tests.gateway.conformance.faces import Face, kept, passed, table, talk
from tests.gateway.running import plan, raw_upstream, running_gateway

pytestmark = pytest.mark.anyio

TABLE = table()


def test_the_table_has_a_row_for_every_feature() -> None:
    """In the order of the cases, and no other."""
    assert list(TABLE) == [case.feature for case in CASES]


@pytest.mark.parametrize("face", list(Face))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.feature)
async def test_a_proxy_breaks_nothing(case: Case, face: Face) -> None:
    """What is sent arrives and what is answered comes back, but for the gaps; a gap that is closed is no gap."""
    arrived, returned = await passed(face, case)
    assert kept(case, arrived, returned) == (face in TABLE[case.feature]), (arrived, returned)


@pytest.mark.parametrize("wire", [True, False], ids=["wire", "endpoint"])
@pytest.mark.parametrize(("sent", "status"), BAD)
async def test_what_two_servers_may_read_differently_is_refused(sent: bytes, status: int, *, wire: bool) -> None:
    """It never reaches an upstream, and the connection is closed; uvicorn refuses some with 400 before the endpoint."""
    if not wire and sent in UNSEEN_BY_ENDPOINT:
        return
    reached: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        reached.append(await reader.read())

    async with raw_upstream(handle) as url, running_gateway(plan(v1=url), wire=wire) as gateway:
        answer = await talk(gateway, sent)
    assert int(answer.split(b" ")[1]) in ((status,) if wire else (status, 400))
    assert b"0\r\n\r\n" not in b"".join(reached)
