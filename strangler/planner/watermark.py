"""What a follower tells the gateways: how far it is, and who has the authority."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.errors import StranglerError
from strangler.project import Address
from strangler_gateway.admin.messages import GatewayStatus, ServiceStatus


class Listeners(Protocol):
    """Every gateway that follows the plan; `strangler_gateway.admin.fleet` implements it."""

    def watermark(self, service: str, applied_through: float) -> Mapping[Address, ServiceStatus]:
        """Tell that every write before this time is on the other side; return each gateway's state of the service."""
        ...

    def each_status(self) -> Mapping[Address, GatewayStatus | StranglerError]:
        """The status of each gateway, or the error instead of it."""
        ...

    def set_authority(self, service: str, side: Side, epoch: int) -> object:
        """Send the service's writes to `side` from now on."""
        ...


def tell_gateways(gateways: Listeners, authority: Authority, read_at: float) -> None:
    """Tell that every write before `read_at`, in seconds since 1970, is on the other side, and who has the authority.

    A gateway that is new, has lost its state or missed a move would send writes where they are refused. One that does
    not answer does not keep the others from learning it; the UnavailableError still names it.
    """
    service = authority.service
    try:
        epochs = {one.epoch for one in gateways.watermark(service, read_at).values()}
    except StranglerError:
        answers = gateways.each_status().values()
        found = [one.services.get(service) for one in answers if not isinstance(one, StranglerError)]
        _teach(gateways, authority, {one.epoch for one in found if one is not None})
        raise
    _teach(gateways, authority, epochs)


def _teach(gateways: Listeners, authority: Authority, epochs: set[int]) -> None:
    """Until the side with the authority is open, tell nobody: it would refuse writes as well."""
    is_open = authority.step in (MoveStep.SETTLED, MoveStep.OPENED)
    if is_open and any(epoch < authority.epoch for epoch in epochs):
        gateways.set_authority(authority.service, authority.side, authority.epoch)
