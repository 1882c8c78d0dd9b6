"""Whatever is sent twice, comes in another order, crashes or is cut off: consumers end where the last events are."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Database
from strangler_etl.engine.session import Session
from strangler_etl.streams.consumer import Consumer
from strangler_etl.streams.envelope import Event
from strangler_etl.streams.memory import CutOffError as TransportCutOffError
from strangler_etl.streams.memory import MemoryStream
from strangler_etl.streams.parking import Parking
from strangler_etl.streams.table import TableStream
from tests.etl.cutting import CutOffError, cut_off
from tests.etl.streams.published_case import REVIEWS, PublishedCase, drained, publication, published, told

_numbers = count(1)
_KEYS = "abcd"


class Account:
    """A handler that keeps the last value of each key, and how often it was called for each event."""

    def __init__(self, poison: frozenset[str] = frozenset()) -> None:
        self.poison = poison

    def __call__(self, session: Session, events: Sequence[Event]) -> None:
        """Write down the events, in the consumer's transaction."""
        for event in events:
            if event.id in self.poison:
                raise ValueError(event.id)
            session.execute("INSERT INTO seen VALUES (?, ?)", [event.subject, event.id])


@settings(max_examples=25)
@given(
    changes=st.lists(st.tuples(st.sampled_from(_KEYS), st.integers(0, 9)), min_size=1, max_size=30),
    seed=st.integers(0, 2**16),
    cuts=st.lists(st.integers(0, 40), max_size=6),
    poison=st.sets(st.integers(0, 29), max_size=3),
)
def test_a_consumer_ends_where_each_keys_last_event_is(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[tuple[str, int]],
    seed: int,
    cuts: list[int],
    poison: set[int],
) -> None:
    """Each event was handled once, each key in order; after a retry that is so of what had been parked as well."""
    events = [
        Event(f"v1-{number}", REVIEWS, "review_upserted", "/services/reviews", key, 0.0, f'{{"n":{value}}}')
        for number, (key, value) in enumerate(changes)
    ]
    feed = MemoryStream(seed=seed, duplicates=0.1, reordering=0.3, crashes=0.3)
    dice = random.Random(seed)
    url = _new_database(tmp_path_factory)
    account = Account(frozenset(f"v1-{number}" for number in poison))
    waiting, left = list(events), list(cuts)
    while waiting:
        part = waiting[: dice.randrange(1, 6)]
        try:
            feed.publish(part)
        except TransportCutOffError:
            pass
        else:
            del waiting[: len(part)]
        _step(url, feed, account, left.pop() if left else None)
    while _step(url, feed, account, None):
        pass
    parked = {event.id for event in events if event.id in account.poison}
    keys = {event.subject: [one.id for one in events if one.subject == event.subject] for event in events}
    first_poison = {key: next((one for one in ids if one in parked), None) for key, ids in keys.items()}
    with open_database(url) as database:
        assert _seen(database) == {
            key: ids[: ids.index(first)] if (first := first_poison[key]) else ids for key, ids in keys.items()
        }
        Parking(database, "all").retry()
    account.poison = frozenset()
    while _step(url, feed, account, None):
        pass
    with open_database(url) as database:
        assert _seen(database) == keys


def _new_database(folders: pytest.TempPathFactory) -> DatabaseUrl:
    path: Path = folders.getbasetemp() / f"once_{next(_numbers)}.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE seen (key TEXT, event TEXT)")
    connection.close()
    return DatabaseUrl(f"sqlite:///{path}")


def _step(url: DatabaseUrl, feed: MemoryStream, account: Account, cut: int | None) -> bool:
    """Let a consumer begin and take one step, as if it was killed at a statement; whether it has done anything."""
    with open_database(url) as database, pytest.MonkeyPatch.context() as patch:
        consumer = Consumer("all", database, feed, [REVIEWS], account, batch=7, tries=1)
        if cut is None:
            done = consumer.step()
            return bool(done.received or done.handled or done.parked)
        cut_off(database, cut, patch)
        with suppress(CutOffError):
            consumer.step()
        return True


def _seen(database: Database) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {
        str(key): [] for (key,) in database.rows("SELECT DISTINCT subject FROM strangler_inbox")
    }
    for key, event in database.rows("SELECT key, event FROM seen ORDER BY rowid"):
        found[str(key)].append(str(event))
    return found


@pytest.mark.postgres
def test_a_publisher_cut_off_at_any_statement_loses_and_doubles_nothing(published_case: PublishedCase) -> None:
    """With a table as the stream, each change is there once, in its order."""
    with published_case.installed():
        pass
    written = 0
    for number in count():
        written += 1
        published_case.write(f"INSERT INTO reviews_review (id, product_id, text, rating) VALUES ({written}, 1, 'r', 5)")
        with published_case.migration() as migration, ExitStack() as stack:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            publishing = publication(migration)
            # The same numbers for both: whichever comes to it first.
            for database in (migration.source, migration.target):
                cut_off(database, number, patch)
            try:
                drained(publishing)
            except CutOffError:
                continue
            break
    with published_case.migration() as migration:
        drained(publication(migration))
        assert [row[1] for row in told(published(TableStream(migration.target)))] == list(range(1, written + 1))
    assert written > 5
