"""A real Envoy, and what it says of a configuration."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from strangler.demo.processes import free_port
from strangler.model.authority import Side
from strangler.model.json_value import JsonObject
from strangler.project import Address
from strangler_gateway.envoy_engine.program import envoy_program
from strangler_gateway.export.envoy.configuration import static_configuration
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.routing.plan import Plan
from tests.gateway.proxy_process import SECONDS, listening


async def refused_by_envoy(folder: Path, configuration: JsonObject) -> str:
    """Return what Envoy's own validation has against a configuration; nothing where it accepts it."""
    process = await _envoy(folder, configuration, "--mode", "validate")
    _, said = await asyncio.wait_for(process.communicate(), SECONDS)
    return "" if process.returncode == 0 else said.decode()


@asynccontextmanager
async def running_envoy(folder: Path, plan: Plan, **sides: Side) -> AsyncGenerator[Address]:
    """Run Envoy by what is written for it; yields where it listens, once it does."""
    setting = ExportSetting(plan, Address("127.0.0.1", free_port()), sides)
    async with configured_envoy(folder, static_configuration(setting), setting.listen):
        yield setting.listen


@asynccontextmanager
async def configured_envoy(folder: Path, configuration: JsonObject, address: Address) -> AsyncGenerator[None]:
    """Run Envoy by a configuration; yields once it listens at the address."""
    async with listening(await _envoy(folder, configuration), address):
        yield


async def _envoy(folder: Path, configuration: JsonObject, *arguments: str) -> asyncio.subprocess.Process:
    file = folder / "envoy.json"
    file.write_bytes(msgspec.json.encode(configuration))
    return await asyncio.create_subprocess_exec(
        *(str(envoy_program()), "-c", str(file), "--concurrency", "1"),
        *("--disable-hot-restart", "--log-level", "error", *arguments),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
