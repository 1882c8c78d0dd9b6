"""Where the events of a service are published: a table of its database, or a server."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from strangler.secret import mask_url
from strangler_etl.migration import Migration
from strangler_etl.streams.table import TableStream
from strangler_etl.streams.transport import Transport


@contextmanager
def streams_of(
    migration: Migration, environment: Mapping[str, str], answer_seconds: float | None = None
) -> Generator[Transport]:
    """The streams of a service; a server is given `answer_seconds` for each answer.

    Raises UnavailableError where the server is not reached, ConfigurationError where the environment does not name it,
    and ModuleNotFoundError without its client.
    """
    server = migration.service.event_server
    if server is None:
        yield TableStream(migration.target)
        return
    from strangler_etl.streams.nats import ANSWER_SECONDS, NatsStream  # noqa: PLC0415 - its client is an extra

    url = server.resolve(environment)
    with NatsStream(url, mask_url(url), answer_seconds or ANSWER_SECONDS) as outlet:
        yield outlet
