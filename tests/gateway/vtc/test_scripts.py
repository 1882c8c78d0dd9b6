"""What a proxy must not break, in the language of Varnish's own tests: each script is a client and an application."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from strangler.demo.processes import free_port
from tests.gateway.running import plan, running_gateway

pytestmark = [pytest.mark.anyio, pytest.mark.varnishtest]

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.vtc"))
SECONDS = 30


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
async def test_a_proxy_breaks_nothing(script: Path, tmp_path: Path) -> None:
    """The first line of the script says what is tried."""
    port = free_port()
    async with running_gateway(plan(v1=f"http://127.0.0.1:{port}")) as gateway:
        process = await asyncio.create_subprocess_exec(
            "varnishtest", "-t", str(SECONDS), f"-Dgateway={gateway.data}", f"-Dupstream=127.0.0.1:{port}",
            str(script), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)},
        )  # fmt: skip
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode(errors="replace")[-4000:]
