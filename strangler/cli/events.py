"""``strangler events``: publish changes as events, and look after their consumers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.events_account import PublishingAccount
from strangler.cli.events_consumers import consumer_accounts, parked, reset
from strangler.cli.events_publication import publication_digest, publication_meaning, publication_of
from strangler.cli.events_replay import forget, prune, replay
from strangler.cli.migrations import audit_log_of, migration_of
from strangler.cli.project_edits import EditCallbacks, ProjectEdits
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.stopping import stopped_by_signals
from strangler.model.errors import ExitCode
from strangler.model.quantity import quantity
from strangler.planner.event_examination import PUBLISHED_OTHERWISE, is_published_otherwise
from strangler.project import Project
from strangler.project_reader import load_project
from strangler_etl.migration import require_installed
from strangler_etl.streams.left_out import leave_out
from strangler_etl.streams.metrics import consumer_metrics, publisher_metrics
from strangler_etl.streams.publication_state import publication_state
from strangler_etl.streams.publishing import Publishing

events = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@events.callback()
def group() -> None:
    """Publish changes as events, and manage their consumers."""


@events.command()
def publish(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    once: Annotated[bool, typer.Option("--once", help="Publish everything that is pending, and exit.")] = False,
    skip: Annotated[
        list[str] | None,
        typer.Option("--skip", metavar="ID", help="Leave this event out for good; may be given several times."),
    ] = None,
) -> None:
    """Publish each change of the service's rows as an event, until SIGTERM."""
    project = load_project(config)
    console = console_of(context)
    _leave_out(project, console, service, tuple(skip or ()))
    account, stop = PublishingAccount(console), stopped_by_signals()
    if once:
        _publishing(project, service, account, stop, lambda: False, lasting=False).once()
        of = f" of {quantity(account.records, 'change')}: the others are of what no event tells"
        console.result(
            f"{service}: {quantity(account.events, 'event')} published{of if account.records > account.events else ''}"
        )
        return
    account.greeting = f"publishing {service}; end with SIGTERM"
    callbacks = EditCallbacks(account.edit_unreadable, account.edit_effective, account.trouble)
    edits = ProjectEdits(config, lambda project: publication_meaning(project, service), callbacks)
    account.begun = edits.prove
    edits.do(lambda project: _publishing(project, service, account, stop, edits.changed, lasting=True).run(), stop)
    console.note(f"stopped after {quantity(account.events, 'event')}; go on with: strangler events publish {service}")


def _publishing(
    project: Project,
    service: str,
    account: PublishingAccount,
    stop: Event,
    changed: Callable[[], bool],
    *,
    lasting: bool,
) -> Publishing:
    return Publishing(
        connect=lambda: publication_of(project, service, lasting=lasting),
        told=account.told,
        trouble=account.trouble,
        stop=stop,
        changed=changed,
    )


def _leave_out(project: Project, console: Console, service: str, events: Sequence[str]) -> None:
    """Record which events to leave out. If it is too late for one, only say so: the same command may be repeated."""
    if not events:
        return
    with migration_of(project, service) as migration:
        require_installed(migration)
        late = leave_out(migration, events)
    for event in events:
        if event in late:
            console.note(f"{event} is published already, or not in the journal any more: it is not left out")
    if left := [event for event in events if event not in late]:
        audit_log_of(project).record(service, "events publish", {"skip": " ".join(left)})


@events.command()
def status(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    metrics: Annotated[bool, typer.Option("--metrics", help="Print the text that Prometheus reads.")] = False,
    json: Json = False,
) -> None:
    """Show how far a service's events are published, and the state of their consumers."""
    project, console = load_project(config), console_of(context)
    with migration_of(project, service) as migration:
        require_installed(migration)
        state = publication_state(migration)
        consumers = consumer_accounts(migration)
        otherwise = is_published_otherwise(migration, state, publication_digest(project, migration))
    if metrics:
        known = [each.state for each in consumers.each if each.state is not None]
        console.result(f"{publisher_metrics({service: state})}{consumer_metrics(known, time.time())}".rstrip())
    elif json:
        figures = [each.figures() for each in consumers.each]
        unreached = consumers.server_unreached
        console.json(
            {"service": service, "published": state, "consumers": figures, "event_server_unreached": unreached}
        )
    else:
        behind = "nothing was published yet" if state.lag_seconds is None else f"{state.lag_seconds:.1f} s behind"
        looked = "" if state.looked_seconds is None else f"; the publisher looked {state.looked_seconds:.0f} s ago"
        console.result(f"{service}: {behind}, {quantity(state.waiting, 'change')} to publish{looked}")
        if state.stopped is not None:
            console.result(f"{service}: the publisher cannot go on: {state.stopped}")
        if otherwise:
            console.result(f"{service}: the publisher {PUBLISHED_OTHERWISE}")
        if state.replay is not None:
            console.result(
                f"{service}: the replay {state.replay} of every row has not ended; unless it is at work, go on with it:"
                f" strangler events replay {service} --rows"
            )
        for each in consumers.each:
            for line in each.lines(time.time()):
                console.result(f"{each.consumer}: {line}")
            if each.state is not None and each.state.last_error is not None:
                console.detail(f"{each.consumer}: last failure: {each.state.last_error}")
    if consumers.server_unreached is not None:
        console.note(f"how many events are not read is not known: {consumers.server_unreached}")
    if not consumers.all_reached:
        raise typer.Exit(ExitCode.ENVIRONMENT)
    if state.stopped is not None or consumers.any_put_back:
        raise typer.Exit(ExitCode.FINDINGS)


for one in (replay, parked, reset, prune, forget):
    events.command()(one)
