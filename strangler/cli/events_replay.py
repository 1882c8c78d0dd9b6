"""``strangler events replay``, ``prune`` and ``forget``: publish events again, or delete them."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.events_consumers import consumer_database
from strangler.cli.events_publication import opened_publication
from strangler.cli.migrations import audit_log_of, migration_of
from strangler.cli.project_options import Config, ServiceName
from strangler.model.errors import ExitCode, UsageError
from strangler.model.quantity import quantity
from strangler.planner.event_examination import consumer_state
from strangler.project_reader import load_project
from strangler_etl.migration import Migration, require_installed
from strangler_etl.records.publications import forget_pruned, forget_published, publication_stop
from strangler_etl.streams.envelope import source_of
from strangler_etl.streams.published_rows import PublishedRows
from strangler_etl.streams.replay import Replay
from strangler_etl.streams.replay_terms import Replayed, ReplayTerms
from strangler_etl.streams.table import TableStream


def replay(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Only what has changed since, as 2026-11-30T12:00:00+00:00."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Only rows that had changed by then, with all since.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="TABLE:KEY", help="Only one row of a table of the service.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="CONSUMER", help="Only for this consumer.")] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Every existing row, instead of the changes in the journals.")
    ] = False,
    json: Json = False,
) -> None:
    """Publish events again; consumers handle them once more."""
    for option, given in (("--from", since), ("--until", until)):
        if rows and given is not None:
            raise UsageError(f"--rows and {option} exclude each other", remedy="rows are published as they are now")
    project = load_project(config)
    if to is not None:
        consumer_database(project, to)
    begin, end = (None if time is None else _moment(time) for time in (since, until))
    if begin is not None and end is not None and end <= begin:
        raise UsageError("--until is not after --from", remedy="nothing lies between them")
    with opened_publication(project, service) as (migration, publication, outlet):
        table, row = (None, None) if key is None else _row(key, migration)
        terms = ReplayTerms(_new_replay(), begin, row, to, rows=rows, until=end, table=table)
        done = Replay(migration, publication, outlet).run(terms)
        stopped = publication_stop(migration.target, service)
    asked = {
        "from": since or "",
        "until": until or "",
        "key": key or "",
        "to": to or "",
        "rows": rows,
        "events": done.events,
    }
    audit_log_of(project).record(service, "events replay", asked)
    console = console_of(context)
    if json:
        console.json({"service": service, "replay": done.replay, "replayed": done})
    else:
        console.result(f"{service}: {_told(done, rows=rows)}, as the replay {done.replay}")
        for example in done.examples:
            console.result(f"left out: {example}")
    if stopped is not None:
        console.note(f"the publisher still cannot go on: {stopped}")
    if done.left_out:
        raise typer.Exit(ExitCode.FINDINGS)


def _told(done: Replayed, *, rows: bool) -> str:
    if not rows:
        return f"{quantity(done.events, 'event')} published again"
    gone = f", {quantity(done.gone, 'row')} told to be gone" if done.gone else ""
    return f"{quantity(done.events - done.gone, 'row')} published{gone}"


def prune(
    context: typer.Context,
    service: ServiceName,
    days: Annotated[int, typer.Option("--days", min=1, help="Keep events of this many days.")] = 14,
    config: Config = Path(),
) -> None:
    """Delete old events that every declared consumer has read from the service's stream table."""
    project = load_project(config)
    declared = project.service(service)
    if declared.event_server is not None:
        raise UsageError(f"the streams of {service} are on a server", remedy="say there how long it keeps them")
    read = [consumer_state(name, reference, os.environ).positions for name, reference in declared.consumers.items()]
    deleted = 0
    with migration_of(project, service) as migration:
        require_installed(migration)
        stream = TableStream(migration.target)
        for name in stream.streams():
            if stream.source(name) != source_of(service):
                # It belongs to another service with the same database, which has other consumers.
                continue
            # A consumer that has read nothing of a stream may be about to, or may not follow it: nobody can know.
            read_to = min((positions.get(name, 0) for positions in read), default=None)
            deleted += stream.prune(name, days * 86_400.0, read_to)
    audit_log_of(project).record(service, "events prune", {"days": days, "events": deleted})
    console_of(context).result(f"{quantity(deleted, 'event')} deleted")


def forget(context: typer.Context, service: ServiceName, config: Config = Path()) -> None:
    """Stop publishing a service's events for good: journals are no longer kept for them."""
    project = load_project(config)
    with migration_of(project, service) as migration:
        require_installed(migration)
        migration.target.install()
        forget_pruned(migration.source, service)
        with migration.target.transaction():
            forget_published(migration.target, service)
            if migration.target.journal.images:
                PublishedRows(migration.target, service).forget_all()
    audit_log_of(project).record(service, "events forget", {})
    console_of(context).result(f"events of {service} are published no more; what is published later begins anew")


def _new_replay() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


def _row(text: str, migration: Migration) -> tuple[str, str]:
    """The table and key of ``TABLE:KEY``; UsageError if it names no table, and the service has several."""
    tables = sorted({table.target.name for table in migration.mapping.owned}, key=len)
    named = next((name for name in reversed(tables) if text.startswith(f"{name}:")), None)
    if named is not None:
        return named, text.removeprefix(f"{named}:")
    if len(tables) == 1:
        return tables[0], text
    spelled = ", ".join(f"{name}:KEY" for name in sorted(tables))
    raise UsageError(f"--key {text} names no table of {migration.mapping.service}", remedy=f"write one of {spelled}")


def _moment(text: str) -> float:
    """The time in seconds since 1970; UsageError if it is not a time or has no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageError(f"{text} is no time with a zone", remedy="write it as 2026-11-30T12:00:00+00:00")
    return found.timestamp()
