"""The ways a request can take through the gateway, each driven by bytes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile
from pathlib import Path

import httpx

from strangler.model.tls import UPSTREAM_TLS, UpstreamTls
from strangler.project import Address
from strangler_gateway.process.certificates import Certificates
from strangler_gateway.requests.edge import Forwarding
from strangler_gateway.routing.plan import Plan
from strangler_gateway.transport.httpx_transport import HttptoolsTransport
from strangler_gateway.transport.origin import Origin
from tests.gateway.conformance.cases import GET, OK, UPSTREAM, Case
from tests.gateway.running import RunningGateway, plan, raw_upstream, running_gateway

TABLE = Path(__file__).parents[3] / "docs" / "gateway.md"


class Face(StrEnum):
    """A way in, named as in the table of gaps."""

    FAST = "at once"
    RELAY = "by the relay"
    ENDPOINT = "Starlette endpoint"
    TRANSPORT = "httpx transport"


@dataclass(frozen=True, slots=True)
class Tls:
    """What each side shows, and what the other one expects."""

    upstream: ssl.SSLContext
    expected: UpstreamTls
    certificates: Certificates
    client: ssl.SSLContext


def table() -> dict[str, set[Face]]:
    """Read from the documentation what every way can carry, by feature."""
    header = "| what is passed on | at once | by the relay | Starlette endpoint | httpx transport |"
    rows = marks_of(TABLE, header)
    return {
        feature: {face for face, mark in zip(Face, marks, strict=True) if mark == "yes"}
        for feature, marks in rows.items()
    }


def marks_of(page: Path, header: str) -> dict[str, list[str]]:
    """Read a table of a page: what stands in the columns, by the first one."""
    lines = page.read_text(encoding="utf-8").splitlines()
    start = lines.index(header)
    rows: dict[str, list[str]] = {}
    for line in takewhile(lambda line: line.startswith("|"), lines[start + 2 :]):
        feature, *marks = (cell.strip() for cell in line.strip("|").split("|"))
        rows[feature] = marks
    return rows


@asynccontextmanager
async def answering(case: Case, tls: Tls | None = None, *, warm: bool = False) -> AsyncGenerator[tuple[str, bytearray]]:
    """Run an upstream that answers as a case says; yields its URL, and what has arrived there.

    The first request to one that is `warm` is answered and forgotten.
    """
    arrived = bytearray()
    own = b""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal warm
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if warm:
                warm = False
                writer.write(OK)
                continue
            arrived.extend(head)
            if b"content-length: 4" in head.lower():
                arrived.extend(await reader.readexactly(4))
            elif b"transfer-encoding" in head.lower():
                while not arrived.endswith(b"\r\n\r\n") or b"\r\n0\r\n" not in arrived:
                    arrived.extend(await reader.readuntil(b"\r\n"))
            writer.write(case.answer.replace(UPSTREAM, own))
            if case.closes:
                return

    async with raw_upstream(handle, tls and tls.upstream) as url:
        own = url.partition("://")[2].encode()
        yield url, arrived


async def passed(face: Face, case: Case, tls: Tls | None = None, base: Plan | None = None) -> tuple[bytes, bytes]:
    """Return what of a case reached the upstream, and what came back to the client; over `tls` on both sides.

    The upstream is the monolith of the plan `base`.
    """
    warm = face is Face.FAST
    async with answering(case, tls, warm=warm) as (url, arrived):
        if face is Face.TRANSPORT:
            returned = await _by_httpx(url, case.sent, tls.expected if tls else UPSTREAM_TLS)
        else:
            async with running_gateway(
                plan_of(case, url, tls, base), wire=face is not Face.ENDPOINT, certificates=tls and tls.certificates
            ) as gateway:
                if warm:
                    await talk(gateway, closing(GET), tls)
                returned = await talk(gateway, closing(case.sent), tls)
    return bytes(arrived).replace(url.partition("://")[2].encode(), UPSTREAM), returned


def plan_of(case: Case, url: str, tls: Tls | None = None, base: Plan | None = None) -> Plan:
    """Return a plan whose monolith is the upstream of a case."""
    origin = Origin.of(url, tls.expected if tls else UPSTREAM_TLS, case.fields)
    return replace(base or plan(), monolith=(origin,), forwarding=Forwarding(case.forwarding))


def kept(case: Case, arrived: bytes, returned: bytes) -> bool:
    """Whether everything arrived and came back as a case says, and nothing else."""
    return (
        all(part in arrived for part in case.arrives)
        and not any(part in arrived for part in case.missing)
        and all(part in returned for part in case.returns)
        and not any(part in returned for part in case.lacks)
    )


def closing(request: bytes) -> bytes:
    """Return a request after whose answer the connection ends, unless it says something of it itself."""
    if b"Connection" in request or b"HTTP/1.0" in request:
        return request.replace(b"Connection: ", b"Connection: close, ")
    line, _, rest = request.partition(b"\r\n")
    return line + b"\r\nConnection: close\r\n" + rest


async def talk(gateway: RunningGateway, request: bytes, tls: Tls | None = None) -> bytes:
    """Send bytes to the gateway and return all it answers until it closes."""
    return await talk_to(gateway.data, request, tls)


async def talk_to(address: Address, request: bytes, tls: Tls | None = None) -> bytes:
    """Send bytes to whoever listens, and return all that is answered until the connection closes."""
    reader, writer = await asyncio.open_connection(address.host, address.port, ssl=tls and tls.client)
    writer.write(request)
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


async def _by_httpx(url: str, sent: bytes, tls: UpstreamTls) -> bytes:
    """Say the same by httpx, and write its response as it would be on the wire."""
    head, _, body = sent.partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    method, target, _ = line.split(b" ")
    headers = [(name, value.strip()) for name, _, value in (field.partition(b":") for field in fields)]
    async with HttptoolsTransport(tls=tls) as transport:
        request = httpx.Request(
            method.decode(), url, headers=headers, extensions={"target": target}, stream=httpx.ByteStream(body)
        )
        response = await transport.handle_async_request(request)
        content = b"".join([part async for part in response.aiter_raw()])
        lines = [b"HTTP/1.1 %d %b" % (response.status_code, response.extensions["reason_phrase"])]
        lines += [b"%b: %b" % field for field in response.headers.raw]
        return b"\r\n".join(lines) + b"\r\n\r\n" + content
