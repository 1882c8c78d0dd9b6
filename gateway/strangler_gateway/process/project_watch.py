"""Waits for changes of the project file and of what belongs to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from strangler.model.errors import StranglerError

POLL_SECONDS = 1.0


async def follow(
    files: Callable[[], Iterable[Path]],
    adopt: Callable[[], Awaitable[None]],
    refuse: Callable[[StranglerError], None],
    reload: asyncio.Event,
) -> None:
    """Read the project file again when one of the `files` changes, and when told to."""
    seen = _stamps(files)
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(reload.wait(), POLL_SECONDS)
        stamp = _stamps(files)
        if not reload.is_set() and stamp == seen:
            continue
        reload.clear()
        seen = stamp
        try:
            await adopt()
        except StranglerError as error:
            refuse(error)


def _stamps(files: Callable[[], Iterable[Path]]) -> list[tuple[int, int, int] | None]:
    return [_stamp(path) for path in files()]


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
