"""Whether a service's events reach those who consume them: by what publisher and consumers have noted themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from strangler.model.errors import UnavailableError
from strangler.model.events import EVENT_TERMS
from strangler.model.quantity import quantity
from strangler.secret import Reference
from strangler_etl.connection import open_database
from strangler_etl.examination.finding import Finding, ok, problem, warning
from strangler_etl.migration import Migration
from strangler_etl.streams import inbox_tables
from strangler_etl.streams.backlog import said_of_put_back
from strangler_etl.streams.parking import ConsumerState, Parking, new_consumer
from strangler_etl.streams.publication_state import PublicationState, publication_state
from strangler_etl.streams.table import TableStream

SILENT_SECONDS = 60.0
"""A publisher looks each second, a consumer notes every ten that it was there: after so long it is gone."""
LATE_SECONDS = 60.0


def event_findings(migration: Migration, environment: Mapping[str, str], now: float) -> Iterator[Finding]:
    """What is found of a service's events, nothing where it has none; `now` in seconds since 1970."""
    service = migration.service
    databases = (migration.source, migration.target)
    if not all(one.journal.images and one.installed for one in databases):
        return
    state = publication_state(migration)
    is_asked_for = bool(service.consumers or service.event_server) or service.events != EVENT_TERMS
    if state.lag_seconds is None and not is_asked_for:
        return
    yield from _publisher(service.name, state)
    for name, reference in sorted(service.consumers.items()):
        yield from _consumer(migration, name, reference, environment, now)


def consumer_state(name: str, reference: Reference, environment: Mapping[str, str]) -> ConsumerState:
    """How a consumer is by its inbox, which may not be there yet."""
    with open_database(reference.database_url(environment)) as database:
        return Parking(database, name).state() if inbox_tables.installed(database) else new_consumer(name)


def _publisher(service: str, state: PublicationState) -> Iterator[Finding]:
    publish = f"strangler events publish {service}"
    if state.stopped is not None:
        yield problem("events", f"the publisher can not go on: {state.stopped}", f"then: {publish}")
    elif state.lag_seconds is None:
        yield warning("events", f"nothing was published yet, and {_changes(state)}", f"start: {publish}")
    elif state.looked_seconds is not None and state.looked_seconds > SILENT_SECONDS:
        silent = f"the publisher has looked {state.looked_seconds:.0f} s ago, and each second while it runs"
        yield problem("events", f"{silent}; {_changes(state)}", f"start it again: {publish}")
    elif state.lag_seconds > LATE_SECONDS:
        late = f"the publisher is {state.lag_seconds:.0f} s behind: {_changes(state)}"
        yield warning("events", late, f"see what it waits for: {publish}")
    else:
        yield ok("events", f"{state.lag_seconds:.1f} s behind, {_changes(state)}")
    if state.replay is not None:
        mend = f"unless it is at work, go on with it: strangler events replay {service} --rows"
        yield warning("events", f"the replay {state.replay} of every row has not ended", mend)


def _changes(state: PublicationState) -> str:
    return f"{quantity(state.waiting, 'change')} to publish"


def _consumer(
    migration: Migration, name: str, reference: Reference, environment: Mapping[str, str], now: float
) -> Iterator[Finding]:
    title = f"consumer {name}"
    try:
        state = consumer_state(name, reference, environment)
    except UnavailableError as error:
        yield problem(title, f"its database is not reached: {error.what}", error.remedy or "start it")
        return
    if state.seen is None and not state.positions:
        yield warning(
            title,
            "has never run",
            f"start it, then: strangler events replay {migration.service.name} --rows --to {name}",
        )
        return
    # A server of streams is not asked here: `events status` does that.
    back = () if migration.service.event_server else said_of_put_back(TableStream(migration.target), state)
    if back:
        yield problem(title, back[0], f"end it, then: strangler events reset {name}")
        return
    if state.parked:
        behind = f", and {quantity(state.waiting, 'event')} wait" if state.waiting else ""
        found = f"could not handle {quantity(state.parked, 'event')}{behind}"
        yield problem(title, found, f"see why: strangler events parked {name}")
    if state.seen is not None and now > state.seen + SILENT_SECONDS:
        yield problem(
            title, f"has asked for events {now - state.seen:.0f} s ago, and does every 10 s", "start it again"
        )
    elif not state.parked:
        yield ok(title, f"{quantity(state.waiting, 'event')} waiting, {state.handled:,} handled")
