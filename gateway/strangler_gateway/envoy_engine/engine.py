"""Keeps one Envoy following the plan: moves configuration files into place, and checks what Envoy has adopted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence

from strangler.model.errors import UnavailableError
from strangler.store import write_atomic
from strangler_gateway.envoy_engine.admin import EnvoyAdmin, Followed
from strangler_gateway.envoy_engine.envoy_files import EnvoyFiles
from strangler_gateway.envoy_engine.process import POLL_SECONDS, start, until_ready
from strangler_gateway.envoy_engine.resources import Kind, Resources, file_of, resources_of
from strangler_gateway.envoy_engine.threads import Threads
from strangler_gateway.export.setting import ExportSetting

logger = logging.getLogger(__name__)

TEND_SECONDS = 0.5
CONFIRM_SECONDS = 4.0
"""Less than the time administrators' clients wait for an answer."""


class EnvoyEngine:
    """One Envoy, started by this process or left running by an earlier one."""

    def __init__(self, files: EnvoyFiles) -> None:
        self._files = files
        self._following = asyncio.Lock()
        self.admin = EnvoyAdmin(files.socket)
        self._threads = Threads(files.threads, self.admin)

    async def begin(self, setting: ExportSetting, workers: int) -> bool:
        """Make Envoy follow a plan, and start one if needed; return whether one was running and kept its connections.

        UnavailableError when it does not start, or refuses the plan.
        """
        # Wait even for an Envoy that is slow to answer: a second one would share its port.
        if await self.admin.there():
            await until_ready(self.admin)
            await self.follow(setting)
            return True
        wanted = self._resources(setting)
        for resources in wanted.values():
            self._write(resources)
        await start(self._files, self.admin, workers)
        await self._confirmed(list(wanted.values()), refused={})
        await self._followed_by_threads(wanted[Kind.ROUTES])
        return False

    async def tend(self, setting: Callable[[], ExportSetting], workers: int) -> None:
        """Start a new Envoy whenever it has died, until cancelled."""
        while True:
            await asyncio.sleep(TEND_SECONDS)
            if await self.admin.there():
                continue
            logger.error("Envoy is gone; another one is started")
            try:
                await self.begin(setting(), workers)
            except UnavailableError as error:
                logger.error("%s", error)  # noqa: TRY400 - where it was raised tells an operator nothing

    async def follow(self, setting: ExportSetting) -> None:
        """Return when Envoy has adopted a plan; UnavailableError when it refuses it, or does not confirm in time.

        Clusters are added before routes use them, and removed only after no route uses them any more.
        """
        async with self._following:
            wanted = self._resources(setting)
            clusters = wanted[Kind.CLUSTERS]
            await self._adopt(clusters.with_those_of(self._told(Kind.CLUSTERS)))
            await self._adopt(wanted[Kind.LISTENERS], wanted[Kind.ROUTES])
            await self._followed_by_threads(wanted[Kind.ROUTES])
            await self._adopt(clusters)

    async def end(self, seconds: float) -> None:
        """Let the requests in flight end, for `seconds` at most, and end Envoy."""
        self._threads.close()
        await self.admin.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while await self.admin.requests():  # noqa: ASYNC110 - Envoy tells nobody when they end
                    await asyncio.sleep(POLL_SECONDS)
        await self.admin.quit()

    async def _adopt(self, *resources: Resources) -> None:
        before = await self.admin.followed()
        changed = [one for one in resources if before.version(one.kind) != one.version]
        for one in changed:
            self._write(one)
        await self._confirmed(changed, {one.kind: before.refused(one.kind) for one in changed})

    async def _confirmed(self, resources: Sequence[Resources], refused: dict[Kind, int]) -> None:
        if not resources:
            return
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                while not _adopted(now := await self.admin.followed(), resources):
                    for one in resources:
                        if now.refused(one.kind) > refused.get(one.kind, 0):
                            raise UnavailableError(
                                f"Envoy refuses the new {one.kind}, and follows the old ones",
                                remedy=f"look into {self._files.folder / 'envoy.log'}",
                            )
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError as error:
            kinds = ", ".join(one.kind for one in resources)
            raise UnavailableError(f"Envoy has not adopted new {kinds} within {CONFIRM_SECONDS:g} s") from error

    async def _followed_by_threads(self, routes: Resources) -> None:
        """Return when all threads follow these routes, and so everything they were told before."""
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                await self._threads.follow(routes.told)
        except TimeoutError as error:
            raise UnavailableError(f"a thread of Envoy follows other routes after {CONFIRM_SECONDS:g} s") from error

    def _resources(self, setting: ExportSetting) -> Mapping[Kind, Resources]:
        return resources_of(setting, self._files)

    def _write(self, resources: Resources) -> None:
        write_atomic(file_of(self._files.folder, resources.kind), resources.file())

    def _told(self, kind: Kind) -> Resources:
        """Return the resources Envoy was given last, even by an earlier process."""
        file = file_of(self._files.folder, kind)
        return Resources.read(kind, file.read_bytes() if file.exists() else b"{}")


def _adopted(now: Followed, resources: Sequence[Resources]) -> bool:
    return not now.warming and all(now.version(one.kind) == one.version for one in resources)
