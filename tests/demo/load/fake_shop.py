"""A server that answers like the shop's review API, from memory, and fails when it is told to."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = tuple[int, object]
Rule = Callable[[str], Answer | None]
"""``METHOD /path`` -> an answer other than the right one; None for the right one."""

HANG_UP: Answer = (0, None)
"""Close the connection without an answer."""


@dataclass(slots=True)
class FakeShop:
    """Reviews by number; votes by number and token. While `open` is clear, requests wait."""

    port: int = 0
    rule: Rule | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)
    reviews: dict[int, dict[str, object]] = field(default_factory=dict[int, dict[str, object]])
    votes: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    requests: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    connections: int = 0
    enough: int = 0
    has_enough: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when `enough` requests have come."""

    def answer(self, method: str, path: str, token: str, content: dict[str, object]) -> Answer:
        """Answer one request."""
        customer = int(token.rpartition("-")[2] or 0)
        if path == "/api/whoami":
            return 200, {"customer_id": customer}
        if match := re.fullmatch(r"/api/products/(\d+)/reviews", path):
            if method == "GET":
                return 200, {"results": [self.reviews[1]]}
            number = len(self.reviews) + 1
            self.reviews[number] = _review(number, customer, str(content["text"]))
            return 201, self.reviews[number]
        if match := re.fullmatch(r"/api/reviews/(\d+)/votes", path):
            return self._vote(method, int(match[1]), token, content)
        if match := re.fullmatch(r"/api/reviews/(\d+)", path):
            return self._one(method, int(match[1]), content)
        if path == "/api/products":
            return 200, {"results": [{"id": 1, "slug": "chair"}]}
        return 200, {}

    def _vote(self, method: str, number: int, token: str, content: dict[str, object]) -> Answer:
        if method == "DELETE":
            del self.votes[number, token]
            return 204, None
        value = content["value"]
        assert isinstance(value, int)
        self.votes[number, token] = value
        count = sum(value for (voted, _), value in self.votes.items() if voted == number)
        self.reviews[number]["helpful_count"] = count
        return 201, {"helpful_count": count}

    def _one(self, method: str, number: int, content: dict[str, object]) -> Answer:
        if self.reviews[number].get("deleted"):
            return 404, {}
        if method == "DELETE":
            self.reviews[number]["deleted"] = True
            return 204, None
        self.reviews[number].update(content)
        return 200, self.reviews[number]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = lines[0].split()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        path = target.partition("?")[0]
        self.requests.append((method, path))
        if len(self.requests) == self.enough:
            self.has_enough.set()
        await self.open.wait()
        token = headers.get("authorization", "").removeprefix("Token ")
        special = self.rule(f"{method} {path}") if self.rule else None
        status, content = special or self.answer(method, path, token, json.loads(body or b"{}"))
        if status == HANG_UP[0]:
            return False
        text = b"" if status == 204 else json.dumps(content).encode()
        writer.write(f"HTTP/1.1 {status} Said\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text)
        await writer.drain()
        return True


def _review(number: int, customer: int, text: str) -> dict[str, object]:
    return {"id": number, "customer_id": customer, "text": text, "helpful_count": 0}


@asynccontextmanager
async def fake_shop() -> AsyncGenerator[FakeShop]:
    """Serve a shop with one review while the block runs."""
    shop = FakeShop()
    shop.open.set()
    shop.reviews[1] = _review(1, 10_000, "there before the load")
    server = await asyncio.start_server(shop.serve, "127.0.0.1", 0)
    shop.port = server.sockets[0].getsockname()[1]
    try:
        yield shop
    finally:
        server.close()
