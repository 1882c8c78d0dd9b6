"""``strangler gateway shift`` by header, cookie, arms and all at once, up to the gateways."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.model.errors import InputError
from strangler.project_file import ProjectFile
from strangler.project_reader import load_project
from strangler_gateway.routing.plan import compile_plan
from strangler_gateway.routing.route_traffic import Shift
from strangler_gateway.routing.shares import put_rollback, put_shift
from tests.cli.gateway_project import project_of
from tests.gateway.running import ENVIRONMENT, TOKEN, two_sides

ARMED = """
[monolith]
upstreams = ["http://127.0.0.1:1"]

[services.reviews]
upstreams = ["http://127.0.0.1:2"]

[[routes]]
service = "reviews"
match = { path = "/reviews", methods = ["GET"] }
traffic = { sticky = "user", arms = [
    { name = "old", side = "v1", weight = 90 },
    { name = "new", side = "v2", weight = 10 },
    { name = "bold", side = "v2", weight = 0, upstreams = ["http://127.0.0.1:3"] },
] }

[[routes]]
service = "reviews"
match = { path = "/votes", methods = ["GET"] }
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the project file refers to."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


async def shifted(path: Path, *arguments: str) -> int:
    """Shift the service from another thread: the gateway runs in this one."""
    return await asyncio.to_thread(run, ["gateway", "shift", "reviews", *arguments, "--config", str(path)])


@pytest.mark.anyio
@pytest.mark.parametrize("source", ["header", "cookie"])
async def test_a_header_or_a_cookie_leads_to_v2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    """Only with its value, and nothing else is heard any more; a rollback ends for who has it, and for nobody else."""
    async with two_sides() as (gateway, _, _):
        path = project_of(gateway, tmp_path)
        await gateway.control.rollback("reviews")
        assert await shifted(path, f"--{source}", "beta=yes") == 0
        said = capsys.readouterr().out
        assert said.startswith(f"reviews: {source}:beta=yes chooses on 2 routes, confirmed by 1 gateway")
        yes, no = (
            ({"beta": "yes"}, {"beta": "no"}) if source == "header" else ({"Cookie": "beta=yes"}, {"Cookie": "a=b"})
        )
        for path_asked in ("/reviews", "/reviews/7"):
            assert await gateway.get(path_asked, **yes) == "v2"
            assert await gateway.get(path_asked, **no, X_Strangler_Side="v2") == "v1"
        assert await gateway.post("/reviews", **yes) == "v1"
        planned = compile_plan(load_project(path), ENVIRONMENT)
        assert planned.digest == gateway.traffic.plan.digest


@pytest.mark.anyio
async def test_blue_green_is_for_everybody_at_once(tmp_path: Path) -> None:
    """Routes that are not sticky move too, and `rollback` is the way back."""
    async with two_sides() as (gateway, _, _):
        path = project_of(gateway, tmp_path)
        assert await shifted(path, "--blue-green") == 0
        assert [await gateway.get(asked) for asked in ("/reviews", "/reviews/7")] == ["v2", "v2"]
        assert await asyncio.to_thread(run, ["gateway", "rollback", "reviews", "--config", str(path)]) == 0
        assert [await gateway.get(asked) for asked in ("/reviews", "/reviews/7")] == ["v1", "v1"]
        assert compile_plan(load_project(path), ENVIRONMENT).digest == gateway.traffic.plan.digest


def test_weights_are_for_the_arms_that_are_there(tmp_path: Path) -> None:
    """Those not named get none, addresses stay, and other routes are not touched; an arm that is not there is told."""
    path = tmp_path / "strangler.toml"
    path.write_text(ARMED)
    file = ProjectFile.read(path)
    assert put_shift(file, load_project(path), "reviews", Shift(weights={"old": 50, "bold": 50}), ()) == [
        "GET /reviews"
    ]
    armed, other = file.save().routes
    assert [(arm.name, arm.weight) for arm in armed.traffic.arms] == [("old", 50), ("new", 0), ("bold", 50)]
    assert [len(arm.upstreams) for arm in armed.traffic.arms] == [0, 0, 1]
    assert other.traffic.arms == ()
    with pytest.raises(InputError, match="GET /reviews has no arm brave"):
        put_shift(file, load_project(path), "reviews", Shift(weights={"brave": 1}), ())
    with pytest.raises(InputError, match="GET /votes has no arm old"):
        put_shift(file, load_project(path), "reviews", Shift(weights={"old": 1}), ["/votes"])


def test_weights_of_v1_alone_end_no_rollback(tmp_path: Path) -> None:
    """Somebody has to get to v2 for that, in the file and at the gateways."""
    path = tmp_path / "strangler.toml"
    path.write_text(ARMED)
    file = ProjectFile.read(path)
    put_rollback(file, load_project(path), "reviews")
    project = file.save()
    for weights, ended in (({"old": 1.0}, False), ({"old": 1.0, "new": 1.0}, True)):
        put_shift(file, project, "reviews", Shift(weights=weights), ())
        project = file.save()
        assert project.routes[0].traffic.rolled_back is not ended


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing is said about who reads from v2"),
        (["--to", "1%", "--blue-green"], "--to and --blue-green say who reads from v2 in two ways"),
        (["--to", "1%", "--ab", "old=1"], "--to and --ab say"),
        (["--header", "a=b", "--cookie", "a=b"], "a route hears one header or one cookie"),
        (["--header", "=b"], "--header =b must be NAME=VALUE"),
        (["--ab", "old"], "--ab old must be ARM=WEIGHT"),
        (["--ab", "old=-1"], "--ab old=-1 must be ARM=WEIGHT"),
        (["--ab", "old=nan"], "--ab old=nan must be ARM=WEIGHT"),
    ],
)
def test_what_contradicts_itself_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Exit status 2, and nothing is written."""
    path = tmp_path / "strangler.toml"
    path.write_text(ARMED)
    assert run(["gateway", "shift", "reviews", *arguments, "--config", str(path)]) == 2
    assert said in capsys.readouterr().err
    assert path.read_text() == ARMED


@pytest.mark.anyio
@pytest.mark.parametrize("command", [["rollback"], ["drain", "--timeout", "5"], ["shift", "--to", "0%"]])
async def test_the_way_back_needs_no_sound_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """A half-merged strangler.toml is named with the way around it, which leaves the file alone and is recorded."""
    monkeypatch.setenv("STRANGLER_ADMIN_TOKEN", TOKEN.reveal())
    async with two_sides(share=100) as (gateway, _, _):
        path = project_of(gateway, tmp_path, share=100)
        path.write_text(broken := f"<<<<<<< ours\n{path.read_text()}")

        async def ordered(*more: str) -> int:
            verb, *options = command
            arguments = ["gateway", verb, "reviews", *options, *more, "--config", str(path)]
            return await asyncio.to_thread(run, arguments)

        assert await ordered() == 3
        said = capsys.readouterr().err
        assert "strangler.toml:1:1: not valid TOML" in said
        assert "the gateways keep their plan; to reach them without the file run: strangler gateway" in said
        assert await gateway.get("/reviews", X_User="ann") == "v2"
        assert await ordered("--admin", str(gateway.admin)) == 0
        told = capsys.readouterr()
        assert "strangler.toml was neither read nor changed" in told.out + told.err
        assert await gateway.get("/reviews", X_User="ann") == "v1"
        assert path.read_text() == broken
        assert f"gateway {command[0]}, without the file: confirmed" in (tmp_path / ".strangler/audit.jsonl").read_text()


@pytest.mark.anyio
async def test_what_gateways_do_is_seen_without_a_sound_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its token, or to send somebody to v2, nothing is asked of a gateway."""
    async with two_sides(share=7) as (gateway, _, _):
        at = ["--admin", str(gateway.admin), "--config", str(tmp_path)]
        assert await asyncio.to_thread(run, ["gateway", "status", *at]) == 3
        assert "needs the token of the gateways in STRANGLER_ADMIN_TOKEN" in capsys.readouterr().err
        monkeypatch.setenv("STRANGLER_ADMIN_TOKEN", TOKEN.reveal())
        assert await asyncio.to_thread(run, ["gateway", "status", *at]) == 0
        assert "7 % to v2: GET,POST /reviews" in capsys.readouterr().out
        assert await asyncio.to_thread(run, ["gateway", "shift", "reviews", "--to", "50%", *at]) == 2
        assert "with --admin there is only the way back" in capsys.readouterr().err
        assert await asyncio.to_thread(run, ["gateway", "rollback", "reviews", *at]) == 0
        assert "no audit log" in capsys.readouterr().err
    assert run(["gateway", "rollback", "reviews", "--admin", "nowhere"]) == 2
