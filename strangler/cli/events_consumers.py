"""``strangler events parked`` and ``reset``, and the state of those who consume events."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.migrations import audit_log_of
from strangler.cli.project_options import Config
from strangler.model.errors import UnavailableError, UsageError
from strangler.model.quantity import quantity
from strangler.planner.event_examination import consumer_state
from strangler.planner.event_streams import streams_of
from strangler.project import Project
from strangler.project_reader import load_project
from strangler.secret import Reference
from strangler_etl.connection import open_database
from strangler_etl.migration import Migration
from strangler_etl.streams import inbox_tables
from strangler_etl.streams.backlog import Backlog, backlog
from strangler_etl.streams.errors import UnknownEventError
from strangler_etl.streams.inbox import Inbox
from strangler_etl.streams.parking import ConsumerState, Parking
from strangler_etl.streams.transport import Feed

_ALL = "all"
_RESET = "strangler events reset"


def parked(
    context: typer.Context,
    consumer: Annotated[str, typer.Argument(metavar="CONSUMER", help="One of [services.NAME.events.consumers].")],
    config: Config = Path(),
    retry: Annotated[
        str | None, typer.Option("--retry", metavar="ID", help="Retry this event; `all` for every one.")
    ] = None,
    drop: Annotated[
        str | None, typer.Option("--drop", metavar="ID", help="Drop this event; `all` for every one.")
    ] = None,
    json: Json = False,
) -> None:
    """List the events a consumer could not handle, retry them, or drop them."""
    if retry is not None and drop is not None:
        raise UsageError("--retry and --drop exclude each other")
    project = load_project(config)
    console = console_of(context)
    with open_database(consumer_database(project, consumer).database_url(os.environ)) as database:
        parking = Parking(database, consumer)
        has_run = inbox_tables.installed(database)
        known = parking.parked() if has_run else ()
        if not has_run and (named := retry or drop) is not None:
            if named != _ALL:
                raise UnknownEventError(consumer, named)
            console.result(f"{consumer} has never run")
        elif retry is not None:
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


def reset(
    context: typer.Context,
    consumer: Annotated[str, typer.Argument(metavar="CONSUMER", help="One of [services.NAME.events.consumers].")],
    config: Config = Path(),
) -> None:
    """Restart a consumer from the beginning of its streams, for example after they were restored."""
    project = load_project(config)
    with open_database(consumer_database(project, consumer).database_url(os.environ)) as database:
        inbox = Inbox(database, consumer)
        inbox.install()
        inbox.begin_anew()
    audit_log_of(project).record(consumer, "events reset", {})
    console_of(context).result(f"{consumer} begins anew; what it keeps in its own tables is as it was")


def consumer_database(project: Project, name: str) -> Reference:
    """The database that holds a consumer's inbox; UsageError if no service names the consumer."""
    named = {name: reference for service in project.services.values() for name, reference in service.consumers.items()}
    if name not in named:
        near = get_close_matches(name, named, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"declare it: [services.SERVICE.events.consumers.{name}]"
        raise UsageError(f"there is no consumer {name}", remedy=remedy)
    return named[name]


@dataclass(frozen=True, slots=True)
class ConsumerAccount:
    """A consumer's state: its inbox and its lag behind the streams, or why its database is `unreached`."""

    consumer: str
    state: ConsumerState | None = None
    backlog: Backlog | None = None
    unreached: str | None = None

    def lines(self, now: float) -> Iterator[str]:
        """The state in lines for people; `now` is in seconds since 1970."""
        state = self.state
        if state is None:
            yield f"not reached: {self.unreached}"
            return
        count = self.backlog.unread if self.backlog else None
        unread = "" if count is None else f"; {quantity(count, 'event')} not read"
        if state.seen is None and not state.positions:
            yield f"has never run{unread}"
            return
        age = "" if state.oldest is None else f", the oldest of {now - state.oldest:.0f} s"
        seen = "" if state.seen is None else f"; seen {max(0.0, now - state.seen):.0f} s ago"
        yield f"{state.waiting} waiting, {state.parked} parked{age}; {state.handled:,} handled{unread}{seen}"
        if self.backlog:
            yield from self.backlog.missing
            yield from (f"{line}; let it begin anew: {_RESET} {self.consumer}" for line in self.backlog.put_back)

    def figures(self) -> dict[str, object]:
        """The state in JSON for programs."""
        figures = {} if self.state is None else asdict(self.state)
        figures.pop("marks", None)
        found: dict[str, object] = {"consumer": self.consumer, **figures, "unreached": self.unreached}
        behind = self.backlog or Backlog(None)
        return {**found, "unread": behind.unread, "missing": behind.missing, "put_back": behind.put_back}


@dataclass(frozen=True, slots=True)
class ConsumerAccounts:
    """The state of a service's declared consumers; `server_unreached` says why its server of streams was not asked."""

    each: Sequence[ConsumerAccount]
    server_unreached: str | None = None

    @property
    def all_reached(self) -> bool:
        """Whether all that was to be asked has answered."""
        return self.server_unreached is None and not any(one.unreached for one in self.each)

    @property
    def any_put_back(self) -> bool:
        """Whether a consumer has read a stream that was put back since."""
        return any(one.backlog and one.backlog.put_back for one in self.each)


def consumer_accounts(migration: Migration) -> ConsumerAccounts:
    """The state of a service's declared consumers; an unreachable server of streams is part of it, and no error."""
    consumers = sorted(migration.service.consumers.items())
    on_server = migration.service.event_server is not None
    try:
        with streams_of(migration, os.environ) as feed:
            return ConsumerAccounts([_account(*one, feed, on_server=on_server) for one in consumers])
    except UnavailableError as error:
        unasked = [_account(*one, None, on_server=on_server) for one in consumers]
        return ConsumerAccounts(unasked, server_unreached=str(error))


def _account(name: str, reference: Reference, feed: Feed | None, *, on_server: bool) -> ConsumerAccount:
    """The state of a consumer; an unreachable database is part of it, and no error."""
    try:
        state = consumer_state(name, reference, os.environ)
    except UnavailableError as error:
        return ConsumerAccount(name, unreached=str(error))
    return ConsumerAccount(name, state, None if feed is None else backlog(feed, state, all_are_its=not on_server))
