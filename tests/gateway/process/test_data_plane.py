"""The data plane of one process: a listener that cannot be served is an error at once, and is cleaned up after."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from strangler.project import Address, Project
from strangler.project_reader import parse_project
from strangler.store import ArtefactStore
from strangler_gateway.admin.control import Control, resumed
from strangler_gateway.process.data_plane import DataPlane
from strangler_gateway.process.listener import listen
from strangler_gateway.routing.plan import compile_plan
from strangler_gateway.state_file import StateFile

PROJECT = '[monolith]\nroot = "."\nupstreams = ["http://127.0.0.1:1"]\n\n[gateway]\nlisten = "127.0.0.1:1"\n'
SECONDS = 30


def _parts(folder: Path) -> tuple[Project, Control]:
    project = parse_project(PROJECT, folder / "strangler.toml")
    return project, resumed(compile_plan(project, {}), StateFile(ArtefactStore.beside(folder)))


def test_a_listener_that_is_closed_is_an_error_at_once(tmp_path: Path) -> None:
    """Nobody waits for requests that cannot come; what was begun is given back."""

    async def begin() -> None:
        data = DataPlane(*_parts(tmp_path), {}, 1)
        listener = listen(Address("127.0.0.1", 0))
        listener.close()
        try:
            with pytest.raises((OSError, ValueError)) as raised:
                await asyncio.wait_for(data.begin(listener), SECONDS)
            assert not isinstance(raised.value, TimeoutError)
            assert not data.up
        finally:
            await data.close()
        assert len(asyncio.all_tasks()) <= 2

    asyncio.run(begin())


def test_one_that_never_began_can_be_closed(tmp_path: Path) -> None:
    """As after an address that is taken."""

    async def close() -> None:
        data = DataPlane(*_parts(tmp_path), {}, 1)
        await data.end()
        await data.close()

    asyncio.run(close())
