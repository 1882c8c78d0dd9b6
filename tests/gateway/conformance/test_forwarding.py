"""Who a client is, and what the applications are told of it, is the same whichever way a request takes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from strangler.model.forwarding import ForwardedFields, ForwardingTerms
from strangler.project import StickyKey, StickySource
from strangler.project_reader import parse_project
from strangler_gateway.requests.edge import Forwarding
from strangler_gateway.routing.plan import compile_plan
from tests.gateway.conformance.cases import OK, Case, get, post
from tests.gateway.conformance.faces import Face, closing, passed, talk
from tests.gateway.running import ENVIRONMENT, PROJECT, Handler, plan, raw_upstream, running_gateway

pytestmark = pytest.mark.anyio

BELIEVED = ForwardingTerms(trusted=("127.0.0.0/8", "10.0.0.0/8"))
PROXIES = (Face.FAST, Face.RELAY, Face.ENDPOINT)
INVENTED = (
    b"X-Forwarded-For: 6.6.6.6",
    b"X_Forwarded_For: 6.6.6.6",
    b"X-Forwarded-Proto: ftp",
    b"X-Forwarded-Host: evil",
    b"X-Forwarded-User: root",
    b"X_Forwarded-Client-Cert: root",
    b"Forwarded: for=6.6.6.6;host=evil",
    b"X-Real-IP: 6.6.6.6",
    b"x_real_ip: 6.6.6.6",
    b"X-Strangler-Shadow: 1",
    b"X_Strangler_Shadow: 1",
)
CASES = (
    Case(
        "what a client invents is not believed",
        get(b"/", *INVENTED, b"a: 1"),
        (
            b"\r\na: 1\r\n",
            b"\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: shop\r\n",
        ),
        (b"6.6.6.6", b"evil", b"ftp", b"root", b"hadow", b"eal"),
    ),
    Case(
        "what was connected to a hop is not believed either",
        get(b"/", b"Connection: X-Forwarded-For, X-Forwarded-Proto"),
        (b"\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: shop\r\n",),
    ),
    Case(
        "what stands behind the body says nothing of who asks",
        post(
            b"Transfer-Encoding: chunked",
            b"0\r\n%b\r\n" % b"".join(b"%b\r\n" % field for field in (*INVENTED, b"Cookie: eal", b"Host: evil")),
        ),
        (b"\r\nX-Forwarded-For: 127.0.0.1\r\n",),
        (b"6.6.6.6", b"evil", b"ftp", b"root", b"hadow", b"eal"),
    ),
    Case(
        "of a trusted proxy the address it saw is believed, and no further one",
        get(
            b"/",
            b"X-Forwarded-For: 6.6.6.6, 9.9.9.9",
            b"X-Forwarded-For: 10.0.0.7",
            b"X-Forwarded-Proto: https",
            b"X-Forwarded-Host: shop.example",
            b"X-Forwarded-Port: 443",
            b"Forwarded: for=6.6.6.6",
            b"X_Forwarded_For: 6.6.6.6",
        ),
        (
            b"\r\nX-Forwarded-Port: 443\r\n",
            b"\r\nX-Forwarded-For: 9.9.9.9, 10.0.0.7, 127.0.0.1\r\n",
            b"\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n",
        ),
        (b"6.6.6.6",),
        forwarding=BELIEVED,
    ),
    Case(
        "so many proxies are in front, wherever they are",
        get(b"/", b"X-Forwarded-For: 6.6.6.6, 9.9.9.9, 8.8.8.8"),
        (b"\r\nX-Forwarded-For: 9.9.9.9, 8.8.8.8, 127.0.0.1\r\n",),
        (b"6.6.6.6",),
        forwarding=ForwardingTerms(trusted_hops=2),
    ),
    Case(
        "Forwarded in place of X-Forwarded",
        get(b"/", b"X-Forwarded-For: 6.6.6.6", b"Forwarded: for=6.6.6.6"),
        (b'\r\nForwarded: for=127.0.0.1;proto=http;host="shop"\r\n',),
        (b"6.6.6.6", b"X-Forwarded"),
        forwarding=ForwardingTerms(send=ForwardedFields.FORWARDED),
    ),
    Case(
        "Forwarded of a request nobody has said anything of",
        get(b"/"),
        (b'\r\nForwarded: for=127.0.0.1;proto=http;host="shop"\r\nX-Request-ID: ',),
        (b"X-Forwarded",),
        forwarding=ForwardingTerms(send=ForwardedFields.FORWARDED),
    ),
    Case(
        "Forwarded is read from a proxy that writes it, and both are written",
        get(
            b"/",
            b"X-Forwarded-For: 6.6.6.6",
            b'Forwarded: For="[2001:db8::1]:80" ; Proto=HTTPS;host="shop.example", for=10.0.0.9',
        ),
        (
            b"\r\nX-Forwarded-For: 2001:db8::1, 10.0.0.9, 127.0.0.1\r\n",
            b"\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n",
            b'\r\nForwarded: for="[2001:db8::1]:80";proto=https;host="shop.example", for=10.0.0.9, for=127.0.0.1\r\n',
        ),
        (b"6.6.6.6",),
        forwarding=ForwardingTerms(trusted=BELIEVED.trusted, read=ForwardedFields.FORWARDED, send=ForwardedFields.BOTH),
    ),
    Case(
        "the marker of a copy stays when a trusted gateway sent it",
        get(b"/", b"X-Strangler-Shadow: 1"),
        (b"\r\nX-Strangler-Shadow: 1\r\n",),
        forwarding=BELIEVED,
    ),
)


@pytest.mark.parametrize("face", PROXIES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.feature)
async def test_an_application_is_told_who_asks(case: Case, face: Face) -> None:
    """As far as that is known, and never what a client says of itself."""
    arrived, returned = await passed(face, case)
    # An ASGI server tells names in lower case.
    seen = arrived.replace(b"\r\nx-forwarded-port", b"\r\nX-Forwarded-Port")
    seen = seen.replace(b"\r\nx-strangler-shadow", b"\r\nX-Strangler-Shadow")
    assert all(part in seen for part in case.arrives), arrived
    assert not any(part in arrived for part in case.missing), arrived
    assert returned.endswith(b"ok")


@pytest.mark.parametrize("wire", [True, False], ids=["wire", "endpoint"])
async def test_another_plan_says_who_is_believed_from_the_next_connection_on(*, wire: bool) -> None:
    """Without a restart: a load balancer is put in front while clients are there."""
    heads: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(OK)

    async with raw_upstream(handle) as url, running_gateway(plan(v1=url), wire=wire) as gateway:
        request = closing(get(b"/", b"X-Forwarded-For: 9.9.9.9"))
        await talk(gateway, request)
        text = PROJECT.format(v1=url, v2=url, share=0) + '[gateway.forwarding]\ntrusted = ["127.0.0.1"]\n'
        other = compile_plan(parse_project(text), ENVIRONMENT)
        assert other.digest != plan(v1=url, v2=url).digest
        await gateway.control.adopt(other)
        await talk(gateway, request)
    told = [b"X-Forwarded-For: 9.9.9.9, 127.0.0.1\r\n" in head for head in heads]
    assert told == [False, True]


@pytest.mark.parametrize("wire", [True, False], ids=["wire", "endpoint"])
async def test_nobody_chooses_his_side_by_an_address_he_invents(*, wire: bool) -> None:
    """The share of a route that is sticky by client goes by the address that is believed."""
    asked: dict[str, int] = {"v1": 0, "v2": 0}

    def answering(side: str) -> Handler:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                asked[side] += 1
                writer.write(OK)

        return handle

    async with raw_upstream(answering("v1")) as v1, raw_upstream(answering("v2")) as v2:
        base = plan(v1, v2, share=50)
        routes = tuple(replace(route, sticky=StickyKey(StickySource.CLIENT)) for route in base.routes)
        for believed, sides in ((Forwarding(), 1), (Forwarding(BELIEVED), 2)):
            asked.update(v1=0, v2=0)
            async with running_gateway(replace(base, routes=routes, forwarding=believed), wire=wire) as gateway:
                for number in range(20):
                    await talk(gateway, closing(get(b"/reviews", b"X-Forwarded-For: 9.9.9.%d" % number)))
            assert sum(count > 0 for count in asked.values()) == sides
