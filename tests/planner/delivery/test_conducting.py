"""A delivery carried out, however often the command is killed and whoever does not confirm."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler.model.delivery import DeliveryTerms
from strangler.model.errors import UnavailableError, UsageError
from strangler.planner.audit_log import AuditLog
from strangler.planner.delivery.conducting import Conductor, Finished, Look, Outcome, RolledBack, Stopped
from strangler.planner.delivery.delivery import DeliveryStanding
from strangler.planner.delivery.evidence import Evidence, SideEvidence
from strangler.planner.delivery.standing_file import StandingFile
from strangler.store import ArtefactStore

TERMS = DeliveryTerms(steps=(5, 50, 100), pause=60, interval=10)
TIMES = (0.1, 1.0)


class KilledError(Exception):
    """The command is gone."""


@dataclass
class World:
    """Two gateways; `bad` says from which share on v2 fails, `trouble` what goes wrong at each call, in order."""

    bad: float = 1000
    trouble: Iterator[str] = field(default_factory=lambda: iter(()))
    now: float = 0.0
    shares: dict[str, float | None] = field(default_factory=lambda: {"a": 0.0, "b": 0.0})
    given: list[float] = field(default_factory=list[float])
    over: str | None = None
    asked: int = 0
    failed: int = 0

    def sleep(self, seconds: float) -> None:
        """Let time pass, and clients ask."""
        self.now += seconds
        self._trouble("sleep")
        self.asked += 1

    def look(self) -> Look:
        """Tell what was counted."""
        trouble = self._trouble("look")
        counted = {address: self._counted() for address in self.shares}
        if trouble == "silent":
            del counted["b"]
        return Look(counted, TIMES, frozenset(self.shares.values()), ("b",) if trouble == "silent" else (), self.over)

    def shift(self, share: float) -> None:
        """Take a share at both gateways, or at one."""
        trouble = self._trouble("shift")
        self.shares["a"] = share
        if trouble == "unconfirmed":
            raise UnavailableError("1 of 2 gateways did not confirm the share")
        self.shares["b"] = share
        self.given.append(share)
        self._trouble("after")

    def take_back(self) -> None:
        """Send nobody to v2."""
        trouble = self._trouble("back")
        self.shares["a"] = None
        if trouble == "unconfirmed":
            raise UnavailableError("1 of 2 gateways did not confirm the rollback")
        self.shares["b"] = None

    def _counted(self) -> Evidence:
        requests = self.asked * 1000
        share = max(share or 0.0 for share in self.shares.values())
        self.failed += 500 if share >= self.bad else 0
        errors = self.failed
        return Evidence(
            SideEvidence(requests, 0, (requests,)), SideEvidence(requests + errors, errors, (requests + errors,))
        )

    def _trouble(self, where: str) -> str:
        trouble = next(self.trouble, "none")
        if trouble == "killed":
            raise KilledError(where)
        return trouble


@dataclass
class Kept:
    """The standing, in memory."""

    standing: DeliveryStanding | None = None

    def read(self) -> DeliveryStanding | None:
        """Return it."""
        return self.standing

    def write(self, standing: DeliveryStanding) -> None:
        """Keep it."""
        self.standing = standing

    def remove(self) -> None:
        """Forget it."""
        self.standing = None


def conductor(world: World, keeper: Kept, folder: Path, tell: Callable[[str], None] = lambda _: None) -> Conductor:
    """Return one that is not waited for."""
    log = AuditLog(folder / "audit.jsonl", "ann@host", lambda: world.now)
    return Conductor("reviews", TERMS, world, keeper, log, lambda: world.now, world.sleep, tell)


def run(world: World, folder: Path, keeper: Kept | None = None) -> Outcome:
    """Deliver, with another command whenever one is killed."""
    keeper = keeper or Kept()
    for _ in range(200):
        try:
            return conductor(world, keeper, folder).run()
        except KilledError:
            continue
    raise AssertionError("it never ends")


def audited(folder: Path) -> list[dict[str, object]]:
    """Return what the audit log says."""
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]


TROUBLE = st.lists(st.sampled_from(["none", "none", "none", "killed", "unconfirmed", "silent"]), max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(TROUBLE, st.sampled_from([1.0, 50.0, 100.0, 1000.0]))
def test_however_it_is_disturbed_it_comes_to_its_end(tmp_path: Path, trouble: list[str], bad: float) -> None:
    """Every share is the next one; a v2 that fails has nobody in the end, and one that does not has everybody."""
    world = World(bad, iter(trouble))
    keeper = Kept()
    outcome = run(world, tmp_path, keeper)
    assert keeper.standing is None
    steps = [share for number, share in enumerate(world.given) if number == 0 or share != world.given[number - 1]]
    assert all(pair in pairwise(TERMS.steps) for pair in pairwise(steps))
    assert steps[0] == 5
    if bad > 100:
        assert outcome == Finished(100)
        assert world.shares == {"a": 100, "b": 100}
    else:
        assert isinstance(outcome, RolledBack)
        assert steps[-1] == outcome.share >= bad or bad == 1
        assert world.shares == {"a": None, "b": None}


def test_every_decision_is_recorded_with_its_numbers(tmp_path: Path) -> None:
    """From the beginning to the end."""
    run(World(bad=50), tmp_path)
    entries = audited(tmp_path)
    actions = [str(entry["action"]).removeprefix("gateway deliver: ") for entry in entries]
    assert [action for action in actions if action != "wait"] == ["begin", "advance", "roll back"]
    advance = next(entry for entry in entries if entry["action"] == "gateway deliver: advance")
    assert (advance["share"], advance["to"], advance["errors"]) == (5, 50, "passed")
    assert isinstance(advance["errors_v2_high"], float)
    back = entries[-1]
    assert str(back["reason"]).startswith("errors: v2 ")
    assert back["errors"] == "failed"


def test_nothing_is_said_twice_in_a_row(tmp_path: Path) -> None:
    """Many looks, one line for what has not changed."""
    world, told = World(), list[str]()
    conductor(world, Kept(), tmp_path, told.append).run()
    waits = [line for line in told if "the pause lasts" in line]
    assert len(waits) == len(TERMS.steps)


@pytest.mark.parametrize(("share", "found"), [(7.0, "v2 has 7 %"), (None, "the routes are rolled back")])
def test_who_changes_the_traffic_ends_the_delivery(tmp_path: Path, share: float | None, found: str) -> None:
    """Nothing is taken from them, and nothing is given again."""
    world, keeper = World(), Kept()
    world.trouble = iter(["none"] * 6 + ["killed"])
    with pytest.raises(KilledError):
        conductor(world, keeper, tmp_path).run()
    before = list(world.given)
    world.shares = {"a": 5.0, "b": share}
    assert run(world, tmp_path, keeper) == Stopped(f"somebody else has changed the traffic: {found}, not 5 %")
    assert world.given == before
    assert keeper.standing is None


def test_a_cut_over_ends_the_delivery(tmp_path: Path) -> None:
    """v2 has everything by then."""
    world = World(over="v2 of reviews has the authority")
    assert run(world, tmp_path) == Stopped("v2 of reviews has the authority")


def test_the_standing_survives_the_process(tmp_path: Path) -> None:
    """As it was; another target of the same service is not mistaken for it, and one command delivers at a time."""
    store = ArtefactStore.beside(tmp_path)
    file = StandingFile(store, "reviews", "reviews")
    assert file.read() is None
    standing = DeliveryStanding(
        5, 1.5, Evidence(SideEvidence(3, 1, (1, 2))), counted={"a:1": Evidence(compared=4)}, before=1
    )
    file.write(standing)
    assert file.read() == standing
    with pytest.raises(UsageError, match="the delivery of reviews is under way"):
        StandingFile(store, "reviews", "GET /reviews").read()
    with file.alone(), pytest.raises(UsageError, match="another command"), file.alone():
        pass
    file.remove()
    assert file.read() is None
