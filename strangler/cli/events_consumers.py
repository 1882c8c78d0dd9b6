"""``strangler events parked``, and how those who consume events are."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.migrations import audit_log_of
from strangler.cli.project_options import Config
from strangler.cli.settings import Json
from strangler.model.errors import UsageError
from strangler.model.quantity import quantity
from strangler.project import Project
from strangler.project_reader import load_project
from strangler.secret import Reference
from strangler_etl.connection import open_database
from strangler_etl.streams import inbox_tables
from strangler_etl.streams.parking import ConsumerState, Parking, new_consumer

_ALL = "all"


def parked(
    context: typer.Context,
    consumer: Annotated[str, typer.Argument(metavar="CONSUMER", help="One of [services.NAME.events.consumers].")],
    config: Config = Path(),
    retry: Annotated[
        str | None, typer.Option("--retry", metavar="ID", help="Let this event be handled again; all: every one.")
    ] = None,
    drop: Annotated[
        str | None, typer.Option("--drop", metavar="ID", help="Do without this event; all: without every one.")
    ] = None,
    json: Json = False,
) -> None:
    """List the events a consumer could not handle, try them again, or do without them."""
    if retry is not None and drop is not None:
        raise UsageError("--retry and --drop exclude each other")
    project = load_project(config)
    console = console_of(context)
    with open_database(consumer_database(project, consumer).database_url(os.environ)) as database:
        parking = Parking(database, consumer)
        known = parking.parked() if inbox_tables.installed(database) else ()
        if retry is not None:
            console.result(f"{quantity(parking.retry(None if retry == _ALL else retry), 'event')} will be tried again")
        elif drop is not None:
            dropped = parking.drop(None if drop == _ALL else drop)
            audit_log_of(project).record(consumer, "events parked", {"drop": drop, "events": dropped})
            console.result(f"{quantity(dropped, 'event')} dropped")
        elif json:
            console.json({"consumer": consumer, "parked": known})
        else:
            for one in known:
                behind = f"; {quantity(one.behind, 'event')} of its key wait behind it" if one.behind else ""
                console.result(f"{one.id}  {one.stream}  {one.subject}: {one.error}{behind}")
            console.note(f"{quantity(len(known), 'event')} of {consumer} parked")


def consumer_database(project: Project, name: str) -> Reference:
    """Where a consumer keeps its inbox; UsageError where no service names it."""
    named = {name: reference for service in project.services.values() for name, reference in service.consumers.items()}
    if name not in named:
        near = get_close_matches(name, named, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"declare it: [services.SERVICE.events.consumers.{name}]"
        raise UsageError(f"there is no consumer {name}", remedy=remedy)
    return named[name]


def consumer_state(name: str, reference: Reference) -> ConsumerState:
    """How a consumer is by its inbox, which may not be there yet."""
    with open_database(reference.database_url(os.environ)) as database:
        return Parking(database, name).state() if inbox_tables.installed(database) else new_consumer(name)
