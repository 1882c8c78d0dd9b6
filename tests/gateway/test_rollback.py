"""A route that is rolled back: nobody gets to v2, whatever he asks for, and after the cut-over nobody to v1."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.authority import Side
from strangler.model.errors import ConfigurationError, InputError
from strangler.project_file import ProjectFile
from strangler.project_reader import load_project, parse_project
from strangler.store import ArtefactStore
from strangler_gateway.admin.client import AdminClient
from strangler_gateway.admin.control import Control, restored
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.routing.plan import Plan, check_authorities, compile_plan
from strangler_gateway.routing.route_traffic import Shift
from strangler_gateway.routing.shares import put_rollback, put_shift
from strangler_gateway.state_file import StateFile
from strangler_gateway.traffic import Known, Traffic
from tests.gateway.running import TOKEN, MemoryKeeper, plan, running_gateway, two_sides

FILE = """
[monolith]
upstreams = ["http://127.0.0.1:1"]

[services.reviews]
upstreams = ["http://127.0.0.1:2"]
stateless = {stateless}

[[routes]]
service = "reviews"
match = {{ path = "/plain" }}

[[routes]]
service = "reviews"
match = {{ path = "/shared" }}
traffic = {{ v2 = 60, sticky = "header:X-User" }}

[[routes]]
service = "reviews"
match = {{ path = "/chosen" }}
traffic = {{ v2 = 100, override = "cookie:try" }}

[[routes]]
service = "reviews"
match = {{ path = "/one" }}
traffic = {{ override = "header:X-Try=yes" }}

[[routes]]
service = "reviews"
match = {{ path = "/armed" }}
traffic = {{ sticky = "header:X-User", override = "header:X-Try", arms = [
    {{ name = "old", side = "v1", weight = 1 }},
    {{ name = "new", side = "v2", weight = 1 }},
    {{ name = "bold", side = "v2", weight = 1, upstreams = ["http://127.0.0.1:3"] }},
] }}
"""
PATHS = ("/plain", "/shared", "/chosen", "/one", "/armed")
ASKED = ("", "v1", "v2", "old", "new", "bold", "yes")


@cache
def planned(stateless: str = "false") -> Plan:
    """Return the plan of a service with every kind of traffic."""
    return compile_plan(parse_project(FILE.format(stateless=stateless)), {})


def rolled_back(traffic: Traffic) -> Traffic:
    """Roll the whole service back."""
    asyncio.run(Control(traffic, traffic.plan, MemoryKeeper()).rollback("reviews"))
    return traffic


def asking(method: str, path: str, wanted: str, tried: str, user: bytes) -> RequestFacts:
    """Return a request that asks for a side or an arm in every way there is."""
    headers = [
        (b"x-strangler-side", wanted.encode()),
        (b"x-try", tried.encode()),
        (b"cookie", b"try=" + wanted.encode()),
        (b"x-user", user),
    ]
    return RequestFacts(method, path, headers, "10.0.0.1")


methods = st.sampled_from(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"))
asked = st.sampled_from(ASKED)
requests = st.builds(asking, methods, st.sampled_from(PATHS), asked, asked, st.binary(max_size=4))


@given(requests, st.sampled_from(("true", "false")))
def test_no_request_reaches_v2_after_a_rollback(request: RequestFacts, stateless: str) -> None:
    """By share, by arm or by asking for it; also where requests of every method are shared."""
    traffic = rolled_back(Traffic(planned(stateless), lambda: 0.0))
    assert traffic.decide(request).side is Side.V1


@given(requests, st.booleans())
def test_no_request_reaches_v1_once_v2_has_the_authority(request: RequestFacts, back: bool) -> None:
    """Nobody may make the monolith write by asking for it, and what is only rolled back stays where the data is."""
    traffic = Traffic(planned(), lambda: 0.0)
    if back:
        rolled_back(traffic)
    traffic.authorities["reviews"] = Known(Side.V2, 2)
    assert traffic.decide(request).side is Side.V2


@pytest.mark.parametrize(("path", "name"), [("/chosen", "cookie"), ("/one", "header"), ("/plain", "default")])
def test_who_asks_for_v2_gets_there_before_a_rollback(path: str, name: str) -> None:
    """By what the route names; of a header with a value only that value is heard."""
    headers = {
        "cookie": [(b"cookie", b"try=v2")],
        "header": [(b"x-try", b"yes")],
        "default": [(b"x-strangler-side", b"v2")],
    }
    traffic = Traffic(planned(), lambda: 0.0)
    assert traffic.decide(RequestFacts("GET", path, headers[name], "10.0.0.1")).side is Side.V2
    assert traffic.decide(RequestFacts("GET", "/one", [(b"x-try", b"v2")], "10.0.0.1")).side is Side.V1


@pytest.mark.anyio
async def test_a_rollback_survives_the_process_and_ends_with_a_share() -> None:
    """A share of nothing does not end it: somebody who says 0 % twice must not open anything."""
    keeper = MemoryKeeper()
    async with two_sides(50, keeper) as (gateway, _, v2):
        assert await gateway.get("/reviews", X_Strangler_Side="v2") == "v2"
        status = await gateway.control.rollback("reviews")
        assert status.rolled_back == ("GET,POST /reviews", "* /reviews/{number}")
        base = plan(str(gateway.traffic.plan.monolith[0]), str(gateway.traffic.plan.services["reviews"].v2[0]), 50)
        async with running_gateway(base, keeper) as again:
            assert await again.get("/reviews", X_Strangler_Side="v2") == "v1"
            await again.control.shift("reviews", 0, ())
            assert await again.get("/reviews", X_Strangler_Side="v2") == "v1"
            assert len(v2.seen) == 1
            assert (await again.control.shift("reviews", 1, ())).rolled_back == ("* /reviews/{number}",)
            assert await again.get("/reviews", X_Strangler_Side="v2") == "v2"
            assert await again.get("/reviews/1", X_Strangler_Side="v2") == "v1"
            with AdminClient(again.admin, TOKEN) as client:
                told = await asyncio.to_thread(client.status)
            assert told.services["reviews"].rolled_back == ("* /reviews/{number}",)


OTHER_THINGS: dict[str, Callable[[str], str]] = {
    "another route": lambda text: text + '\n[[routes]]\nservice = "reviews"\nmatch = { path = "/new" }\n',
    "upstreams": lambda text: text.replace("127.0.0.1:2", "127.0.0.1:4"),
    "copies": lambda text: text.replace("{ v2 = 60,", "{ v2 = 60, shadow = 5,"),
    "sticky": lambda text: text.replace('v2 = 60, sticky = "header:X-User"', 'v2 = 60, sticky = "cookie:u"'),
}


@pytest.mark.anyio
@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("about", [*OTHER_THINGS])
async def test_a_rollback_that_was_ordered_stays_when_the_file_changes_about_other_things(
    about: str, *, restarted: bool
) -> None:
    """While the gateway runs and while it is away; what holds is not what the file says, and the status says so."""
    keeper = MemoryKeeper()
    control = Control(Traffic(planned(), lambda: 0.0), planned(), keeper)
    await control.rollback("reviews")
    text = OTHER_THINGS[about](FILE.format(stateless="false"))
    changed = compile_plan(parse_project(text), {})
    assert changed.digest != planned().digest
    if restarted:
        control = Control(Traffic(restored(changed, keeper.read()), lambda: 0.0), changed, keeper)
    else:
        await control.adopt(changed)
    status = control.service_status("reviews")
    assert set(PATHS) == {name.split()[-1] for name in status.rolled_back} - {"/new"}
    assert {name.split()[-1] for name in status.ordered} == set(PATHS)
    assert control.traffic.decide(asking("GET", "/shared", "v2", "", b"x")).side is Side.V1


@pytest.mark.anyio
async def test_a_rollback_ends_where_the_file_says_something_new_about_the_share() -> None:
    """Of that route; the others stay rolled back."""
    control = Control(Traffic(planned(), lambda: 0.0), planned(), MemoryKeeper())
    await control.rollback("reviews")
    await control.adopt(compile_plan(parse_project(FILE.format(stateless="false").replace("v2 = 60", "v2 = 70")), {}))
    status = control.service_status("reviews")
    assert {name.split()[-1] for name in status.ordered} == set(PATHS) - {"/shared"}
    assert status.shares["* /shared"] == 70


def test_the_state_file_keeps_what_was_rolled_back(tmp_path: Path) -> None:
    """As it was written, with arms and overrides."""
    keeper = StateFile(ArtefactStore.beside(tmp_path))
    traffic = Traffic(planned(), lambda: 0.0)
    asyncio.run(Control(traffic, traffic.plan, keeper).rollback("reviews"))
    again = planned().with_traffic(keeper.read().traffic)
    assert again == traffic.plan
    assert [route.rolled_back for route in again.routes] == [True] * len(PATHS)


def test_a_rollback_is_written_where_the_traffic_stands(tmp_path: Path) -> None:
    """The file says the same as the gateways do after the order, and again after a share; the second time nothing."""
    path = tmp_path / "strangler.toml"
    path.write_text(FILE.format(stateless="false"))
    file = ProjectFile.read(path)
    changed = put_rollback(file, load_project(path), "reviews")
    assert len(changed) == len(PATHS)
    project = file.save()
    live = rolled_back(Traffic(planned(), lambda: 0.0)).plan
    assert compile_plan(project, {}).digest == live.digest
    assert put_rollback(file, project, "reviews") == []
    put_shift(file, project, "reviews", Shift(5), ["/shared"])
    project = file.save()
    assert [rule.traffic.rolled_back for rule in project.routes] == [True, False, True, True, True]
    put_shift(file, project, "reviews", Shift(0), ["/plain"])
    assert file.save().routes[0].traffic.rolled_back


@pytest.mark.parametrize("inherited", [False, True])
def test_a_rollback_leaves_nothing_that_the_file_does_not_say(tmp_path: Path, *, inherited: bool) -> None:
    """Routes that only take writes have no share to take back, in the file as at the gateways."""
    path = tmp_path / "strangler.toml"
    traffic = "" if inherited else "traffic = { v2 = 60 }"
    path.write_text(f"""
[monolith]
upstreams = ["http://127.0.0.1:1"]
[services.reviews]
upstreams = ["http://127.0.0.1:2"]
{"traffic = { v2 = 60 }" if inherited else ""}
[[routes]]
service = "reviews"
match = {{ path = "/reviews", methods = ["GET"] }}
{traffic}
[[routes]]
service = "reviews"
match = {{ path = "/reviews", methods = ["POST"] }}
""")
    before = compile_plan(load_project(path), {})
    control = Control(Traffic(before, lambda: 0.0), before, MemoryKeeper())
    file = ProjectFile.read(path)
    assert put_rollback(file, load_project(path), "reviews") == ["GET /reviews"]
    after = compile_plan(file.save(), {})

    async def ordered() -> tuple[str, ...]:
        await control.rollback("reviews")
        await control.adopt(after)
        return control.service_status("reviews").ordered

    assert asyncio.run(ordered()) == ()
    assert control.traffic.plan.digest == after.digest


def test_a_share_for_all_that_have_the_traffic_of_their_service_ends_its_rollback(tmp_path: Path) -> None:
    """One line of the service is for all of them."""
    path = tmp_path / "strangler.toml"
    text = FILE.format(stateless="false")
    path.write_text(text[: text.index('[[routes]]\nservice = "reviews"\nmatch = { path = "/shared"')])
    file = ProjectFile.read(path)
    put_rollback(file, load_project(path), "reviews")
    project = file.save()
    put_shift(file, project, "reviews", Shift(5), ["/plain"])
    (rule,) = file.save().routes
    assert (rule.traffic.v2, rule.traffic.rolled_back, rule.inherits) == (5, False, True)


def test_a_share_contradicts_a_rollback_in_the_file() -> None:
    """Whoever edits the file by hand is asked what he means."""
    with pytest.raises(ConfigurationError, match="what is rolled back sends nobody to v2"):
        parse_project(FILE.format(stateless="false").replace("v2 = 60", "v2 = 60, rolled_back = true"))


def test_what_has_an_authority_is_not_stateless() -> None:
    """A write could go to either side otherwise, while only one may have it."""
    with pytest.raises(ConfigurationError, match="reviews has data"):
        check_authorities(planned("true"), {"reviews": Side.V1})
    with pytest.raises(InputError, match="reviews is stateless"):
        Traffic(planned("true"), lambda: 0.0).check_authority("reviews", Known(Side.V1, 1))
