"""What a follower lets the gateways know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.errors import StranglerError, UnavailableError
from strangler.planner.watermark import Watermarks
from strangler.project import Address
from strangler_gateway.admin.fleet import GatewaysMissingError
from strangler_gateway.admin.messages import GatewayStatus, ServiceStatus
from strangler_gateway.in_flight import InFlight
from strangler_gateway.moment import Moment

HERE, THERE = Address("127.0.0.1", 1), Address("127.0.0.1", 2)
CLOCKS = {HERE: 100.0, THERE: 900_000.0}
V1 = Authority("kb", Side.V1, 0, MoveStep.SETTLED)


@dataclass
class Gateways:
    """Two gateways with the epochs they know; None for one that does not answer."""

    epochs: Mapping[Address, int | None]
    told: list[tuple[str, Side, int]] = field(default_factory=list[tuple[str, Side, int]])
    heard: list[dict[Address, float]] = field(default_factory=list[dict[Address, float]])
    now: float = 0.0

    def watermark(self, service: str, moments: Mapping[Address, Moment]) -> Mapping[Address, ServiceStatus]:
        """Answer when all do."""
        self.now += 1
        self.heard.append({address: moment.seconds for address, moment in moments.items()})
        away = {address: UnavailableError("away") for address, epoch in self.epochs.items() if epoch is None}
        found = {
            address: self._known(service, address, epoch) for address, epoch in self.epochs.items() if epoch is not None
        }
        if away:
            raise GatewaysMissingError("the watermark", dict[Address, StranglerError](away), tuple(found))
        return found

    def each_status(self) -> Mapping[Address, GatewayStatus | StranglerError]:
        """Say what each knows."""
        return {
            address: UnavailableError("away")
            if epoch is None
            else GatewayStatus(1, "", {"kb": self._known("kb", address, epoch)})
            for address, epoch in self.epochs.items()
        }

    def set_authority(self, service: str, side: Side, epoch: int) -> None:
        """Take note."""
        self.told.append((service, side, epoch))

    def _known(self, service: str, address: Address, epoch: int) -> ServiceStatus:
        moment = Moment(str(address), self.now + CLOCKS[address])
        return ServiceStatus(service, Side.V1, epoch, None, InFlight(), {}, moment=moment)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (MoveStep.SETTLED, [("kb", Side.V2, 5)]),
        (MoveStep.OPENED, [("kb", Side.V2, 5)]),
        (MoveStep.MOVED, []),
        (MoveStep.HOLDING, []),
    ],
)
def test_a_gateway_that_was_away_learns_who_accepts_writes(step: MoveStep, told: list[tuple[str, Side, int]]) -> None:
    """Also of a move that was cut off once the other side was open; not while neither is."""
    gateways = Gateways({HERE: 5, THERE: 4})
    Watermarks(gateways).tell(Authority("kb", Side.V2, 5, step), caught_up=True)
    assert gateways.told == told


def test_nothing_is_ordered_where_all_know_it() -> None:
    """A watermark is told several times a second."""
    gateways = Gateways({HERE: 5, THERE: 5})
    Watermarks(gateways).tell(Authority("kb", Side.V2, 5, MoveStep.SETTLED), caught_up=True)
    assert gateways.told == []


def test_a_gateway_that_is_gone_keeps_no_other_from_learning() -> None:
    """It is named all the same."""
    gateways = Gateways({HERE: None, THERE: 0})
    with pytest.raises(GatewaysMissingError):
        Watermarks(gateways).tell(Authority("kb", Side.V2, 5, MoveStep.SETTLED), caught_up=True)
    assert gateways.told == [("kb", Side.V2, 5)]


def test_each_gateway_hears_its_own_moment_of_before_the_batch() -> None:
    """Their clocks are never compared with one another, nor with that of a database."""
    gateways = Gateways({HERE: 0, THERE: 0})
    watermarks = Watermarks(gateways)
    for _ in range(3):
        watermarks.tell(V1, caught_up=True)
    assert gateways.heard == [{}, {HERE: 101, THERE: 900_001}, {HERE: 102, THERE: 900_002}]


def test_while_a_follower_catches_up_the_watermark_stands_still() -> None:
    """A batch that leaves something behind proves nothing of what was committed before it."""
    gateways = Gateways({HERE: 0})
    watermarks = Watermarks(gateways)
    for caught_up in (True, True, False, False, True):
        watermarks.tell(V1, caught_up=caught_up)
    assert gateways.heard == [{}, {HERE: 101}, {HERE: 101}, {HERE: 101}, {HERE: 104}]


def test_a_gateway_that_is_gone_keeps_no_other_from_hearing_how_far_the_follower_is() -> None:
    """The moments of those that answer go on."""
    gateways = Gateways({HERE: None, THERE: 0})
    watermarks = Watermarks(gateways)
    for _ in range(2):
        with pytest.raises(GatewaysMissingError):
            watermarks.tell(V1, caught_up=True)
    assert gateways.heard == [{}, {THERE: 900_001}]
