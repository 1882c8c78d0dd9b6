"""The ways a request can take through the gateway, each driven by bytes."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile
from pathlib import Path

import httpx

from strangler.model.tls import UPSTREAM_TLS, UpstreamTls
from strangler_gateway.certificates import Certificates
from strangler_gateway.edge import Forwarding
from strangler_gateway.plan import Plan
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
    lines = TABLE.read_text().splitlines()
    start = lines.index("| what is passed on | at once | by the relay | Starlette endpoint | httpx transport |")
    rows: dict[str, set[Face]] = {}
    for line in takewhile(lambda line: line.startswith("|"), lines[start + 2 :]):
        feature, *marks = (cell.strip() for cell in line.strip("|").split("|"))
        rows[feature] = {face for face, mark in zip(Face, marks, strict=True) if mark == "yes"}
    return rows


async def passed(face: Face, case: Case, tls: Tls | None = None, base: Plan | None = None) -> tuple[bytes, bytes]:
    """Return what of a case reached the upstream, and what came back to the client; over `tls` on both sides.

    The upstream is the monolith of the plan `base`.
    """
    arrived = bytearray()
    warm = face is Face.FAST
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
        if face is Face.TRANSPORT:
            returned = await _by_httpx(url, case.sent, tls.expected if tls else UPSTREAM_TLS)
        else:
            origin = Origin.of(url, tls.expected if tls else UPSTREAM_TLS, case.fields)
            async with running_gateway(
                replace(base or plan(), monolith=(origin,), forwarding=Forwarding(case.forwarding)),
                wire=face is not Face.ENDPOINT,
                certificates=tls and tls.certificates,
            ) as gateway:
                if warm:
                    await talk(gateway, closing(GET), tls)
                returned = await talk(gateway, closing(case.sent), tls)
    return bytes(arrived).replace(own, UPSTREAM), returned


def closing(request: bytes) -> bytes:
    """Return a request after whose answer the connection ends, unless it says something of it itself."""
    if b"Connection" in request or b"HTTP/1.0" in request:
        return request.replace(b"Connection: ", b"Connection: close, ")
    line, _, rest = request.partition(b"\r\n")
    return line + b"\r\nConnection: close\r\n" + rest


async def talk(gateway: RunningGateway, request: bytes, tls: Tls | None = None) -> bytes:
    """Send bytes to the gateway and return all it answers until it closes."""
    reader, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port, ssl=tls and tls.client)
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
