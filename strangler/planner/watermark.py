"""What a follower tells the gateways: how far it is, and who has the authority."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.errors import StranglerError
from strangler.project import Address
from strangler_gateway.admin.messages import GatewayStatus, ServiceStatus
from strangler_gateway.moment import Moment


class Listeners(Protocol):
    """Every gateway that follows the plan; `strangler_gateway.admin.fleet` implements it."""

    def watermark(self, service: str, moments: Mapping[Address, Moment]) -> Mapping[Address, ServiceStatus]:
        """Tell each that every write before its moment is on the other side; return its state of the service."""
        ...

    def each_status(self) -> Mapping[Address, GatewayStatus | StranglerError]:
        """The status of each gateway, or the error instead of it."""
        ...

    def set_authority(self, service: str, side: Side, epoch: int) -> object:
        """Send the service's writes to `side` from now on."""
        ...


class Watermarks:
    """Tells gateways how far a follower is, each by the gateway's own clock.

    A gateway answers with its moment. All that had ended by then was committed before what the follower reads next, so
    once the follower has applied that, it returns the moment. Only the order of these events counts, and no clock.
    """

    def __init__(self, gateways: Listeners) -> None:
        self._gateways = gateways
        self._answered: Mapping[Address, Moment] = {}
        self._applied: Mapping[Address, Moment] = {}

    def tell(self, authority: Authority, *, caught_up: bool) -> None:
        """Tell how far the follower is, and who has the authority.

        `caught_up` says that everything is applied which was committed when this was called before. A gateway that is
        new, has lost its state or missed a move would send writes where they are refused. One that does not answer does
        not keep the others from learning it; the UnavailableError still names it.
        """
        if caught_up:
            self._applied = self._answered
        service = authority.service
        try:
            found = self._gateways.watermark(service, self._applied)
        except StranglerError:
            self._heard(authority, self._known(service))
            raise
        self._heard(authority, found)

    def _known(self, service: str) -> Mapping[Address, ServiceStatus]:
        """What each gateway that answers knows of the service."""
        return {
            address: status.services[service]
            for address, status in self._gateways.each_status().items()
            if not isinstance(status, StranglerError) and service in status.services
        }

    def _heard(self, authority: Authority, found: Mapping[Address, ServiceStatus]) -> None:
        self._answered = {address: one.moment for address, one in found.items() if one.moment is not None}
        # Until the side with the authority is open, nobody is told of it: it would refuse writes as well.
        is_open = authority.step in (MoveStep.SETTLED, MoveStep.OPENED)
        if is_open and any(one.epoch < authority.epoch for one in found.values()):
            self._gateways.set_authority(authority.service, authority.side, authority.epoch)
