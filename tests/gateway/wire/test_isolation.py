"""Nothing of a client ever reaches another one: cookies, tokens, identities, bodies, or how its connection ended."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import jwt
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler_gateway.in_flight import InFlight
from tests.gateway.running import IDENTITY_KEY, WHOAMI, RunningGateway, plan, raw_upstream, running_gateway, until

KINDS = ("plain", "slow", "chunks", "hints", "nothing", "closes", "cut")
"""How the application answers."""
WAYS = ("get", "head", "old", "post", "chunks", "ahead", "leaves", "leaves body", "leaves answer")
"""How a client asks."""
TOKEN = re.compile(rb"tok[0-9]{4}")
LENGTH = re.compile(rb"(?i)\r\ncontent-length: ([0-9]+)")

Step = tuple[str, str, int]
"""How a client asks, how it is answered, and for how many turns of the loop the client rests before."""
steps = st.tuples(st.sampled_from(WAYS), st.sampled_from(KINDS), st.integers(0, 3))


@dataclass(slots=True)
class Application:
    """Says the token of a request in each part of its answer, and notes requests in which there is more than one."""

    mixed: list[bytes] = field(default_factory=list[bytes])

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection."""
        while True:
            request = await read_message(reader)
            (token, *others) = sorted({*TOKEN.findall(request), *self._identities(request)})
            if others:
                self.mixed.append(request)
            if request.startswith(b"GET /whoami"):
                writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"id": "%b"}' % token)
                continue
            found = re.match(rb"(\w+) \S+&number=(\d+)&kind=(\w+) ", request)
            assert found is not None
            method, number, kind = found.groups()
            await self._answer(writer, token, b"%b number %b;" % (token, number), kind.decode(), head=method == b"HEAD")
            await writer.drain()
            if kind in {b"closes", b"cut"}:
                return

    async def _answer(self, writer: asyncio.StreamWriter, token: bytes, said: bytes, kind: str, *, head: bool) -> None:
        fields = b"Set-Cookie: c=%b\r\nX-Said: %b\r\n" % (token, said)
        if kind == "slow":
            for _ in range(5):
                await asyncio.sleep(0)
        if kind == "hints":
            writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: <%b>\r\n\r\n" % token)
        if kind == "nothing":
            writer.write(b"HTTP/1.1 204 No Content\r\n%b\r\n" % fields)
        elif kind == "chunks":
            body = b"" if head else b"%x\r\n%b\r\n0\r\nX-Trailer: %b\r\n\r\n" % (len(said), said, token)
            writer.write(b"HTTP/1.1 200 OK\r\n%bTransfer-Encoding: chunked\r\n\r\n%b" % (fields, body))
        else:
            length = len(said) * (9 if kind == "cut" else 1)
            # Without a body nothing is cut off; an end that is not announced can meet the next request on the way.
            announced = kind == "closes" or (kind == "cut" and head)
            ends = b"Connection: close\r\n" if announced else b""
            writer.write(b"HTTP/1.1 200 OK\r\n%b%bContent-Length: %d\r\n\r\n" % (fields, ends, length))
            writer.write(b"" if head else said)

    def _identities(self, request: bytes) -> set[bytes]:
        found = re.search(rb"(?i)\r\nx-strangler-identity: (\S+)", request)
        if found is None:
            return set()
        claims = jwt.decode(found[1], IDENTITY_KEY, algorithms=["HS256"], audience="reviews")
        return {claims["who"]["id"].encode()}


@dataclass(slots=True)
class Client:
    """Takes its steps over a kept connection, or a new one where that has ended; each answer has to be its own."""

    gateway: RunningGateway
    token: bytes
    number: int = 0
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def run(self, steps: Sequence[Step]) -> None:
        """Take all steps."""
        for way, kind, turns in steps:
            for _ in range(turns):
                await asyncio.sleep(0)
            await self._step(way, kind)
        self._leave()

    async def _step(self, way: str, kind: str) -> None:
        if self.reader is None or self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.gateway.data.host, self.gateway.data.port)
        method = {"head": b"HEAD", "post": b"POST", "chunks": b"POST", "leaves body": b"POST"}.get(way, b"GET")
        times = 3 if way == "ahead" else 1
        first = self.number
        self.number += times
        for number in range(first, self.number):
            self.writer.write(self._request(method, way, number, kind))
        if way.startswith("leaves"):
            if way == "leaves answer":
                self._check(await self.reader.read(40))
            self._leave(abruptly=True)
            return
        for number in range(first, self.number):
            if not await self._heard(number, method, way, kind):
                self._leave()
                return

    async def _heard(self, number: int, method: bytes, way: str, kind: str) -> bool:
        """Read an answer; False when the connection is over."""
        assert self.reader is not None
        try:
            answer = await read_message(self.reader, head=method == b"HEAD")
        except asyncio.IncompleteReadError as cut:
            self._check(cut.partial)
            # The end of one answer can take those with it that were asked for behind it.
            assert kind == "cut" or way == "ahead"
            return False
        self._check(answer)
        assert b"%b number %d;" % (self.token, number) in answer
        return b"\r\nConnection: close" not in answer

    def _request(self, method: bytes, way: str, number: int, kind: str) -> bytes:
        token = self.token
        head = b"%b /reviews?token=%b&number=%d&kind=%b HTTP/1.%d\r\nHost: shop\r\n" % (
            method, token, number, kind.encode(), way != "old",
        )  # fmt: skip
        head += b"Cookie: c=%b\r\nAuthorization: Bearer %b\r\nX-User: %b\r\n" % (token, token, token)
        match way:
            case "post":
                return head + b"Content-Length: 14\r\n\r\n" + token * 2
            case "leaves body":
                return head + b"Content-Length: 1400\r\n\r\n" + token * 2
            case "chunks":
                return head + b"Transfer-Encoding: chunked\r\n\r\n7\r\n%b\r\n0\r\nX-Sum: %b\r\n\r\n" % (token, token)
            case _:
                return head + b"\r\n"

    def _check(self, heard: bytes) -> None:
        assert set(TOKEN.findall(heard)) <= {self.token}

    def _leave(self, *, abruptly: bool = False) -> None:
        if self.writer is not None:
            if abruptly:
                self.writer.transport.abort()
            self.writer.close()
        self.reader = self.writer = None


async def read_message(reader: asyncio.StreamReader, *, head: bool = False) -> bytes:
    """Read a request or a response, interim ones before it included; `head` where it has no body anyway."""
    message = await reader.readuntil(b"\r\n\r\n")
    status = message.split(b" ", 2)[1]
    if message.startswith(b"HTTP/") and status[:1] == b"1":
        return message + await read_message(reader, head=head)
    if head or status == b"204":
        return message
    if b"\r\ntransfer-encoding: chunked" in message.lower():
        while size := int((line := await reader.readline()) or b"0", 16):
            message += line + await reader.readexactly(size + 2)
        return message + await _trailers(reader)
    length = LENGTH.search(message)
    if length is not None:
        return message + await reader.readexactly(int(length[1]))
    return message if not message.startswith(b"HTTP/") else message + await reader.read(-1)


async def _trailers(reader: asyncio.StreamReader) -> bytes:
    lines = b""
    while (line := await reader.readline()) not in {b"\r\n", b""}:
        lines += line
    return lines


@settings(max_examples=15)
@given(st.lists(st.lists(steps, min_size=3, max_size=12), min_size=4, max_size=12))
def test_nothing_of_a_client_reaches_another_one(clients: list[list[Step]]) -> None:
    """Whatever they do at once: requests ahead, bodies, aborts before, amid and after; on both sides of a canary."""
    asyncio.run(_together(clients))


async def _together(clients: list[list[Step]]) -> None:
    application = Application()
    async with (
        asyncio.timeout(30),
        raw_upstream(application) as url,
        running_gateway(replace(plan(v1=url, v2=url, share=50), monolith_width=4), identity=WHOAMI) as gateway,
    ):
        await asyncio.gather(
            *(Client(gateway, b"tok%04d" % number).run(taken) for number, taken in enumerate(clients, 1))
        )
        await until(lambda: gateway.control.in_flight("reviews") == InFlight())
    assert application.mixed == []
