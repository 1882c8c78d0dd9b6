"""Orders with ``--admin``: to gateways at given addresses, without strangler.toml."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import Console
from strangler.cli.migrations import audit_log_beside
from strangler.cli.project_options import address_of
from strangler.model.errors import ConfigurationError, UnavailableError
from strangler.model.migration import Detail
from strangler.model.quantity import quantity
from strangler.planner.audit_log import AuditLog
from strangler.planner.gateway_order import given
from strangler.project import Address, Project
from strangler.project_reader import find_project_file, load_project
from strangler.secret import Secret
from strangler_gateway.admin.fleet import Fleet

TOKEN = "STRANGLER_ADMIN_TOKEN"  # noqa: S105 - the name of a variable
UNCHANGED = "strangler.toml was neither read nor changed"
Admin = Annotated[
    list[str] | None,
    typer.Option(
        "--admin",
        metavar="HOST:PORT",
        help=f"Order the gateway at this address, with the token in {TOKEN}, and leave strangler.toml alone; may be"
        " repeated.",
    ),
]
AskedAdmin = Annotated[
    list[str] | None,
    typer.Option(
        "--admin",
        metavar="HOST:PORT",
        help=f"Ask the gateway at this address, with the token in {TOKEN}, without strangler.toml; may be repeated.",
    ),
]


def project_for_order(config: Path, command: str) -> Project:
    """Read the project file; the error for an invalid one says how `command` works without it."""
    try:
        return load_project(config)
    except ConfigurationError as error:
        error.add_note(f"the gateways keep their plan; to reach them without the file run: {command} --admin HOST:PORT")
        raise


@contextmanager
def fleet_at(admin: Sequence[str]) -> Generator[Fleet]:
    """Connect to the gateways at some addresses; ConfigurationError if the environment has no token."""
    addresses = tuple(dict.fromkeys(address_of("--admin", text) for text in admin))
    token = os.environ.get(TOKEN)
    if not token:
        raise ConfigurationError(
            f"--admin needs the token of the gateways in {TOKEN}, which is not set",
            remedy=f"export {TOKEN} with the value of token in [gateway], as the gateways were started with",
        )
    with Fleet(addresses, Secret(token)) as fleet:
        yield fleet


@dataclass(frozen=True, slots=True)
class DirectOrders:
    """Gives orders to a fleet, and records them in the audit log of the project at `config`, if there is one.

    An order that cannot be recorded is given all the same: it is the way back, and each gateway logs it too.
    """

    console: Console
    fleet: Fleet
    config: Path

    def give(
        self, service: str, action: str, order: Callable[[], tuple[Address, ...]], details: dict[str, Detail]
    ) -> tuple[Address, ...]:
        """Give an order, and return the gateways that confirmed it; GatewaysMissingError if some did not."""
        log = self._log()
        if log is None:
            return order()
        return given(log, service, f"{action}, without the file", order, details)

    def _log(self) -> AuditLog | None:
        file = find_project_file(self.config)
        if file is None:
            self.console.note("there is no strangler.toml here, so no audit log; the gateways log the order")
            return None
        log = audit_log_beside(file.parent)
        try:
            log.check()
        except UnavailableError as error:
            self.console.note(f"not recorded in the audit log: {error}; the gateways log the order")
            return None
        return log

    def tell(self, service: str, told: str, gateways: Sequence[Address], *, json: bool) -> None:
        """Print what was done, and that the project file does not reflect it."""
        if json:
            self.console.json({"service": service, "gateways": list(map(str, gateways)), "file_changed": False})
            return
        self.console.result(f"{service}: {told}, confirmed by {quantity(len(gateways), 'gateway')}; {UNCHANGED}")
        self.console.note("the order holds until the file says something new about these routes, also across restarts")
