"""Watches the project file and the files it names for changes."""

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
    """Call `adopt` when one of the `files` changes or `reload` is set; never returns.

    A StranglerError of `adopt` goes to `refuse`. Changes are found by polling every `POLL_SECONDS`.
    """
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
    return [stamp_of(path) for path in files()]


def stamp_of(path: Path) -> tuple[int, int, int] | None:
    """What is another one when a file was written or replaced; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
