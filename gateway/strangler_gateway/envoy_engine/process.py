"""Starts the Envoy process, which outlives the one that started it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

import msgspec

from strangler.model.errors import UnavailableError
from strangler.store import write_atomic
from strangler_gateway.envoy_engine.admin import EnvoyAdmin
from strangler_gateway.envoy_engine.envoy_files import EnvoyFiles
from strangler_gateway.envoy_engine.program import envoy_program
from strangler_gateway.envoy_engine.resources import bootstrap

START_SECONDS = 30.0
POLL_SECONDS = 0.02


async def start(files: EnvoyFiles, admin: EnvoyAdmin, workers: int) -> None:
    """Start Envoy in a session of its own, and return once it takes requests; UnavailableError when it does not."""
    file = files.folder / "bootstrap.json"
    write_atomic(file, msgspec.json.encode(bootstrap(files)))
    files.socket.unlink(missing_ok=True)
    log = files.folder / "envoy.log"
    process = await asyncio.create_subprocess_exec(
        *(str(envoy_program()), "-c", str(file), "--concurrency", str(workers)),
        *("--disable-hot-restart", "--log-level", "warning", "--log-path", str(log)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await until_ready(admin, lambda: process.returncode is None)
    except UnavailableError as error:
        if process.returncode is None:
            process.kill()
        raise UnavailableError(error.what, remedy=f"look into {log}") from error


async def until_ready(admin: EnvoyAdmin, alive: Callable[[], bool] = lambda: True) -> None:
    """Return once Envoy takes requests; UnavailableError when it does not."""
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await admin.ready():
                if not alive():
                    raise UnavailableError("Envoy has ended at its start")
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise UnavailableError(f"Envoy does not take requests after {START_SECONDS:g} s") from error


def end_left(files: EnvoyFiles) -> None:
    """End an Envoy whose control plane was killed; does nothing when there is none."""
    with socket.socket(socket.AF_UNIX) as asking, contextlib.suppress(OSError):
        asking.settimeout(POLL_SECONDS * 100)
        asking.connect(str(files.socket))
        asking.sendall(b"POST /quitquitquit HTTP/1.1\r\nHost: envoy\r\nContent-Length: 0\r\n\r\n")
        asking.recv(1)
