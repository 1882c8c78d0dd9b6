"""Orders to shadow: on the running gateway, and in the project file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from strangler.model.errors import InputError
from strangler.project_file import ProjectFile
from strangler.project_reader import load_project
from strangler_gateway.admin.client import AdminClient, GatewayRefusedError
from strangler_gateway.admin.control import restored
from strangler_gateway.shadow.setting import put_shadow
from tests.gateway.running import READER, TOKEN, MemoryKeeper, raw_upstream, running_gateway
from tests.gateway.shadow.shadowed import ROUTE, Application, always, compared, known, shadow_plan, shadowing_gateway

FILE = """
[services.reviews]
upstreams = ["http://127.0.0.1:9"]
traffic = { v2 = 0, sticky = "cookie:session" }  # for all

[[routes]]
service = "reviews"
match = { path = "/reviews", methods = ["GET"] }

[[routes]]
service = "reviews"
match = { path = "/reviews/{id}", methods = ["GET"] }

[[routes]]
service = "reviews"
match = { path = "/votes", methods = ["GET"] }
traffic = { v2 = 5, shadow_ignore = ["header vary"] } # its own

[[routes]]
service = "reviews"
match = { path = "/votes", methods = ["POST"] }
"""


def shadows(folder: Path, share: float, *named: str) -> tuple[str, dict[str, float]]:
    """Return the file after an order, and which share of each route it shadows."""
    path = folder / "strangler.toml"
    if not path.exists():
        path.write_text(FILE)
    file = ProjectFile.read(path)
    put_shadow(file, load_project(path), "reviews", share, named)
    project = file.save()
    return path.read_text(), {
        f"{rule.match.methods[0]} {rule.match.path}": rule.traffic.shadow.share for rule in project.routes
    }


def test_a_service_keeps_its_traffic_in_common(tmp_path: Path) -> None:
    """One line changes, and that of the route with traffic of its own; comments stay."""
    text, shares = shadows(tmp_path, 12.5)
    assert text.count("shadow = 12.5") == 2
    assert "# for all" in text
    assert "# its own" in text
    assert shares == {"GET /reviews": 12.5, "GET /reviews/{id}": 12.5, "GET /votes": 12.5, "POST /votes": 12.5}
    _, shares = shadows(tmp_path, 0)
    assert set(shares.values()) == {0}


def test_one_route_gets_a_copy_of_the_traffic_in_common(tmp_path: Path) -> None:
    """The others keep theirs; a name nobody has is refused."""
    text, shares = shadows(tmp_path, 10, "GET /reviews")
    assert 'traffic = {v2 = 0, shadow = 10, sticky = "cookie:session"}' in text
    assert shares["GET /reviews"] == 10
    assert shares["GET /reviews/{id}"] == 0
    with pytest.raises(InputError, match="no route for GET with the path /nothing"):
        shadows(tmp_path, 10, "/nothing")


@pytest.mark.anyio
async def test_an_order_holds_at_once_and_begins_to_count_anew() -> None:
    """It survives the process, needs the token of an operator, and is shown by the status."""
    v1, v2, keeper = Application(always(1)), Application(always(1)), MemoryKeeper()
    async with raw_upstream(v1) as first, raw_upstream(v2) as second:
        plan = shadow_plan(first, second, "shadow = 0")
        async with running_gateway(plan, keeper) as gateway:
            with AdminClient(gateway.admin, TOKEN) as client, AdminClient(gateway.admin, READER) as reader:
                await gateway.get("/reviews")
                assert (await asyncio.to_thread(client.diffs)).routes == {}
                status = await asyncio.to_thread(client.shadow, "reviews", 100)
                assert status.shadows == {ROUTE: 100}
                await gateway.get("/reviews")
                await compared(gateway)
                await asyncio.to_thread(client.shadow, "reviews", 50, ["/reviews"])
                assert (known(gateway).share, known(gateway).summary.compared) == (50, 0)
                with pytest.raises(GatewayRefusedError, match="for looking only"):
                    await asyncio.to_thread(reader.shadow, "reviews", 0)
                with pytest.raises(GatewayRefusedError, match="no route for GET with the path /nothing"):
                    await asyncio.to_thread(client.shadow, "reviews", 1, ["/nothing"])
    assert restored(plan, keeper.state).shadowed[ROUTE].share == 50


@pytest.mark.anyio
async def test_turned_off_nothing_is_copied_and_what_was_found_stays_known() -> None:
    """Until the next order, so that it can be read in peace."""
    v1, v2 = Application(always(1)), Application(always(1))
    async with shadowing_gateway(v1, v2) as gateway:
        await gateway.get("/reviews")
        await compared(gateway)
        with AdminClient(gateway.admin, TOKEN) as client:
            await asyncio.to_thread(client.shadow, "reviews", 0)
        await gateway.get("/reviews")
        assert (known(gateway).share, known(gateway).summary.compared, len(v2.asked)) == (0, 1, 1)
