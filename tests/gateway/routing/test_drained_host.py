"""A host that is drained gets nothing new, through changes of the file and restarts; the last one is never drained."""

from __future__ import annotations

import pytest

from strangler.model.authority import Side
from strangler.model.errors import InputError
from strangler.project_reader import parse_project
from strangler_gateway.admin.control import Control, restored
from strangler_gateway.routing.drained_host import DrainedHost
from strangler_gateway.routing.plan import Plan, compile_plan
from strangler_gateway.traffic import Traffic
from tests.gateway.running import MemoryKeeper

pytestmark = pytest.mark.anyio

FILE = """
[monolith]
upstreams = ["http://10.0.0.1:80", "http://10.0.0.2:80"]
[services.reviews]
upstreams = ["http://10.0.0.3:80", "http://10.0.0.4:80"]
[[routes]]
service = "reviews"
match = { path = "/reviews" }
traffic = { v2 = 50, sticky = "client" }
"""
OLD = DrainedHost("monolith", "http://10.0.0.1:80")
NEW = DrainedHost("reviews", "http://10.0.0.4:80")


def planned(text: str = FILE) -> Plan:
    """Return the plan of a file."""
    return compile_plan(parse_project(text), {})


def started(keeper: MemoryKeeper, plan: Plan | None = None) -> Control:
    """Start a gateway, anew or again."""
    plan, state = plan or planned(), keeper.read()
    return Control(Traffic(restored(plan, state), lambda: 0.0), plan, keeper, state.drained)


def hosts(control: Control) -> tuple[list[str], list[str], list[str]]:
    """Return where the monolith, v1 and v2 of the service are for new requests."""
    plan = control.traffic.plan
    service = plan.services["reviews"]
    return [*map(str, plan.monolith)], [*map(str, service.upstreams(Side.V1))], [*map(str, service.v2)]


async def test_the_others_get_what_is_new() -> None:
    """Also what is ordered meanwhile; the end of it is as it was before."""
    control = started(MemoryKeeper())
    before = hosts(control)
    assert (await control.drain(OLD, drained=True)).hosts == (OLD,)
    assert (await control.drain(NEW, drained=True)).hosts == (OLD, NEW)
    await control.shift("reviews", 10, ())
    assert hosts(control) == (["http://10.0.0.2:80"], ["http://10.0.0.2:80"], ["http://10.0.0.3:80"])
    assert control.status().drained == (OLD, NEW)
    for host in (OLD, NEW):
        await control.drain(host, drained=False)
    assert hosts(control) == before
    assert control.service_status("reviews").shares == {"* /reviews": 10}


@pytest.mark.parametrize("restarted", [False, True])
async def test_it_stays_through_changes_of_the_file(*, restarted: bool) -> None:
    """While the gateway runs and while it is away."""
    keeper = MemoryKeeper()
    control = started(keeper)
    await control.drain(NEW, drained=True)
    changed = planned(FILE.replace("v2 = 50", "v2 = 60"))
    if restarted:
        control = started(keeper, changed)
    else:
        await control.adopt(changed)
    assert hosts(control)[2] == ["http://10.0.0.3:80"]
    assert control.service_status("reviews").shares == {"* /reviews": 60}


async def test_the_last_one_is_not_drained() -> None:
    """Neither by an order, nor because the file names no other one any more."""
    control = started(MemoryKeeper())
    await control.drain(NEW, drained=True)
    with pytest.raises(InputError, match="is the last host that gets requests"):
        await control.drain(DrainedHost("reviews", "http://10.0.0.3:80"), drained=True)
    await control.adopt(planned(FILE.replace('"http://10.0.0.3:80", ', "")))
    assert hosts(control)[2] == ["http://10.0.0.4:80"]


@pytest.mark.parametrize("host", [DrainedHost("orders", "http://10.0.0.3:80"), DrainedHost("reviews", "http://a:1")])
async def test_what_is_not_there_can_not_be_drained(host: DrainedHost) -> None:
    """The error says what is."""
    with pytest.raises(InputError, match="has no host"):
        await started(MemoryKeeper()).drain(host, drained=True)
