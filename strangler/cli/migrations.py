"""What the commands that move data and authority have in common: the project, its service, its databases."""

from __future__ import annotations

import getpass
import os
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

import typer

from strangler.planner.audit_log import AuditLog
from strangler.planner.traffic_orders import TrafficOrders
from strangler.project import Project
from strangler.store import ArtefactStore
from strangler_etl.migration import Migration, Missing, open_migration
from strangler_gateway.fleet import ANSWER_SECONDS, Fleet, open_fleet

Target = Annotated[
    str,
    typer.Argument(
        metavar="SERVICE|ROUTE", help="The service, or one route as `strangler gateway routes` lists it: 'GET /a'."
    ),
]


@contextmanager
def migration_of(project: Project, service: str, missing: Missing = Missing.REFUSE) -> Generator[Migration]:
    """Connect to both databases of a service, at the addresses the environment gives."""
    with open_migration(project, service, os.environ, missing) as migration:
        yield migration


@contextmanager
def fleet_of(project: Project, seconds: float = ANSWER_SECONDS) -> Generator[Fleet]:
    """Connect to the project's gateways, with the token the environment gives."""
    with open_fleet(project, os.environ, seconds) as fleet:
        yield fleet


def orders_of(project: Project, fleet: Fleet) -> TrafficOrders:
    """What gives the gateways orders about traffic, and keeps evidence of them."""
    return TrafficOrders(fleet, audit_log_of(project), os.environ)


def audit_log_of(project: Project) -> AuditLog:
    """The project's audit log, written by this user on this machine."""
    store = ArtefactStore.beside(project.folder)
    return AuditLog(store.folder / "audit.jsonl", f"{getpass.getuser()}@{socket.gethostname()}", time.time)
