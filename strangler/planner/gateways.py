"""What a move asks of the gateways: all of them together, as if they were one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from strangler.model.authority import Side
from strangler.model.errors import ConfigurationError, StranglerError, UnavailableError
from strangler.project import Gateway, RouteMatch
from strangler.secret import Secret
from strangler_gateway.admin_client import AdminClient
from strangler_gateway.admin_messages import GatewayStatus

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hold:
    """What is held: a service's own writes and further routes, for how many requests and seconds at most."""

    service: str
    routes: tuple[RouteMatch, ...]
    limit: int
    seconds: float
    epoch: int


class Gateways(Protocol):
    """Every gateway that follows the plan, asked together.

    Each method returns when all have confirmed, and raises UnavailableError, naming those that have not, otherwise.
    """

    def hold(self, hold: Hold) -> None:
        """Let the requests wait that write the service's tables."""
        ...

    def writes_in_flight(self, service: str, side: Side) -> int:
        """How many requests that write the service's tables have been forwarded and not answered yet."""
        ...

    def set_authority(self, service: str, side: Side, epoch: int) -> None:
        """Send the service's writes to `side` from now on; a gateway that knows a later epoch refuses."""
        ...

    def release(self, service: str, epoch: int) -> None:
        """Let go on what is held."""
        ...


class GatewaysError(UnavailableError):
    """Not every gateway has done what it was told; `missing` are the addresses of those."""

    def __init__(self, action: str, problems: Sequence[tuple[str, StranglerError]]) -> None:
        super().__init__(
            f"{action} was not confirmed by {', '.join(f'{address} ({error.what})' for address, error in problems)}",
            remedy="start these gateways, or take them out of [gateway] admin",
        )
        self.missing = tuple(address for address, _ in problems)


class AllGateways:
    """The gateways of ``[gateway] admin``, through their admin APIs."""

    def __init__(self, clients: Iterable[AdminClient]) -> None:
        self._clients = tuple(clients)

    def hold(self, hold: Hold) -> None:
        """Let the requests wait that write the service's tables."""
        self._each(
            "the hold",
            lambda client: client.hold(
                hold.service, epoch=hold.epoch, limit=hold.limit, seconds=hold.seconds, routes=hold.routes
            ),
        )

    def writes_in_flight(self, service: str, side: Side) -> int:
        """How many requests that write the service's tables have been forwarded and not answered yet."""
        found = self._each("the count in flight", lambda client: client.in_flight(service))
        lost = [str(c.gateway) for c, count in zip(self._clients, found, strict=True) if not count.holding]
        if lost:
            raise UnavailableError(f"the hold has ended by itself at {', '.join(lost)}")
        return sum(count.of(side).write for count in found)

    def set_authority(self, service: str, side: Side, epoch: int) -> None:
        """Send the service's writes to `side` from now on."""
        self._each("the authority", lambda client: client.authority(service, side, epoch))

    def release(self, service: str, epoch: int) -> None:
        """Let go on what is held."""
        self._each("the release", lambda client: client.release(service, epoch))

    def watermark(self, service: str, applied_through: float) -> None:
        """Tell that every write until then is on the other side; seconds since 1970 of the source's clock."""
        self._each("the watermark", lambda client: client.watermark(service, applied_through))

    def statuses(self) -> tuple[GatewayStatus, ...]:
        """What each gateway knows."""
        return tuple(self._each("the status", lambda client: client.status()))

    def _each(self, action: str, ask: Callable[[AdminClient], T]) -> list[T]:
        """Ask every gateway, also after one has failed: as many as possible shall know."""
        answers: list[T] = []
        problems: list[tuple[str, StranglerError]] = []
        for client in self._clients:
            try:
                answers.append(ask(client))
            except StranglerError as error:
                problems.append((str(client.gateway), error))
        if problems:
            raise GatewaysError(action, problems)
        return answers


@contextmanager
def open_gateways(gateway: Gateway, token: Secret | None, timeout: float = 5.0) -> Generator[AllGateways]:
    """Connect to every gateway of the project.

    Raises ConfigurationError when strangler.toml names none, or no token.
    """
    if not gateway.admin or token is None:
        raise ConfigurationError(
            "[gateway] admin and token are needed to tell the gateways what to do",
            remedy='write admin = ["127.0.0.1:9900"] and token = "${NAME}"',
        )
    with ExitStack() as stack:
        yield AllGateways([stack.enter_context(AdminClient(address, token, timeout)) for address in gateway.admin])
