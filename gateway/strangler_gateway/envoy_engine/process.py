"""The process that carries the bytes: it outlives the one that started it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from strangler.model.errors import UnavailableError
from strangler.store import write_atomic
from strangler_gateway.envoy_engine.admin import EnvoyAdmin
from strangler_gateway.envoy_engine.program import envoy_program
from strangler_gateway.envoy_engine.resources import bootstrap

START_SECONDS = 30.0
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class EnvoyPlace:
    """Where the files of one Envoy are, and the socket it is asked by."""

    folder: Path
    socket: Path

    @classmethod
    def in_folder(cls, folder: Path) -> EnvoyPlace:
        """Return the place of the Envoy that follows files in `folder`; whoever comes after finds the same.

        A socket's path is short (108 bytes), so it is not in the folder. UnavailableError when somebody else made its.
        """
        name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
        sockets = Path(tempfile.gettempdir()) / f"strangler-{os.getuid()}-{name}"
        try:
            sockets.mkdir(mode=0o700, exist_ok=True)
            status = sockets.lstat()
        except OSError as error:
            raise UnavailableError(f"{sockets}: {error.strerror}") from error
        if status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise UnavailableError(f"{sockets} belongs to somebody else, or others may write there")
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder.resolve(), sockets / "envoy.sock")


async def start(place: EnvoyPlace, admin: EnvoyAdmin, workers: int) -> None:
    """Start Envoy in a session of its own, and return once it takes requests; UnavailableError when it does not."""
    file = place.folder / "bootstrap.json"
    write_atomic(file, msgspec.json.encode(bootstrap(place.folder, place.socket)))
    place.socket.unlink(missing_ok=True)
    log = place.folder / "envoy.log"
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
