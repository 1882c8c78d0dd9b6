"""Whether a service's events reach their consumers, by what publisher and consumers have recorded themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from strangler.model.errors import ConfigurationError, UnavailableError
from strangler.model.events import EVENT_TERMS
from strangler.model.quantity import quantity
from strangler.planner.event_streams import streams_of
from strangler.secret import Reference
from strangler_etl.connection import open_database
from strangler_etl.examination.finding import Finding, ok, problem, warning
from strangler_etl.migration import Migration
from strangler_etl.records.publications import published_by
from strangler_etl.streams import inbox_tables
from strangler_etl.streams.backlog import said_of_put_back
from strangler_etl.streams.parking import ConsumerState, Parking, new_consumer
from strangler_etl.streams.publication_state import PublicationState, publication_state
from strangler_etl.streams.table import TableStream
from strangler_etl.streams.transport import Feed

SILENT_SECONDS = 60.0
"""A publisher looks every second, a consumer records its presence every ten: after this long it is gone."""
LATE_SECONDS = 60.0
PUBLISHED_OTHERWISE = (
    "works by another mapping or document than the files and the tables give now; it takes an edit up within seconds"
)
_ANSWER_SECONDS = 5.0
"""How long a status command waits for an answer of a stream server."""


def event_findings(
    migration: Migration, environment: Mapping[str, str], now: float, digest: str | None = None
) -> Iterator[Finding]:
    """What is found of a service's events, nothing where it has none; `now` in seconds since 1970.

    The `digest` is that of what a publisher would publish by that began now; None where that is not known.
    """
    service = migration.service
    databases = (migration.source, migration.target)
    if not all(one.journal.images and one.installed for one in databases):
        return
    state = publication_state(migration)
    is_asked_for = bool(service.consumers or service.event_server) or service.events != EVENT_TERMS
    if state.lag_seconds is None and not is_asked_for:
        return
    yield from _publisher(service.name, state)
    if is_published_otherwise(migration, state, digest):
        mend = f"wait, or end it and start it again: strangler events publish {service.name}"
        yield warning("events", f"the publisher {PUBLISHED_OTHERWISE}", mend)
    yield from _consumers(migration, environment, now)


def is_published_otherwise(migration: Migration, state: PublicationState, digest: str | None) -> bool:
    """Whether a publisher runs that works by something else than has this digest."""
    if digest is None or state.looked_seconds is None or state.looked_seconds > SILENT_SECONDS:
        return False
    return published_by(migration.target, migration.service.name) not in {None, digest}


def consumer_state(name: str, reference: Reference, environment: Mapping[str, str]) -> ConsumerState:
    """The state of a consumer by its inbox, which may not exist yet."""
    with open_database(reference.database_url(environment)) as database:
        return Parking(database, name).state() if inbox_tables.installed(database) else new_consumer(name)


def _publisher(service: str, state: PublicationState) -> Iterator[Finding]:
    publish = f"strangler events publish {service}"
    if state.stopped is not None:
        yield problem("events", f"the publisher cannot go on: {state.stopped}", f"then: {publish}")
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


def _consumers(migration: Migration, environment: Mapping[str, str], now: float) -> Iterator[Finding]:
    """The state of the declared consumers; a stream server that is not reached is a finding of its own."""
    if migration.service.event_server is None:
        yield from _each_consumer(migration, TableStream(migration.target), environment, now)
        return
    try:
        with streams_of(migration, environment, _ANSWER_SECONDS) as feed:
            feed.streams()
            found = [*_each_consumer(migration, feed, environment, now)]
    except (UnavailableError, ConfigurationError) as error:
        yield problem("event server", f"not reached: {error.where}: {error.what}", error.remedy or "start it")
        found = [*_each_consumer(migration, None, environment, now)]
    except ModuleNotFoundError as error:
        yield problem("event server", f"not asked: {error.name} is not installed", "pip install 'strangler[nats]'")
        found = [*_each_consumer(migration, None, environment, now)]
    yield from found


def _each_consumer(
    migration: Migration, feed: Feed | None, environment: Mapping[str, str], now: float
) -> Iterator[Finding]:
    for name, reference in sorted(migration.service.consumers.items()):
        try:
            state = consumer_state(name, reference, environment)
        except UnavailableError as error:
            mend = error.remedy or "start it"
            yield problem(f"consumer {name}", f"its database is not reached: {error.what}", mend)
            continue
        back = said_of_put_back(feed, state) if feed is not None and state.marks else ()
        yield from _consumer(migration.service.name, state, back, now)


def _changes(state: PublicationState) -> str:
    return f"{quantity(state.waiting, 'change')} to publish"


def _consumer(service: str, state: ConsumerState, back: Sequence[str], now: float) -> Iterator[Finding]:
    """The state of a consumer; `back` says which of its streams were restored."""
    name, title = state.consumer, f"consumer {state.consumer}"
    if state.seen is None and not state.positions:
        yield warning(title, "has never run", f"start it, then: strangler events replay {service} --rows --to {name}")
        return
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
