"""``strangler gateway deliver`` against a gateway that runs, with clients that read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.model.authority import Side as Authority
from strangler.project_reader import load_project
from tests.cli.gateway_project import project_of
from tests.gateway.running import ENVIRONMENT, RunningGateway, two_sides

pytestmark = pytest.mark.anyio
DELIVERY = """
[services.reviews.delivery]
steps = [50, 100]
pause = 0
errors = 30
quantile = 50
confidence = 80
interval = 0.05
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the project file refers to."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def written(gateway: RunningGateway, folder: Path) -> Path:
    """Write the project file."""
    path = project_of(gateway, folder)
    path.write_text(path.read_text() + DELIVERY)
    return path


async def delivered(
    gateway: RunningGateway,
    path: Path,
    *options: str,
    target: str = "reviews",
    after: Callable[[int], None] | None = None,
) -> int:
    """Deliver from another thread while clients read; `after` is called with the number of each request."""
    arguments = ["gateway", "deliver", target, *options, "--config", str(path)]
    delivering = asyncio.create_task(asyncio.to_thread(run, arguments))
    for number in count():
        if delivering.done() or number > 20_000:
            break
        await gateway.get("/reviews", X_User=f"user-{number}")
        if after is not None:
            after(number)
    return await delivering


def audited(path: Path) -> list[str]:
    """Return what was done, but for waiting."""
    lines = (path.parent / ".strangler" / "audit.jsonl").read_text().splitlines()
    actions = [json.loads(line)["action"] for line in lines]
    return [action for action in actions if action != "gateway deliver: wait"]


async def test_a_good_v2_gets_everybody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Step by step, in the file and at the gateway, with evidence of each."""
    async with two_sides() as (gateway, v1, v2):
        path = written(gateway, tmp_path)
        assert await delivered(gateway, path) == 0
        said = capsys.readouterr()
        assert said.out == "reviews: 100 % to v2, every gate passed\n"
        assert "50 % passed: errors: v2 0 of " in said.err
        assert "the writes of GET,POST /reviews are counted among v1's requests" in said.err
        assert gateway.control.service_status("reviews").shares["GET,POST /reviews"] == 100
        assert load_project(path).routes[0].traffic.v2 == 100
        assert audited(path) == [
            "gateway deliver: begin",
            "gateway shift",
            "gateway shift: confirmed",
            "gateway deliver: advance",
            "gateway shift",
            "gateway shift: confirmed",
            "gateway deliver: finish",
        ]
        assert min(len(v1.seen), len(v2.seen)) > 20


async def test_a_bad_v2_is_taken_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By itself: nobody gets there any more, and the exit status is 1."""
    async with two_sides() as (gateway, _, v2):
        path = written(gateway, tmp_path)
        v2.status = 500
        assert await delivered(gateway, path) == 1
        assert capsys.readouterr().out.startswith("reviews: taken back at 50 %: errors: v2 ")
        assert gateway.control.service_status("reviews").rolled_back
        assert await gateway.get("/reviews", X_User="ann", X_Strangler_Side="v2") == "v1"
        assert audited(path)[-3:] == [
            "gateway deliver: roll back",
            "gateway rollback",
            "gateway rollback: confirmed",
        ]


async def test_what_v1_answers_in_the_place_of_v2_speaks_against_v2(tmp_path: Path) -> None:
    """No client sees a failure, and v2 is taken back all the same."""
    async with two_sides() as (gateway, _, v2):
        path = written(gateway, tmp_path)
        v2.status = 503
        assert await delivered(gateway, path, "--json") == 1


async def test_a_route_is_delivered_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And gets a share of nothing when it is taken back, by what the options say in the place of the file."""
    async with two_sides() as (gateway, _, v2):
        path = written(gateway, tmp_path)
        v2.status = 500
        assert await delivered(gateway, path, "--steps", "20,100", target="GET,POST /reviews") == 1
        assert capsys.readouterr().out.startswith("GET,POST /reviews: taken back at 20 %")
        status = gateway.control.service_status("reviews")
        assert (status.shares["GET,POST /reviews"], status.rolled_back) == (0, ())


async def test_a_cut_over_in_between_ends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """v2 has all requests by then, and the delivery orders nothing more."""
    async with two_sides() as (gateway, _, _):
        path = written(gateway, tmp_path)
        moves: list[asyncio.Task[object]] = []

        def move(number: int) -> None:
            begun = any(route.share for route in gateway.traffic.plan.routes)
            if number >= 20 and begun and not moves:
                moves.append(asyncio.create_task(gateway.control.authority("reviews", Authority.V2, 1)))

        assert await delivered(gateway, path, "--pause", "3600", after=move) == 1
        assert "v2 of reviews has the authority" in capsys.readouterr().out


async def test_differences_are_a_gate_where_answers_are_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked for without, they are an error that says how to compare."""
    async with two_sides() as (gateway, _, _):
        path = written(gateway, tmp_path)
        assert await delivered(gateway, path, "--differences", "1") == 3
        assert "run: strangler gateway shadow reviews --sample 10%" in capsys.readouterr().err
        await gateway.control.shadow("reviews", 100, ())
        path.write_text(path.read_text().replace("sticky =", "shadow = 100, sticky ="))
        assert await delivered(gateway, path) == 1
        assert "differences: " in capsys.readouterr().out


@pytest.mark.parametrize("steps", ["0,5", "5,5", "50,10", "x", "101"])
async def test_steps_grow(steps: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Anything else is an error of usage."""
    async with two_sides() as (gateway, _, _):
        assert await delivered(gateway, written(gateway, tmp_path), "--steps", steps) == 2
        assert "must be shares that grow" in capsys.readouterr().err
