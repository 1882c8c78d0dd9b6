"""The client of one gateway's admin API; every method returns once the gateway has confirmed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import TracebackType
from typing import Self, TypeVar

import httpx
import msgspec

from strangler.model.authority import Side
from strangler.model.errors import StranglerError, UnavailableError
from strangler.project import Address
from strangler.secret import Secret
from strangler_gateway.admin.messages import (
    AdoptRequest,
    AuthorityRequest,
    DrainedHosts,
    DrainRequest,
    GatewayStatus,
    HoldRequest,
    Refusal,
    ReleaseRequest,
    RollbackRequest,
    ServiceStatus,
    ShadowRequest,
    ShiftRequest,
    WatermarkRequest,
)
from strangler_gateway.in_flight import InFlight
from strangler_gateway.metrics.workers import WorkerMeasures
from strangler_gateway.moment import Moment
from strangler_gateway.shadow.report import Diffs

T = TypeVar("T")

# Made at import rather than on demand: several threads decode answers, and msgspec 0.22 occasionally crashes when two
# of them are the first to need a type, since both fill its cache of what it knows of that type.
_ADOPTED = msgspec.json.Decoder(AdoptRequest)
_DRAINED = msgspec.json.Decoder(DrainedHosts)
_DIFFS = msgspec.json.Decoder(Diffs)
_GATEWAY_STATUS = msgspec.json.Decoder(GatewayStatus)
_IN_FLIGHT = msgspec.json.Decoder(InFlight)
_MEASURES = msgspec.json.Decoder(WorkerMeasures)
_REFUSAL = msgspec.json.Decoder(Refusal)
_SERVICE_STATUS = msgspec.json.Decoder(ServiceStatus)


class GatewayUnavailableError(UnavailableError):
    """A gateway does not answer, or not as a gateway would; whether it carried out the order is unknown."""

    def __init__(self, gateway: Address, reason: str) -> None:
        super().__init__(
            f"the gateway does not answer: {reason}", where=str(gateway), remedy="run: strangler gateway run"
        )
        self.gateway = gateway
        self.reason = reason


class GatewayRefusedError(StranglerError):
    """A gateway refused an order with an HTTP `status`, and has done nothing."""

    def __init__(self, gateway: Address, status: int, refusal: Refusal) -> None:
        super().__init__(refusal.error, where=f"gateway {gateway}", remedy=refusal.remedy)
        self.gateway = gateway
        self.status = status

    @property
    def conflict(self) -> bool:
        """Whether the gateway knows something newer or contrary, such as a later epoch."""
        return self.status == 409


class AdminClient:
    """Asks and orders one gateway; every method may raise GatewayUnavailableError or GatewayRefusedError.

    `timeout` is in seconds, for each step of a request. All orders are idempotent.
    """

    def __init__(
        self, gateway: Address, token: Secret, timeout: float = 5.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.gateway = gateway
        self._client = httpx.Client(
            base_url=f"http://{gateway}",
            headers={"Authorization": f"Bearer {token.reveal()}"},
            timeout=timeout,
            transport=transport,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def status(self) -> GatewayStatus:
        """Ask for everything the gateway knows."""
        return self._call("GET", "/status", _GATEWAY_STATUS)

    def in_flight(self, service: str) -> InFlight:
        """Ask how many requests of a service are in flight, and whether its hold is still on."""
        return self._call("GET", "/in-flight", _IN_FLIGHT, parameters={"service": service})

    def measures(self) -> WorkerMeasures:
        """Ask for everything the process counts."""
        return self._call("GET", "/measures", _MEASURES)

    def diffs(self) -> Diffs:
        """Ask how the responses of the two sides differ."""
        return self._call("GET", "/diffs", _DIFFS)

    def hold(self, order: HoldRequest) -> ServiceStatus:
        """Hold the service's unsafe requests, and those for the order's routes, before they are forwarded.

        At most `limit` wait, and none longer than `seconds` from now; the others go to the authority the gateway knows.
        Repeating the order prolongs the hold; once released, a hold of the same epoch is refused.
        """
        return self._call("POST", "/hold", _SERVICE_STATUS, order)

    def authority(self, service: str, side: Side, epoch: int) -> ServiceStatus:
        """Tell which side has the authority; refused (``conflict``) when the gateway knows a later epoch."""
        return self._call("POST", "/authority", _SERVICE_STATUS, AuthorityRequest(service, side, epoch))

    def release(self, service: str, epoch: int) -> ServiceStatus:
        """End the hold, so that its requests go to the authority of `epoch`; refused when the gateway knows another."""
        return self._call("POST", "/release", _SERVICE_STATUS, ReleaseRequest(service, epoch))

    def shift(self, service: str, v2: float, paths: Sequence[str] = ()) -> ServiceStatus:
        """Send `v2` percent of the clients' reads to v2, on the routes with these path templates or on all."""
        return self.give_shift(ShiftRequest(service, v2, tuple(paths)))

    def give_shift(self, order: ShiftRequest) -> ServiceStatus:
        """Change which clients read from v2: by share, by an override in the request, or by the weights of arms."""
        return self._call("POST", "/shift", _SERVICE_STATUS, order)

    def rollback(self, service: str) -> ServiceStatus:
        """Send every read of the service to v1; refused after its cut-over."""
        return self._call("POST", "/rollback", _SERVICE_STATUS, RollbackRequest(service))

    def shadow(self, service: str, share: float, paths: Sequence[str] = ()) -> ServiceStatus:
        """Copy `share` percent of the requests to the other side, on the routes with these path templates or on all."""
        return self._call("POST", "/shadow", _SERVICE_STATUS, ShadowRequest(service, share, tuple(paths)))

    def drain(self, order: DrainRequest) -> DrainedHosts:
        """Drain a host or put it back; return all drained hosts."""
        return self._call("POST", "/drain", _DRAINED, order)

    def watermark(self, service: str, moment: Moment | None) -> ServiceStatus:
        """Report that all writes which had ended at a moment of this gateway are on the other side, None for none.

        The `moment` of the answer is for a later report: that of what is read from the database after this call.
        """
        return self._call("POST", "/watermark", _SERVICE_STATUS, WatermarkRequest(service, moment))

    def adopt(self, text: str) -> AdoptRequest:
        """Make a worker follow a project file, given as text."""
        return self._call("POST", "/adopt", _ADOPTED, AdoptRequest(text))

    def _call(
        self,
        method: str,
        path: str,
        answer: msgspec.json.Decoder[T],
        order: object = None,
        parameters: dict[str, str] | None = None,
    ) -> T:
        content = msgspec.json.encode(order) if order is not None else None
        try:
            response = self._client.request(method, path, content=content, params=parameters)
        except httpx.HTTPError as error:
            raise GatewayUnavailableError(self.gateway, reason_of(error)) from error
        try:
            if response.status_code != 200:
                raise GatewayRefusedError(self.gateway, response.status_code, _REFUSAL.decode(response.content))
            return answer.decode(response.content)
        except msgspec.DecodeError as error:
            raise GatewayUnavailableError(
                self.gateway, f"status {response.status_code}, and not what a gateway says"
            ) from error


def reason_of(error: httpx.HTTPError) -> str:
    """Return why a request failed, without the errno, which differs between systems."""
    return _ERRNO.sub("", str(error)) or type(error).__name__


_ERRNO = re.compile(r"^\[Errno -?\d+\] ")
