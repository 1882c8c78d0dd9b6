"""What a follower lets the gateways know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.errors import StranglerError, UnavailableError
from strangler.planner.watermark import tell_gateways
from strangler.project import Address
from strangler_gateway.admin.fleet import GatewaysMissingError
from strangler_gateway.admin.messages import GatewayStatus, ServiceStatus
from strangler_gateway.in_flight import InFlight

HERE, THERE = Address("127.0.0.1", 1), Address("127.0.0.1", 2)


@dataclass
class Gateways:
    """Two gateways with the epochs they know; None for one that does not answer."""

    epochs: Mapping[Address, int | None]
    told: list[tuple[str, Side, int]] = field(default_factory=list[tuple[str, Side, int]])

    def watermark(self, service: str, applied_through: float) -> Mapping[Address, ServiceStatus]:
        """Answer when all do."""
        away = {address: UnavailableError("away") for address, epoch in self.epochs.items() if epoch is None}
        found = {address: _known(service, epoch) for address, epoch in self.epochs.items() if epoch is not None}
        if away:
            raise GatewaysMissingError("the watermark", dict[Address, StranglerError](away), tuple(found))
        return found

    def each_status(self) -> Mapping[Address, GatewayStatus | StranglerError]:
        """Say what each knows."""
        return {
            address: UnavailableError("away") if epoch is None else GatewayStatus(1, "", {"kb": _known("kb", epoch)})
            for address, epoch in self.epochs.items()
        }

    def set_authority(self, service: str, side: Side, epoch: int) -> None:
        """Take note."""
        self.told.append((service, side, epoch))


def _known(service: str, epoch: int) -> ServiceStatus:
    return ServiceStatus(service, Side.V1, epoch, None, InFlight(), {})


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
    tell_gateways(gateways, Authority("kb", Side.V2, 5, step), 0.0)
    assert gateways.told == told


def test_nothing_is_ordered_where_all_know_it() -> None:
    """A watermark is told several times a second."""
    gateways = Gateways({HERE: 5, THERE: 5})
    tell_gateways(gateways, Authority("kb", Side.V2, 5, MoveStep.SETTLED), 0.0)
    assert gateways.told == []


def test_a_gateway_that_is_gone_keeps_no_other_from_learning() -> None:
    """It is named all the same."""
    gateways = Gateways({HERE: None, THERE: 0})
    with pytest.raises(GatewaysMissingError):
        tell_gateways(gateways, Authority("kb", Side.V2, 5, MoveStep.SETTLED), 0.0)
    assert gateways.told == [("kb", Side.V2, 5)]
