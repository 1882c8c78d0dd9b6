"""A gateway that shadows, between a client and two applications that are told what to say."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from strangler.project_reader import parse_project
from strangler_gateway.routing.plan import Plan, compile_plan
from strangler_gateway.shadow import inquiry
from strangler_gateway.shadow.ledger import Summary
from strangler_gateway.shadow.report import RouteDiffs
from tests.gateway.running import ENVIRONMENT, Handler, RunningGateway, raw_upstream, running_gateway, until

PROJECT = """
[monolith]
upstreams = ["{v1}"]

[services.reviews]
upstreams = ["{v2}"]

[gateway.shadow]
{terms}

[[routes]]
match = {{ path = "/reviews", methods = ["GET", "POST"] }}
service = "reviews"
traffic = {{ {traffic} }}
"""
ROUTE = "GET,POST /reviews"
NOBODY = "http://127.0.0.1:1"

Fields = dict[str, str]


@dataclass(slots=True)
class Application:
    """Answers each request with the next of `bodies`, and notes the heads of the requests and what came behind them."""

    bodies: Callable[[], bytes]
    status: int = 200
    fields: Fields = field(default_factory=lambda: {"Content-Type": "application/json"})
    asked: list[bytes] = field(default_factory=list[bytes])
    sent: list[bytes] = field(default_factory=list[bytes])

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head)
            length = next(
                (int(line[16:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: ")), 0
            )
            self.sent.append(await reader.readexactly(length))
            body = self.bodies()
            fields = "".join(f"{name}: {value}\r\n" for name, value in self.fields.items())
            writer.write(f"HTTP/1.1 {self.status} Fine\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def always(value: object) -> Callable[[], bytes]:
    """Return what gives the same JSON each time."""
    body = json.dumps(value).encode()
    return lambda: body


def counting(key: str = "at") -> Callable[[], bytes]:
    """Return what gives another value of one field each time."""
    numbers = itertools.count()
    return lambda: json.dumps({key: next(numbers), "id": 1}).encode()


def shadow_plan(v1: str, v2: str, traffic: str = "shadow = 100", terms: str = "noise = 0") -> Plan:
    """Return the plan of a project with one route."""
    return compile_plan(parse_project(PROJECT.format(v1=v1, v2=v2, traffic=traffic, terms=terms)), ENVIRONMENT)


@asynccontextmanager
async def shadowing_gateway(
    v1: Handler, v2: Handler | None, traffic: str = "shadow = 100", terms: str = "noise = 0", *, wire: bool = True
) -> AsyncGenerator[RunningGateway]:
    """Run a gateway before two applications; without `v2` nobody listens there. What differs is asked again soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inquiry, "PAUSES", (0.01, 0.02, 0.03))
        async with raw_upstream(v1) as first, raw_upstream(v2 or v1) as second:
            planned = shadow_plan(first, second if v2 is not None else NOBODY, traffic, terms)
            async with running_gateway(planned, wire=wire) as gateway:
                yield gateway


def known(gateway: RunningGateway) -> RouteDiffs:
    """Return what was found of the route."""
    return gateway.relay.shadowing.diffs().routes[ROUTE]


async def compared(gateway: RunningGateway, number: int = 1) -> Summary:
    """Wait until so many pairs were compared, and return what is known of them."""
    await until(lambda: known(gateway).summary.compared >= number)
    return known(gateway).summary
