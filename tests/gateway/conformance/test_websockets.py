"""WebSockets as a real client and a real server speak them through the gateway, in the clear and over TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest
from starlette.types import Message
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from strangler.model.tls import UPSTREAM_TLS
from strangler_gateway.app import create_app
from strangler_gateway.in_flight import SideCount
from strangler_gateway.transport.origin import Origin
from tests.gateway.conformance.faces import Tls
from tests.gateway.running import RunningGateway, plan, raw_upstream, running_gateway, until
from tests.gateway.tls.authority import Authority

pytestmark = pytest.mark.anyio

Application = Callable[[ServerConnection], Awaitable[None]]
PROTOCOLS = (Subprotocol("chat.v1"), Subprotocol("chat.v2"))
BIG = 3 * 1024 * 1024


@pytest.fixture(scope="module", params=["clear", "TLS"])
def tls(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tls | None:
    """What each side shows; None in the clear."""
    if request.param == "clear":
        return None
    return Authority(Path(tmp_path_factory.mktemp("tls"))).both_sides()


@asynccontextmanager
async def gateway_before(application: Application, tls: Tls | None) -> AsyncGenerator[RunningGateway]:
    """Run an application that speaks WebSocket, and a gateway before it."""

    def refused(connection: ServerConnection, request: Request) -> Response | None:
        return connection.respond(HTTPStatus.FORBIDDEN, "not you") if request.path == "/closed" else None

    async with serve(
        application, "127.0.0.1", 0, ssl=tls and tls.upstream, subprotocols=PROTOCOLS, max_size=None,
        process_request=refused,
    ) as server:  # fmt: skip
        port = next(iter(server.sockets)).getsockname()[1]
        origin = Origin.of(f"http{'s' if tls else ''}://127.0.0.1:{port}", tls.expected if tls else UPSTREAM_TLS)
        async with running_gateway(
            replace(plan(), monolith=(origin,)), certificates=tls and tls.certificates
        ) as gateway:
            async with asyncio.timeout(20):
                yield gateway


def connecting(gateway: RunningGateway, tls: Tls | None, path: str = "/reviews") -> connect:
    """Open a WebSocket to the gateway."""
    scheme = "wss" if tls else "ws"
    return connect(
        f"{scheme}://{gateway.data}{path}",
        ssl=tls and tls.client,
        subprotocols=PROTOCOLS[1:],
        max_size=None,
        proxy=None,
    )


async def echo(connection: ServerConnection) -> None:
    """Say everything twice: the message, and its length."""
    async for message in connection:
        await connection.send(message)
        await connection.send(str(len(message)))


async def test_messages_arrive_as_they_are(tls: Tls | None) -> None:
    """Text, binary, empty ones, in fragments, and big ones that do not compress; under the protocol agreed on."""
    incompressible = bytes((number * number) >> 3 & 255 for number in range(4096)) * (BIG // 4096)
    async with gateway_before(echo, tls) as gateway, connecting(gateway, tls) as socket:
        assert socket.subprotocol == "chat.v2"
        for message in ("grüße", b"\0\xff", "", b"", "a" * BIG, incompressible):
            await socket.send(message)
            assert await socket.recv() == message
            assert await socket.recv() == str(len(message))
        await socket.send(["in ", "three ", "parts"])
        assert await socket.recv() == "in three parts"


async def test_messages_stay_compressed(tls: Tls | None) -> None:
    """permessage-deflate is agreed on between client and application, whose frames pass untouched."""
    agreed: list[bool] = []

    async def note(connection: ServerConnection) -> None:
        agreed.append(_deflates(connection))
        await echo(connection)

    async with gateway_before(note, tls) as gateway, connecting(gateway, tls) as socket:
        await socket.send("a" * 100_000)
        assert await socket.recv() == "a" * 100_000
        assert [_deflates(socket), *agreed] == [True, True]


def _deflates(connection: ClientConnection | ServerConnection) -> bool:
    return any(isinstance(extension, PerMessageDeflate) for extension in connection.protocol.extensions)


async def test_pings_are_answered_by_the_other_end_both_ways(tls: Tls | None) -> None:
    """The gateway has no say in them."""

    async def ping(connection: ServerConnection) -> None:
        await (await connection.ping(b"from v1"))
        await connection.send("answered")
        await connection.wait_closed()

    async with gateway_before(ping, tls) as gateway, connecting(gateway, tls) as socket:
        await (await socket.ping(b"from a client"))
        assert await socket.recv() == "answered"


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "going"), (1011, "broken"), (4001, "tschüß")])
async def test_close_codes_arrive_both_ways(tls: Tls | None, code: int, reason: str) -> None:
    """With their reasons; and nothing stays in the count."""
    seen: list[tuple[int | None, str | None]] = []

    async def close_or_wait(connection: ServerConnection) -> None:
        if await connection.recv() == "you":
            await connection.close(code, reason)
        await connection.wait_closed()
        seen.append((connection.close_code, connection.close_reason))

    async with gateway_before(close_or_wait, tls) as gateway:
        async with connecting(gateway, tls) as socket:
            await socket.send("you")
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            seen.append((socket.close_code, socket.close_reason))
        async with connecting(gateway, tls) as socket:
            await socket.send("me")
            await socket.close(code, reason)
        await until(lambda: len(seen) == 3)
        assert seen == [(code, reason)] * 3
        await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount())


@pytest.mark.parametrize("server_goes", [True, False])
async def test_an_end_that_is_lost_is_lost_for_the_other_one(tls: Tls | None, *, server_goes: bool) -> None:
    """Without a closing handshake: 1006 on the other side, at once."""
    seen: list[int | None] = []

    async def lose(connection: ServerConnection) -> None:
        await connection.recv()
        if server_goes:
            connection.transport.abort()
        await connection.wait_closed()
        seen.append(connection.close_code)

    async with gateway_before(lose, tls) as gateway, connecting(gateway, tls) as socket:
        await socket.send("go")
        if not server_goes:
            socket.transport.abort()
        await socket.wait_closed()
        assert socket.close_code == 1006
        await until(lambda: seen == [1006])
        await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount())


async def test_who_is_refused_hears_it_from_the_application(tls: Tls | None) -> None:
    """An answer other than 101 is a response like any other."""
    async with gateway_before(echo, tls) as gateway:
        with pytest.raises(InvalidStatus) as refused:
            async with connecting(gateway, tls, "/closed"):
                pass
        assert (refused.value.response.status_code, refused.value.response.body) == (403, b"not you")


async def test_many_sockets_at_once_do_not_hear_each_other(tls: Tls | None) -> None:
    """Each gets what it has said, in its order."""

    async def talk(gateway: RunningGateway, number: int) -> None:
        async with connecting(gateway, tls) as socket:
            for turn in range(10):
                await socket.send(f"{number}: {turn}")
                assert await socket.recv() == f"{number}: {turn}"
                await socket.recv()

    async with gateway_before(echo, tls) as gateway:
        await asyncio.gather(*(talk(gateway, number) for number in range(20)))


@pytest.mark.parametrize("client_goes", [True, False])
async def test_what_was_said_before_an_end_of_a_tunnel_still_arrives(*, client_goes: bool) -> None:
    """A tunnel that one side ends is over for both, once what that side had sent is there."""
    size = 1_000_000
    got = asyncio.get_running_loop().create_future()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        if client_goes:
            got.set_result(await reader.read(-1))
        else:
            writer.write(b"x" * size)

    async with raw_upstream(handle) as url, running_gateway(plan(v1=url)) as gateway, asyncio.timeout(20):
        reader, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        if client_goes:
            writer.write(b"x" * size)
            writer.write_eof()
            assert len(await got) == size
        assert len(await reader.read(-1)) == (0 if client_goes else size)
        writer.close()


async def test_the_endpoint_closes_what_it_can_not_carry() -> None:
    """Before it is accepted, which a server answers with 403: ASGI has no tunnel of bytes."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async with running_gateway(plan(), wire=False) as gateway:
        await create_app(gateway.relay)({"type": "websocket", "path": "/"}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1000}]
