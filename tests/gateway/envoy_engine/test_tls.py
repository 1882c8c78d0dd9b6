"""TLS on both sides of Envoy; what clients are shown is with the gateway's own, in `tests/gateway/tls`."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import httpx
import pytest

from strangler.demo.processes import free_port
from tests.gateway.conformance.cases import OK
from tests.gateway.envoy_engine.rig import running
from tests.gateway.process.test_server import GATEWAY
from tests.gateway.running import PROJECT, raw_upstream
from tests.gateway.tls.authority import Authority
from tests.gateway.tls.test_certificates import TLS

pytestmark = [pytest.mark.anyio, pytest.mark.envoy]

UPSTREAM = """
[monolith.tls]
ca = "ca.pem"

[services.reviews.tls]
ca = "ca.pem"
"""


async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request."""
    while await reader.readuntil(b"\r\n\r\n"):
        writer.write(OK)


@pytest.mark.parametrize(("name", "status"), [("127.0.0.1", 200), ("elsewhere.example", 503)])
async def test_an_upstream_is_believed_if_it_shows_what_it_is_called(tmp_path: Path, name: str, status: int) -> None:
    """By the authority of the project, under its own name; clients speak TLS with the gateway as well."""
    authority = Authority(tmp_path)
    authority.issue()
    context = ssl.create_default_context(cafile=str(authority.file))
    async with raw_upstream(handle, authority.server(name)) as url:
        path, port = tmp_path / "strangler.toml", free_port()
        text = PROJECT.format(v1=url, v2=url, share=100) + GATEWAY.format(data=port, admin=free_port())
        path.write_text(text + TLS + UPSTREAM, encoding="utf-8")
        with running(path) as made, made.gateway(scheme="https"):
            async with httpx.AsyncClient(verify=context, trust_env=False) as client:
                for target in ("/reviews", "/elsewhere"):
                    assert (await client.get(f"https://127.0.0.1:{port}{target}")).status_code == status
