"""``strangler events``: publish what changes as events, and see to those who consume them."""

from __future__ import annotations

import os
import secrets
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from strangler.cli.console import Console, console_of
from strangler.cli.design_documents import project_library
from strangler.cli.migrations import audit_log_of, migration_of
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.settings import Json
from strangler.contracts.publishing.row_rendering import DocumentRenderer, document_renderer
from strangler.model.authority import Side
from strangler.model.errors import ExitCode, StranglerError, UsageError
from strangler.model.quantity import quantity
from strangler.project import Project
from strangler.project_reader import load_project
from strangler.secret import Reference, mask_url
from strangler_etl.connection import open_database
from strangler_etl.migration import Migration, require_installed
from strangler_etl.records.authority import read_authority
from strangler_etl.records.publications import forget_published
from strangler_etl.streams import inbox_tables
from strangler_etl.streams.parking import ConsumerState, Parking, new_consumer
from strangler_etl.streams.publication import Publication, Round, publication_state
from strangler_etl.streams.publishing import Publishing
from strangler_etl.streams.replay import Replay, ReplayTerms
from strangler_etl.streams.table import TableStream
from strangler_etl.streams.transport import Outlet

events = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_ALL = "all"


@events.callback()
def group() -> None:
    """Publish what changes as events, and see to their consumers."""


@events.command()
def publish(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    once: Annotated[bool, typer.Option("--once", help="Publish what there is, and end.")] = False,
    skip: Annotated[
        list[str] | None,
        typer.Option("--skip", metavar="ID", help="Leave this event out for good; may be given several times."),
    ] = None,
) -> None:
    """Publish each change of the service's rows as an event, until SIGTERM."""
    project = load_project(config)
    skipped = tuple(skip or ())
    if skipped:
        audit_log_of(project).record(service, "events publish", {"skip": " ".join(skipped)})
    console = console_of(context)
    account, stop = _Account(console), _stopped_by_signals()
    publishing = Publishing(
        connect=lambda: _publication(project, service, skipped), told=account.told, trouble=account.trouble, stop=stop
    )
    if once:
        publishing.once()
        console.result(f"{service}: {quantity(account.events, 'event')} published")
        return
    console.note(f"publishing {service}; end with SIGTERM")
    publishing.run()
    console.note(f"stopped after {quantity(account.events, 'event')}; go on with: strangler events publish {service}")


@events.command()
def replay(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Only what has changed since, as 2026-11-30T12:00:00+00:00."),
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="Only the row with this key of the service.")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="CONSUMER", help="Only for this consumer.")] = None,
    rows: Annotated[bool, typer.Option("--rows", help="Every row that is there, not what the journals hold.")] = False,
    json: Json = False,
) -> None:
    """Publish events again: consumers handle them once more."""
    if rows and since is not None:
        raise UsageError("--rows and --from exclude each other", remedy="rows are published as they are now")
    project = load_project(config)
    if to is not None:
        _consumer(project, to)
    terms = ReplayTerms(_new_replay(), None if since is None else _moment(since), key, to, rows=rows)
    with _opened(project, service) as (migration, publication, outlet):
        done = Replay(migration, publication, outlet).run(terms)
    asked = {"from": since or "", "key": key or "", "to": to or "", "rows": rows, "events": done.events}
    audit_log_of(project).record(service, "events replay", asked)
    console = console_of(context)
    if json:
        console.json({"service": service, "replay": terms.id, "replayed": done})
    else:
        console.result(f"{service}: {quantity(done.events, 'event')} published again, as the replay {terms.id}")
        for example in done.examples:
            console.result(f"left out: {example}")
    if done.left_out:
        raise typer.Exit(ExitCode.FINDINGS)


@events.command()
def forget(context: typer.Context, service: ServiceName, config: Config = Path()) -> None:
    """Publish a service's events no more: journals are not kept for them."""
    project = load_project(config)
    with migration_of(project, service) as migration:
        require_installed(migration)
        forget_published(migration.target, service)
    audit_log_of(project).record(service, "events forget", {})
    console_of(context).result(f"events of {service} are published no more; what is published later begins anew")


@events.command()
def prune(
    context: typer.Context,
    service: ServiceName,
    days: Annotated[int, typer.Option("--days", min=1, help="Keep what was published in so many days.")] = 14,
    config: Config = Path(),
) -> None:
    """Delete old events of the table with a service's streams that every declared consumer has read."""
    project = load_project(config)
    declared = project.service(service)
    if declared.event_server is not None:
        raise UsageError(f"the streams of {service} are on a server", remedy="say there how long it keeps them")
    read = [_state_of(name, reference).positions for name, reference in declared.consumers.items()]
    deleted = 0
    with migration_of(project, service) as migration:
        require_installed(migration)
        stream = TableStream(migration.target)
        for name in stream.streams():
            # A consumer that has read nothing of a stream may be about to, or does not follow it: who knows.
            read_to = min((positions.get(name, 0) for positions in read), default=None)
            deleted += stream.prune(name, days * 86_400.0, read_to)
    audit_log_of(project).record(service, "events prune", {"days": days, "events": deleted})
    console_of(context).result(f"{quantity(deleted, 'event')} deleted")


def _new_replay() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


def _moment(text: str) -> float:
    """The time in seconds since 1970; UsageError where it is none, or has no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageError(f"{text} is no time with a zone", remedy="write it as 2026-11-30T12:00:00+00:00")
    return found.timestamp()


@events.command()
def status(context: typer.Context, service: ServiceName, config: Config = Path(), json: Json = False) -> None:
    """Say how far a service's events are published, and how those who consume them are."""
    project = load_project(config)
    declared = project.service(service)
    with migration_of(project, service) as migration:
        require_installed(migration)
        state = publication_state(migration)
    consumers = [_state_of(name, reference) for name, reference in sorted(declared.consumers.items())]
    console = console_of(context)
    if json:
        console.json({"service": service, "published": state, "consumers": consumers})
        return
    behind = "nothing was published yet" if state.lag_seconds is None else f"{state.lag_seconds:.1f} s behind"
    console.result(f"{service}: {behind}, {quantity(state.waiting, 'change')} to publish")
    for each in consumers:
        age = "" if each.oldest is None else f", the oldest of {time.time() - each.oldest:.0f} s"
        console.result(f"{each.consumer}: {each.waiting} waiting, {each.parked} parked{age}; {each.handled:,} handled")
        if each.last_error is not None:
            console.detail(f"{each.consumer}: last failure: {each.last_error}")


@events.command()
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
    with open_database(_consumer(project, consumer).database_url(os.environ)) as database:
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


def _consumer(project: Project, name: str) -> Reference:
    """Where a consumer keeps its inbox; UsageError where no service names it."""
    named = {name: reference for service in project.services.values() for name, reference in service.consumers.items()}
    if name not in named:
        near = get_close_matches(name, named, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"declare it: [services.SERVICE.events.consumers.{name}]"
        raise UsageError(f"there is no consumer {name}", remedy=remedy)
    return named[name]


def _state_of(name: str, reference: Reference) -> ConsumerState:
    with open_database(reference.database_url(os.environ)) as database:
        return Parking(database, name).state() if inbox_tables.installed(database) else new_consumer(name)


@contextmanager
def _publication(project: Project, service: str, skipped: tuple[str, ...] = ()) -> Generator[Publication]:
    with _opened(project, service, skipped) as (_, publication, _):
        yield publication


@contextmanager
def _opened(
    project: Project, service: str, skipped: tuple[str, ...] = ()
) -> Generator[tuple[Migration, Publication, Outlet]]:
    with migration_of(project, service) as migration:
        require_installed(migration)
        migration.target.install()
        with _outlet(migration) as outlet:
            yield migration, Publication(migration, _renderer(project, migration), outlet, skipped=skipped), outlet


@contextmanager
def _outlet(migration: Migration) -> Generator[Outlet]:
    server = migration.service.event_server
    if server is None:
        yield TableStream(migration.target)
        return
    from strangler_etl.streams.nats import NatsStream  # noqa: PLC0415 - its client is an extra

    url = server.resolve(os.environ)
    with NatsStream(url, mask_url(url)) as outlet:
        yield outlet


def _renderer(project: Project, migration: Migration) -> DocumentRenderer:
    """Renders the rows by the service's design document.

    Before the cut-over a row has what the mapping gives, afterwards all columns of its table.
    """
    service = migration.service
    library = project_library(project, [service.name])
    is_own = read_authority(migration.source, service.name).side is Side.V2
    tables = {
        table.target.name: frozenset(table.target.columns if is_own else (one.target for one in table.columns))
        for table in migration.mapping.owned
    }
    return document_renderer(service.name, library.document(service.name), library, service.events, tables)


def _stopped_by_signals() -> threading.Event:
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop


class _Account:
    """Tells of what is published, and once of what keeps it from going on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: str | None = None
        self.events = 0

    def trouble(self, error: StranglerError) -> None:
        """Say why nothing goes on."""
        self._say(str(error))

    def told(self, done: Round) -> None:
        """Say what a round has published, or what it waits for."""
        self.events += done.events
        if done.waiting is not None:
            self._say(done.waiting)
            return
        self._said = None
        if done.events:
            self._console.detail(f"{quantity(done.events, 'event')} of {quantity(done.records, 'change')}")

    def _say(self, what: str) -> None:
        if what != self._said:
            self._said = what
            self._console.note(f"waiting: {what}")
