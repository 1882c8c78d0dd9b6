"""The rules of the gateway held against Envoy; what that cannot do stands in the table of docs/scale.md."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.gateway.conformance.cases import BAD, CASES, OK, Case
from tests.gateway.conformance.faces import answering, closing, kept, marks_of, plan_of, talk_to
from tests.gateway.envoy_process import running_envoy
from tests.gateway.running import plan, raw_upstream, running_gateway

pytestmark = [pytest.mark.anyio, pytest.mark.envoy]

PAGE = Path(__file__).parents[3] / "docs" / "scale.md"
TABLE = marks_of(PAGE, "| what is passed on | by Envoy | otherwise |")
UNSOUND = (b"Host: a\r\nHost: a\r\n\r\n", b"GET /%FF ", b"GET /" + b"a" * 100)
"""Parts of what Envoy passes on although the gateway would refuse it."""


def test_the_table_has_a_row_for_every_feature() -> None:
    """In the order of the cases, and no other."""
    assert list(TABLE) == [case.feature for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.feature)
async def test_envoy_breaks_nothing_but_what_is_listed(tmp_path: Path, case: Case) -> None:
    """What is sent arrives and what is answered comes back, but for the gaps; a gap that is closed is no gap."""
    async with answering(case) as (url, arrived), running_envoy(tmp_path, plan_of(case, url)) as front:
        returned = await talk_to(front, closing(case.sent))
    own = url.partition("://")[2].encode()
    reached = bytes(arrived).replace(own, b"<upstream>")
    assert kept(case, reached, returned) == (TABLE[case.feature][0] == "yes"), (reached, returned)


@pytest.mark.parametrize(("sent", "status"), BAD)
async def test_what_two_servers_may_read_differently_is_refused_or_mended(
    tmp_path: Path, sent: bytes, status: int
) -> None:
    """Of what reaches an upstream whole, the gateway would take it; what is not mended is cut off, or listed."""
    reached = bytearray()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while more := await reader.read(65536):
            reached.extend(more)
            if whole(reached):
                writer.write(OK)

    async with raw_upstream(handle) as url, running_envoy(tmp_path, plan(v1=url)) as front:
        reader, writer = await asyncio.open_connection(front.host, front.port)
        writer.write(sent)
        writer.write_eof()
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
        if answer.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
            assert whole(reached)
            async with running_gateway(plan(v1=url)) as gateway:
                again = await talk_to(gateway.data, closing(bytes(reached)))
            listed = any(part in sent for part in UNSOUND)
            assert again.startswith(b"HTTP/1.1 200") != listed, (status, bytes(reached))


def whole(request: bytearray) -> bool:
    """Whether a request is there to its end."""
    head, end, body = bytes(request).partition(b"\r\n\r\n")
    chunked = b"transfer-encoding" in head.lower()
    return bool(end) and (body.endswith(b"\r\n\r\n") if chunked else body == b"" or b"content-length" in head.lower())
