"""A gateway's checks of itself: whether it could carry out any order and reach every application now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from strangler.model.authority import Side
from strangler.model.errors import StranglerError
from strangler_gateway.admin.control import Control
from strangler_gateway.admin.self_check import SelfCheck
from strangler_gateway.routing.plan import ServicePlan
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.tls import handshake

CONNECT_SECONDS = 2.0


async def self_checks(control: Control) -> list[SelfCheck]:
    """Check the plan, the state file and every application, concurrently."""
    plan = control.traffic.plan
    services = [service for service in plan.services.values() if service.v2]
    return list(
        await asyncio.gather(
            _plan(control),
            _state(control),
            _reachable("monolith", plan.monolith),
            *(_reachable(one.name, one.v2, needed=_is_used(control, one)) for one in services),
        )
    )


def _is_used(control: Control, service: ServicePlan) -> bool:
    """Whether v2 gets requests now."""
    if control.traffic.authority(service.name).side is Side.V2:
        return True
    return any(
        route.share or any(arm.weight and not arm.origins for arm in route.arms if arm.side is Side.V2)
        for route in control.traffic.plan.routes
        if route.service == service.name
    )


async def _plan(control: Control) -> SelfCheck:
    if control.problems:
        return SelfCheck("plan", ok=False, detail="the project file was refused: " + "; ".join(control.problems))
    return SelfCheck("plan", ok=True, detail=control.traffic.plan.digest)


async def _state(control: Control) -> SelfCheck:
    try:
        await asyncio.to_thread(control.check_keeper)
    except StranglerError as error:
        return SelfCheck("state file", ok=False, detail=str(error))
    return SelfCheck("state file", ok=True)


async def _reachable(name: str, origins: Sequence[Origin], *, needed: bool = True) -> SelfCheck:
    """Connect to every host of an application; one that accepts is enough."""
    refused = [reason for reason in await asyncio.gather(*map(_refusal, origins)) if reason is not None]
    return SelfCheck(name, len(refused) < len(origins), "; ".join(refused), needed)


async def _refusal(origin: Origin) -> str | None:
    """Return why a host cannot be connected to, None when it can."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            shown = handshake(origin)
            _, writer = await asyncio.open_connection(
                origin.host, origin.port, ssl=shown.context, server_hostname=shown.server_name
            )
    except TimeoutError:
        return f"{origin} did not accept a connection within {CONNECT_SECONDS:g} s"
    except OSError as error:
        return f"{origin} cannot be reached: {error.strerror or error}"
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return None
