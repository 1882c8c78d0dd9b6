"""The shop on PostgreSQL whose reviews and votes are published as a design document says."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from strangler.contracts.library_reader import read_library
from strangler.contracts.publishing.row_rendering import DocumentRenderer, document_renderer
from strangler.demo.postgres import PostgresServer
from strangler.model.events import EventTerms, PersonalData
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.migration import Migration
from strangler_etl.streams.envelope import Event, decode
from strangler_etl.streams.left_out import leave_out
from strangler_etl.streams.publication import Publication
from strangler_etl.streams.table import TableStream
from strangler_etl.streams.transport import Feed, Outlet
from tests.etl.reviews_case import POSTGRES_SOURCE, POSTGRES_TARGET, ROWS, ReviewsCase

TERMS = EventTerms(personal_data=PersonalData.PUBLISH)
REVIEWS, VOTES = "reviews.v0.review_event.json", "reviews.v0.vote_event.json"
_FIELDS: Mapping[str, str] = {
    "review": """
        { name: "id", type: "uuid" }, { name: "number", type: "long" }, { name: "product_id", type: "long" },
        { name: "body", type: "string" }, { name: "stars", type: "integer", minimum: 1, maximum: 5 }""",
    "vote": """
        { name: "id", type: "uuid" }, { name: "review_id", type: "uuid" },
        { name: "voter", type: "string", required: false, annotations: ["personal_data"] },
        { name: "value", type: "integer" }""",
}
_FIRST = '{ name: "event_id", type: "string" }, { name: "timestamp", type: "date-time-iso8601" }'


def document_text(fields: Mapping[str, str] = _FIELDS) -> str:
    """The design document, with these fields of the models."""
    models = "".join(
        f"{name}: {{ fields: [{text}] }},"
        + "".join(
            f'{name}_{what}: {{ fields: [{_FIRST}, {{ name: "{name}", type: "{name}" }}] }},'
            for what in ("upserted", "deleted")
        )
        for name, text in fields.items()
    )
    unions = "".join(
        f'{name}_event: {{ discriminator: "discriminator",'
        f' types: [{{ type: "{name}_upserted" }}, {{ type: "{name}_deleted" }}] }},'
        for name in fields
    )
    streams = "".join(f'{name}_event: {{ stream: "reviews.v0.{name}_event.json" }},' for name in fields)
    return (
        '{ name: "reviews", namespace: "reviews.v0", version: "0.1.0",'
        f" models: {{ {models} }}, unions: {{ {unions} }}, events: {{ {streams} }} }}"
    )


def renderer_of(
    migration: Migration, terms: EventTerms = TERMS, fields: Mapping[str, str] = _FIELDS
) -> DocumentRenderer:
    """The renderer of the document for the tables of the service."""
    path = Path("design/reviews.json5")
    library = read_library({"reviews": path}, (), lambda _: document_text(fields))
    tables = {
        table.target.name: frozenset(column.target for column in table.columns) for table in migration.mapping.owned
    }
    return document_renderer("reviews", library.document("reviews"), library, terms, tables)


class PublishedCase(ReviewsCase):
    """The shop, with what is published of it."""

    @contextmanager
    def installed(self) -> Generator[Migration]:
        """A migration with journals, nothing copied."""
        with self.migration() as migration:
            migration.install()
            yield migration

    def write(self, *statements: str) -> None:
        """Let the monolith write, each statement in a transaction of its own."""
        for statement in statements:
            self.monolith.execute(statement)


def publication(
    migration: Migration, outlet: Outlet | None = None, *skipped: str, terms: EventTerms = TERMS
) -> Publication:
    """A publication into the table of the service's own database, if no other stream is given.

    Events that are `skipped` are left out for good.
    """
    leave_out(migration, skipped)
    return Publication(migration, renderer_of(migration, terms), outlet or TableStream(migration.target))


def drained(publication: Publication) -> int:
    """Publish all there is; return how many events that were."""
    events = 0
    while True:
        done = publication.round()
        events += done.events
        if not done.more:
            return events


def published(feed: Feed, stream: str = REVIEWS) -> list[Event]:
    """All events of a stream, as often as they are there."""
    return [decode(message.text) for message in feed.read(stream, 0, 1_000_000)]


def told(events: list[Event], thing: str = "review") -> list[tuple[object, ...]]:
    """Of each event which it is, and what it says: the values of the row but its key."""
    rows: list[tuple[object, ...]] = []
    for event in events:
        row = json.loads(event.data)[thing]
        rows.append((event.type.removeprefix(f"{thing}_"), *(row[name] for name in row if name != "id")))
    return rows


@pytest.fixture
def published_case(postgres: PostgresServer) -> Generator[PublishedCase]:
    """The shop on PostgreSQL, nothing installed."""
    urls = [DatabaseUrl(postgres.create_database(f"published_{side}")) for side in ("source", "target")]
    for url, script in zip(urls, (POSTGRES_SOURCE + ROWS, POSTGRES_TARGET), strict=True):
        with open_database(url) as database:
            database.execute(script)
    opened = PublishedCase(*urls)
    yield opened
    opened.close()
