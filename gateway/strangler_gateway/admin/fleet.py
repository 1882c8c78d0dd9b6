"""All gateways that follow one plan, addressed as one: an order succeeds when every gateway has confirmed it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from strangler.model.authority import Side
from strangler.model.clock import ClockReading
from strangler.model.errors import ConfigurationError, StranglerError, UnavailableError
from strangler.model.quantity import quantity
from strangler.project import Address, Project
from strangler.secret import Secret
from strangler_gateway.admin.client import AdminClient, GatewayRefusedError, GatewayUnavailableError
from strangler_gateway.admin.messages import DrainRequest, GatewayStatus, HoldRequest, ServiceStatus, ShiftRequest
from strangler_gateway.metrics.measures import PREFIX, Measures
from strangler_gateway.moment import Moment
from strangler_gateway.shadow.report import Diffs, merged
from strangler_gateway.traffic import after_cutover

ANSWER_SECONDS = 5.0

T = TypeVar("T")
Answers = Mapping[Address, T | StranglerError]


class GatewaysMissingError(UnavailableError):
    """Some gateways did not confirm an order; `missing` has the reason of each, `confirmed` are the others."""

    def __init__(self, order: str, missing: dict[Address, StranglerError], confirmed: tuple[Address, ...]) -> None:
        reasons = "; ".join(_reason(address, error) for address, error in missing.items())
        gateways = quantity(len(missing) + len(confirmed), "gateway")
        super().__init__(
            f"{len(missing)} of {gateways} did not confirm {order}: {reasons}",
            remedy=", then ".join(
                (*sorted({error.remedy for error in missing.values() if error.remedy}), "repeat the command")
            ),
        )
        self.missing = missing
        self.confirmed = confirmed

    @property
    def refused(self) -> bool:
        """Whether all missing gateways refused the order, so that repeating it will not help."""
        return all(isinstance(error, GatewayRefusedError) and error.status < 500 for error in self.missing.values())


def _reason(address: Address, error: StranglerError) -> str:
    """Return the gateway and its reason, each stated once."""
    return f"{address}: {error.reason if isinstance(error, GatewayUnavailableError) else error.what}"


class HoldOverError(UnavailableError):
    """A gateway no longer holds requests: its hold expired, or it was restarted."""

    def __init__(self, service: str, gateways: Sequence[Address]) -> None:
        super().__init__(f"the hold has ended by itself at {', '.join(map(str, gateways))}", where=f"service {service}")
        self.gateways = tuple(gateways)


@dataclass(frozen=True, slots=True)
class GatewayLook:
    """Everything one gateway tells a reader."""

    status: GatewayStatus
    measures: Measures
    diffs: Diffs


class Fleet:
    """The gateways at some addresses, addressed as one; waits for none longer than `seconds`.

    Each gateway gets its orders in the order they were given. Unless stated otherwise, a method returns when all
    gateways have confirmed, and raises GatewaysMissingError otherwise; those that confirmed have then carried it out.
    """

    def __init__(self, gateways: Sequence[Address], token: Secret, seconds: float = ANSWER_SECONDS) -> None:
        self._seconds = seconds
        self._clients = {address: AdminClient(address, token, seconds) for address in gateways}
        self._threads = {address: ThreadPoolExecutor(1, f"gateway {address}") for address in gateways}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for address, thread in self._threads.items():
            # After the request under way, which would otherwise leave its connection open in a closed client.
            thread.submit(self._clients[address].close)
            thread.shutdown(wait=False)

    def each_status(self) -> Answers[GatewayStatus]:
        """Return the status of each gateway, or why there is none."""
        return self._ask(lambda client: client.status())

    def clocks(self, now: Callable[[], float]) -> Mapping[Address, ClockReading]:
        """Read the clocks of the gateways that answer and tell them; `now` is that of this machine."""

        def reading(client: AdminClient) -> ClockReading | None:
            before = now()
            shown = client.status().clock
            return ClockReading(shown, before, now()) if shown is not None else None

        answers = self._ask(reading)
        return {address: answer for address, answer in answers.items() if isinstance(answer, ClockReading)}

    def each_look(self) -> Answers[GatewayLook]:
        """Return the status, measures and differences of each gateway, or why there are none."""
        return self._ask(lambda client: GatewayLook(client.status(), client.measures().measures, client.diffs()))

    def statuses(self) -> Mapping[Address, GatewayStatus]:
        """Return the status of each gateway."""
        return self._confirmed("the status", lambda client: client.status())

    def diffs(self) -> Diffs:
        """Return how the responses of the two sides differ, over all gateways."""
        return merged(self._confirmed("the differences", lambda client: client.diffs()).values())

    def hold(self, order: HoldRequest) -> None:
        """Hold the requests that write a service's tables."""
        self._confirmed("the hold", lambda client: client.hold(order))

    def writes_in_flight(self, service: str, side: Side) -> int:
        """Count the requests in flight to `side` that write the service's tables.

        Raises HoldOverError when a gateway no longer holds such requests.
        """
        found = self._confirmed("the count in flight", lambda client: client.in_flight(service))
        if over := [address for address, count in found.items() if not count.holding]:
            raise HoldOverError(service, over)
        return sum(count.of(side).write for count in found.values())

    def requests_in_flight(self, service: str, side: Side) -> int:
        """Count all requests of a service in flight to `side`."""
        counts = [
            count.of(side)
            for count in self._confirmed("the count in flight", lambda client: client.in_flight(service)).values()
        ]
        return sum(count.read + count.write for count in counts)

    def set_authority(self, service: str, side: Side, epoch: int) -> None:
        """Send the service's writes to `side` from now on; a gateway that knows a later epoch refuses."""
        self._confirmed("the authority", lambda client: client.authority(service, side, epoch))

    def release(self, service: str, epoch: int) -> None:
        """Release the held requests to the authority of `epoch`; a gateway that does not know that epoch refuses."""
        self._confirmed("the release", lambda client: client.release(service, epoch))

    def shift(self, order: ShiftRequest) -> tuple[Address, ...]:
        """Change which clients read from v2; return the gateways that confirmed."""
        return tuple(self._confirmed("the share", lambda client: client.give_shift(order)))

    def rollback(self, service: str) -> tuple[Address, ...]:
        """Send every read of the service to v1; return the gateways that confirmed."""
        return tuple(self._confirmed("the rollback", lambda client: client.rollback(service)))

    def shadow(self, service: str, share: float, paths: Sequence[str]) -> tuple[Address, ...]:
        """Copy `share` percent of the requests to the other side; return the gateways that confirmed."""
        return tuple(self._confirmed("the shadow", lambda client: client.shadow(service, share, paths)))

    def drain(self, order: DrainRequest) -> tuple[Address, ...]:
        """Drain a host or put it back; return the gateways that confirmed."""
        return tuple(self._confirmed("the drain", lambda client: client.drain(order)))

    def connections_in_use(self, upstream: str) -> int:
        """Count the connections to an upstream host that are not idle."""
        found = self._confirmed("the measures", lambda client: client.measures().measures).values()
        return sum(_number(one, "upstream_connections", upstream) for one in found) - sum(
            _number(one, "upstream_connections_idle", upstream) for one in found
        )

    def watermark(self, service: str, moments: Mapping[Address, Moment]) -> Mapping[Address, ServiceStatus]:
        """Report to each gateway that every write which had ended at its own moment is on the other side."""
        return self._confirmed("the watermark", lambda client: client.watermark(service, moments.get(client.gateway)))

    def require_before_cutover(self, service: str) -> None:
        """Raise ConflictError when any gateway that answers knows that `service` was cut over."""
        for known in self.each_status().values():
            if isinstance(known, StranglerError) or service not in known.services:
                continue
            if known.services[service].side is Side.V2:
                raise after_cutover(service)

    def _confirmed(self, order: str, ask: Callable[[AdminClient], T]) -> Mapping[Address, T]:
        answers = self._ask(ask)
        missing = {address: answer for address, answer in answers.items() if isinstance(answer, StranglerError)}
        if missing:
            raise GatewaysMissingError(order, missing, tuple(a for a in answers if a not in missing))
        return {address: answer for address, answer in answers.items() if not isinstance(answer, StranglerError)}

    def _ask(self, ask: Callable[[AdminClient], T]) -> Answers[T]:
        def answer_of(client: AdminClient) -> T | StranglerError:
            try:
                return ask(client)
            except StranglerError as error:
                return error

        asked = {address: self._threads[address].submit(answer_of, client) for address, client in self._clients.items()}
        try:
            wait(asked.values(), self._seconds)
        finally:
            # An order that was not sent yet must not be sent later.
            for answer in asked.values():
                answer.cancel()
        return {address: self._answer(address, answer) for address, answer in asked.items()}

    def _answer(self, address: Address, answer: Future[T | StranglerError]) -> T | StranglerError:
        if answer.cancelled() or not answer.done():
            return GatewayUnavailableError(address, f"nothing was heard within {self._seconds:g} s")
        return answer.result()


def _number(measures: Measures, name: str, upstream: str) -> int:
    return sum(
        int(number)
        for series in measures.series
        if series.name == f"{PREFIX}_{name}"
        for labels, number in series.values
        if ("upstream", upstream) in labels
    )


@contextmanager
def open_fleet(project: Project, environment: Mapping[str, str], seconds: float = ANSWER_SECONDS) -> Generator[Fleet]:
    """Connect to every gateway of a project; ConfigurationError when it names none, or no token."""
    if not project.gateway.admin:
        raise missing_setting(project, "where administrators reach it", 'admin = ["127.0.0.1:9900"]')
    with Fleet(project.gateway.admin, admin_token(project, environment), seconds) as fleet:
        yield fleet


def admin_token(project: Project, environment: Mapping[str, str]) -> Secret:
    """Return the token administrators must show; ConfigurationError when the project names none."""
    if project.gateway.token is None:
        raise missing_setting(project, "what administrators must show", 'token = "${STRANGLER_ADMIN_TOKEN}"')
    return Secret(project.gateway.token.resolve(environment))


def missing_setting(project: Project, what: str, line: str) -> ConfigurationError:
    """Return the error for a setting that ``[gateway]`` lacks."""
    return ConfigurationError(
        f"the gateway needs to know {what}", where=str(project.path), remedy=f"write {line} in [gateway]"
    )
