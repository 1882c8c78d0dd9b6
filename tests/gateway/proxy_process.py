"""Another proxy that runs for as long as it is tried."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from strangler.project import Address

SECONDS = 60.0


@asynccontextmanager
async def listening(process: asyncio.subprocess.Process, address: Address) -> AsyncGenerator[None]:
    """Wait until a process listens, and end it; RuntimeError with what it said when it ends before."""
    try:
        async with asyncio.timeout(SECONDS):
            while not await _listens(address):
                if process.returncode is not None:
                    assert process.stderr is not None
                    raise RuntimeError((await process.stderr.read()).decode())
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.communicate(), SECONDS)


async def _listens(address: Address) -> bool:
    try:
        _, writer = await asyncio.open_connection(address.host, address.port)
    except ConnectionError:
        await asyncio.sleep(0.02)
        return False
    writer.close()
    return True
