"""The gateways of a project, and orders to them, apart from commands that need no gateway: the imports are slow."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

import typer

from strangler.cli.migrations import audit_log_of
from strangler.planner.traffic_orders import TrafficOrders
from strangler.project import Project
from strangler_gateway.admin.fleet import ANSWER_SECONDS, Fleet, open_fleet

Target = Annotated[
    str,
    typer.Argument(
        metavar="SERVICE|ROUTE", help="The service, or one route as `strangler gateway routes` lists it: 'GET /a'."
    ),
]


@contextmanager
def fleet_of(project: Project, seconds: float = ANSWER_SECONDS) -> Generator[Fleet]:
    """Connect to the project's gateways, with the token from the environment."""
    with open_fleet(project, os.environ, seconds) as fleet:
        yield fleet


def orders_of(project: Project, fleet: Fleet) -> TrafficOrders:
    """Return the object that gives the gateways orders about traffic, and keeps evidence of them."""
    return TrafficOrders(fleet, audit_log_of(project), os.environ)
