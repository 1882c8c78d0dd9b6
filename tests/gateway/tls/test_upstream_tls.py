"""Upstreams have to show who they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from strangler.model.errors import ConfigurationError
from strangler.project_reader import parse_project
from strangler_gateway.admin.self_check import healthy
from strangler_gateway.admin.self_checks import self_checks
from strangler_gateway.routing.plan import compile_plan
from strangler_gateway.transport.httpx_transport import HttptoolsTransport
from tests.gateway.conformance.cases import OK
from tests.gateway.running import RunningGateway, raw_upstream, running_gateway
from tests.gateway.tls.authority import Authority

pytestmark = pytest.mark.anyio


async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request."""
    while True:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)


@asynccontextmanager
async def before(authority: Authority, terms: str, *names: str) -> AsyncGenerator[RunningGateway]:
    """Run a gateway whose monolith is called `names`, with `terms` for it in the project file."""
    async with raw_upstream(answering, authority.server(*names)) as url:
        text = f'[monolith]\nupstreams = ["{url}"]\n{terms}'
        plan = compile_plan(parse_project(text, authority.folder / "strangler.toml"), {})
        async with running_gateway(plan) as gateway:
            yield gateway


async def status(gateway: RunningGateway) -> int:
    """Ask the monolith, and return what came."""
    return (await gateway.client.get("/")).status_code


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """One that no system trusts."""
    made = Authority(tmp_path)
    assert made.file.exists()
    return made


@pytest.mark.parametrize(
    ("terms", "names", "expected"),
    [
        ("", ("127.0.0.1",), 502),
        ('[monolith.tls]\nca = "ca.pem"', ("127.0.0.1",), 200),
        ('[monolith.tls]\nca = "ca.pem"', ("shop.internal",), 502),
        ('[monolith.tls]\nca = "ca.pem"\nserver_name = "shop.internal"', ("shop.internal",), 200),
        ('[monolith.tls]\nca = "ca.pem"\nserver_name = "other.internal"', ("shop.internal",), 502),
        ('[monolith.tls]\nserver_name = "shop.internal"', ("shop.internal",), 502),
        ("[monolith.tls]\nverify = false", ("anybody.example",), 200),
    ],
)
async def test_who_an_upstream_has_to_be(
    authority: Authority, terms: str, names: tuple[str, ...], expected: int
) -> None:
    """An authority that is trusted has to say that it is who is meant, unless the file says that anybody will do."""
    async with before(authority, terms, *names) as gateway:
        assert await status(gateway) == expected
        checks = await self_checks(gateway.control)
        assert healthy(checks) == (expected == 200)
        assert ("certificate verify failed" in str(checks).lower()) == (expected != 200)


async def test_another_authority_is_trusted_from_the_next_connection_on(authority: Authority) -> None:
    """When the file it is in was replaced, and the gateway told."""
    new = Authority(authority.folder)
    terms = '[monolith.tls]\nca = "ca.pem"'
    async with before(authority, terms) as gateway:
        assert await status(gateway) == 200
    async with before(new, terms) as gateway:
        new_file = new.file.read_bytes()
        assert authority.file.read_bytes() != new_file
        gateway.pools.renew_tls()
        assert await status(gateway) == 502
        assert new.file.exists()
        gateway.pools.renew_tls()
        assert await status(gateway) == 200


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (
            '[monolith]\nupstreams = ["https://a"]\n[monolith.tls]\nca = "none.pem"',
            ":3:1",
            "none.pem cannot be used: No such file or directory",
        ),
        (
            '[monolith]\nupstreams = ["http://a"]\n[monolith.tls]\nserver_name = "shop.internal"',
            ":2:1",
            "http://a:80 is reached without TLS, for which there are terms",
        ),
        (
            '[monolith.tls]\nca = "ca.pem"\nverify = false',
            ":2:1",
            "ca means nothing where verify is false",
        ),
        ('[monolith.tls]\nverify = "no"', ":2:1", "verify must be true or false"),
        ('[monolith.tls]\ncertificate = "ca.pem"', ":2:1", "certificate"),
        ('[gateway.tls]\ncertificate = "ca.pem"', ":1:1", r"\[gateway.tls\] needs key"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(authority: Authority, text: str, where: str, what: str) -> None:
    """Before anything is sent."""
    path = authority.folder / "strangler.toml"
    with pytest.raises(ConfigurationError, match=what) as caught:
        compile_plan(parse_project(text, path), {})
    assert f"{path}{where}" in str(caught.value)


def test_a_file_that_holds_no_certificate_is_refused(authority: Authority) -> None:
    """Rather than to find out with the first request."""
    (authority.folder / "empty.pem").write_text("nothing", encoding="utf-8")
    text = '[monolith]\nupstreams = ["https://a"]\n[services.s.tls]\nca = "empty.pem"'
    with pytest.raises(ConfigurationError, match=r"empty\.pem cannot be used"):
        compile_plan(parse_project(text, authority.folder / "strangler.toml"), {})


async def test_the_plan_is_another_one_when_the_terms_are(authority: Authority) -> None:
    """A gateway that runs follows them."""
    text = '[monolith]\nupstreams = ["https://a"]\n'
    path = authority.folder / "strangler.toml"
    plans = [
        compile_plan(parse_project(text + more, path), {}).digest
        for more in ("", '[monolith.tls]\nca = "ca.pem"', "[monolith.tls]\nverify = false")
    ]
    assert len(set(plans)) == 3


async def test_httpx_users_say_it_to_the_transport(authority: Authority) -> None:
    """The transport does not see what the client was told."""
    tls = authority.both_sides()
    async with raw_upstream(answering, tls.upstream) as url:
        async with httpx.AsyncClient(transport=HttptoolsTransport(tls=tls.expected)) as client:
            assert (await client.get(url)).status_code == 200
        async with httpx.AsyncClient(transport=HttptoolsTransport()) as client:
            with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
                await client.get(url)
