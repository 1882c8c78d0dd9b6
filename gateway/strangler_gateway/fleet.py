"""Every gateway that must follow one plan: an order counts when all of them have confirmed it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from strangler.model.authority import Side
from strangler.model.errors import ConfigurationError, StranglerError, UnavailableError
from strangler.model.quantity import quantity
from strangler.project import Address, Project
from strangler.secret import Secret
from strangler_gateway.admin_client import AdminClient
from strangler_gateway.admin_messages import GatewayStatus
from strangler_gateway.traffic import after_cutover

T = TypeVar("T")


class GatewaysMissingError(UnavailableError):
    """Some gateways did not confirm; `missing` has the reason for each, `confirmed` are the others."""

    def __init__(self, missing: dict[Address, StranglerError], confirmed: tuple[Address, ...]) -> None:
        reasons = "; ".join(str(error) for error in missing.values())
        super().__init__(
            f"{len(missing)} of {quantity(len(missing) + len(confirmed), 'gateway')} did not confirm: {reasons}",
            remedy=None if all(error.remedy for error in missing.values()) else "repeat the command",
        )
        self.missing = missing
        self.confirmed = confirmed


def fleet_of(project: Project, environment: Mapping[str, str]) -> tuple[tuple[Address, ...], Secret]:
    """Return the admin addresses of a project and the token; ConfigurationError when it lacks one of them."""
    if not project.gateway.admin:
        raise missing_setting(project, "where administrators reach it", 'admin = ["127.0.0.1:9900"]')
    return project.gateway.admin, admin_token(project, environment)


def admin_token(project: Project, environment: Mapping[str, str]) -> Secret:
    """Return what administrators must show; ConfigurationError when the project does not say."""
    if project.gateway.token is None:
        raise missing_setting(project, "what administrators must show", 'token = "${STRANGLER_ADMIN_TOKEN}"')
    return Secret(project.gateway.token.resolve(environment))


def missing_setting(project: Project, what: str, line: str) -> ConfigurationError:
    """Return the error for something ``[gateway]`` must say."""
    return ConfigurationError(
        f"the gateway needs to know {what}", where=str(project.path), remedy=f"write {line} in [gateway]"
    )


def ask_each(
    gateways: Sequence[Address], token: Secret, order: Callable[[AdminClient], T]
) -> dict[Address, T | StranglerError]:
    """Give an order to all gateways at once; return the answer or the error of each."""

    def ask(gateway: Address) -> T | StranglerError:
        with AdminClient(gateway, token) as client:
            try:
                return order(client)
            except StranglerError as error:
                return error

    with ThreadPoolExecutor(max(1, len(gateways))) as pool:
        return dict(zip(gateways, pool.map(ask, gateways), strict=True))


def ask_all(gateways: Sequence[Address], token: Secret, order: Callable[[AdminClient], T]) -> dict[Address, T]:
    """Give an order to all gateways at once; GatewaysMissingError when not all confirm."""
    answers = ask_each(gateways, token, order)
    missing = {gateway: answer for gateway, answer in answers.items() if isinstance(answer, StranglerError)}
    if missing:
        raise GatewaysMissingError(missing, tuple(gateway for gateway in gateways if gateway not in missing))
    return {gateway: answer for gateway, answer in answers.items() if not isinstance(answer, StranglerError)}


def check_before_cutover(gateways: Sequence[Address], token: Secret, service: str) -> None:
    """Raise ConflictError when a gateway that answers knows that `service` was cut over."""
    for known in ask_each(gateways, token, lambda client: client.status()).values():
        if isinstance(known, GatewayStatus) and service in known.services and known.services[service].side is Side.V2:
            raise after_cutover(service)
