"""A consumer: every event handled once, in the order of its key, whatever is sent twice, fails or is killed."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event as Flag

import pytest

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Database
from strangler_etl.engine.session import Session
from strangler_etl.streams.backlog import backlog, said_of_missing
from strangler_etl.streams.consumer import Consumer, Handler, RetryLaterError
from strangler_etl.streams.envelope import Event
from strangler_etl.streams.errors import ConsumerNameError, StreamPutBackError, UnknownEventError
from strangler_etl.streams.inbox_tables import remove_days
from strangler_etl.streams.memory import MemoryStream
from strangler_etl.streams.metrics import consumer_metrics
from strangler_etl.streams.parking import Parking
from strangler_etl.streams.transport import Message

STREAM = "reviews.v0.review_event.json"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
DAY = 86_400.0


@pytest.fixture(params=[pytest.param("postgres", marks=pytest.mark.postgres), "sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Database]:
    """The database of a consumer on each engine, with a table of what it has handled."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_database")
    else:
        sqlite3.connect(tmp_path / "consumer.sqlite3").close()
        url = f"sqlite:///{tmp_path}/consumer.sqlite3"
    with open_database(DatabaseUrl(url)) as opened:
        opened.execute("CREATE TABLE done (event text, subject text, data text)")
        yield opened


def event(number: int, subject: str = "a") -> Event:
    """The event of this number."""
    return Event(f"v1-1-{number}", STREAM, "review_upserted", "/services/reviews", subject, NOW, f'{{"n":{number}}}')


def write_down(session: Session, events: Sequence[Event]) -> None:
    """Note what was handled, in the consumer's own tables."""
    mark = session.placeholder
    for one in events:
        session.execute(f"INSERT INTO done VALUES ({mark}, {mark}, {mark})", [one.id, one.subject, one.data])


class Refusing:
    """A handler that fails at some events, by their ids."""

    def __init__(self, *refused: str) -> None:
        self.refused = {*refused}
        self.calls = 0

    def __call__(self, session: Session, events: Sequence[Event]) -> None:
        """Write down what came, then fail, so that what is written has to be undone."""
        self.calls += 1
        write_down(session, events)
        if found := [one.id for one in events if one.id in self.refused]:
            raise ValueError(f"no {', '.join(found)}")


def done(database: Database) -> list[str]:
    """The ids of the events that were handled, in their order."""
    order = "ctid" if database.dialect == "postgres" else "rowid"
    return [str(one) for (one,) in database.rows(f"SELECT event FROM done ORDER BY {order}")]


def consumer(database: Database, feed: MemoryStream, handle: Handler = write_down, **terms: int) -> Consumer:
    """A consumer of the one stream; the time stands still."""
    return Consumer("search", database, feed, [STREAM], handle, now=lambda: NOW, **terms)


def test_an_event_is_handled_once_however_often_it_comes(database: Database) -> None:
    """Also when the consumer begins again, and when it comes twice at once."""
    feed = MemoryStream()
    feed.publish([event(1), event(2), event(1)])
    assert consumer(database, feed).step().handled == 2
    feed.publish([event(2), event(3)])
    assert consumer(database, feed).step().handled == 1
    assert done(database) == ["v1-1-1", "v1-1-2", "v1-1-3"]


def test_a_poison_message_is_parked_and_what_is_behind_it_waits(database: Database) -> None:
    """Other keys go on; of its own key nothing is handled in another order."""
    feed, handle = MemoryStream(), Refusing("v1-1-2")
    feed.publish([event(1), event(2), event(3, "b"), event(4), event(5, "c")])
    searching = consumer(database, feed, handle)
    found = searching.step()
    assert (found.received, found.handled, found.parked, found.failed) == (5, 3, 1, "ValueError: no v1-1-2")
    assert done(database) == ["v1-1-1", "v1-1-3", "v1-1-5"]
    feed.publish([event(6), event(7, "b")])
    assert searching.step().handled == 1
    parking = Parking(database, "search")
    (parked,) = parking.parked()
    assert (parked.id, parked.subject, parked.behind) == ("v1-1-2", "a", 2)
    assert "ValueError: no v1-1-2" in parked.error


def test_what_was_parked_is_handled_before_what_waits_behind_it(database: Database) -> None:
    """Once the handler is mended."""
    feed, handle = MemoryStream(), Refusing("v1-1-1")
    feed.publish([event(1), event(2)])
    searching = consumer(database, feed, handle)
    searching.step()
    handle.refused.clear()
    assert Parking(database, "search").retry("v1-1-1") == 1
    assert searching.step().handled == 2
    assert done(database) == ["v1-1-1", "v1-1-2"]


def test_what_was_dropped_lets_the_others_go_on(database: Database) -> None:
    """And is not handled when it comes again."""
    feed = MemoryStream()
    feed.publish([event(1), event(2)])
    searching = consumer(database, feed, Refusing("v1-1-1"))
    searching.step()
    assert Parking(database, "search").drop() == 1
    feed.publish([event(1)])
    searching.step()
    assert done(database) == ["v1-1-2"]
    with pytest.raises(UnknownEventError, match="events parked search"):
        Parking(database, "search").retry("v1-1-1")


def test_a_batch_is_taken_apart_by_halves(database: Database) -> None:
    """One bad event of many costs few calls of the handler."""
    feed, handle = MemoryStream(), Refusing("v1-1-77")
    feed.publish([event(number, str(number)) for number in range(1, 129)])
    assert consumer(database, feed, handle).step().handled == 127
    assert handle.calls <= 1 + 2 * 7 + 2


def test_nothing_is_parked_when_the_handler_asks_for_later(database: Database) -> None:
    """What it needs is away: no event is at fault."""
    feed = MemoryStream()
    feed.publish([event(1)])

    def away(session: Session, events: Sequence[Event]) -> None:
        write_down(session, events)
        raise RetryLaterError("search engine away")

    with pytest.raises(RetryLaterError):
        consumer(database, feed, away).step()
    assert (done(database), Parking(database, "search").parked()) == ([], [])
    assert consumer(database, feed).step().handled == 1


def test_a_handler_that_fails_at_everything_parks_no_more_than_allowed(database: Database) -> None:
    """It is the handler then, and parking would only reorder all that comes."""
    feed = MemoryStream()
    feed.publish([event(number, str(number)) for number in range(10)])
    refusing = Refusing(*(f"v1-1-{number}" for number in range(10)))
    with pytest.raises(RetryLaterError, match="3 events are parked already"):
        consumer(database, feed, refusing, most_parked=3).step()
    assert len(Parking(database, "search").parked()) == 3


def test_two_processes_of_a_consumer_handle_an_event_once(database: Database) -> None:
    """Both may have read it before one of them was done."""
    feed = MemoryStream()
    feed.publish([event(1), event(2)])
    second = consumer(database, feed)

    first = consumer(database, feed)
    first.receive()
    arrived = first.inbox.waiting(10)
    second.step()
    assert first.inbox.still_waiting(arrived) == []
    assert first.step().handled == 0
    assert done(database) == ["v1-1-1", "v1-1-2"]


def test_what_another_process_has_parked_holds_back_its_key(database: Database) -> None:
    """Also what this process had read before, and waited to handle."""
    feed = MemoryStream()
    feed.publish([event(1), event(2), event(3, "b")])
    slow = consumer(database, feed)
    slow.receive()
    arrived = slow.inbox.waiting(10)
    slow.inbox.park(arrived[0], "no")
    assert [one.event.id for one in slow.inbox.still_waiting(arrived)] == ["v1-1-3"]


def test_what_another_process_has_handled_is_not_parked(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be handled again when it is tried again."""
    feed = MemoryStream()
    feed.publish([event(1)])
    failing = consumer(database, feed, Refusing("v1-1-1"), tries=1)
    note_failure = failing.inbox.note_failure

    def meanwhile(error: str) -> None:
        note_failure(error)
        failing.inbox.mark_handled(failing.inbox.waiting(10))

    monkeypatch.setattr(failing.inbox, "note_failure", meanwhile)
    assert failing.step().parked == 0
    assert Parking(database, "search").parked() == []


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_a_handler_that_ends_the_transaction_has_handled_nothing(database: Database, end: str) -> None:
    """What it did may be undone: noted as handled, the event would be lost."""
    feed = MemoryStream()
    feed.publish([event(1)])

    def ending(session: Session, events: Sequence[Event]) -> None:
        write_down(session, events)
        session.execute(end)

    found = consumer(database, feed, ending, tries=1).step()
    assert (found.handled, found.parked) == (0, 1)
    feed.publish([event(2, "b")])
    assert consumer(database, feed).step().handled == 1


def test_two_streams_may_have_the_same_id(database: Database) -> None:
    """Each service numbers its own changes: an event is known by its stream as well."""
    other = "orders.v0.order_event.json"
    feed = MemoryStream()
    feed.publish([event(1), replace(event(1), stream=other)])
    both = Consumer("search", database, feed, [STREAM, other], write_down, now=lambda: NOW)
    assert both.step().handled == 2
    feed.publish([event(1), replace(event(1), stream=other)])
    assert both.step().handled == 0


def test_what_no_database_can_keep_does_not_stop_a_stream(database: Database) -> None:
    """PostgreSQL has no NUL in a text."""

    class Binary(MemoryStream):
        def read(self, stream: str, after: int, most: int) -> Sequence[Message]:
            return [replace(one, text="\0") if one.position == 1 else one for one in super().read(stream, after, most)]

    feed = Binary()
    feed.publish([event(1), replace(event(2), subject="a\0"), event(3)])
    assert consumer(database, feed).step().handled == 1
    assert [one.id for one in Parking(database, "search").parked()] == [f"{STREAM}/1", f"{STREAM}/2"]


def test_what_is_no_event_is_parked_and_nothing_waits_for_it(database: Database) -> None:
    """A message nobody can read must not stop a stream, nor be lost."""

    class Garbled(MemoryStream):
        def read(self, stream: str, after: int, most: int) -> Sequence[Message]:
            return [replace(one, text="?") if one.position == 1 else one for one in super().read(stream, after, most)]

    feed = Garbled()
    feed.publish([event(1), event(2)])
    assert consumer(database, feed).step().handled == 1
    parking = Parking(database, "search")
    assert parking.parked()[0].id == f"{STREAM}/1"
    assert parking.retry() == 0
    assert parking.drop() == 1


def test_a_replay_is_handled_again_and_only_by_whom_it_is_for(database: Database) -> None:
    """It has the same id; what was asked for again is not dropped as known."""
    feed = MemoryStream()
    feed.publish([event(1), replace(event(1), replay="r1"), replace(event(1), replay="r1")])
    feed.publish([replace(event(1), replay="r2", recipient="mail"), replace(event(2), recipient="search")])
    assert consumer(database, feed).step().handled == 3
    assert done(database) == ["v1-1-1", "v1-1-1", "v1-1-2"]


def test_old_days_are_removed_but_for_what_is_not_handled(database: Database) -> None:
    """What is parked must not vanish with its day."""
    feed = MemoryStream()
    feed.publish([event(1)])
    times = iter([NOW - 20 * DAY])
    Consumer("search", database, feed, [STREAM], write_down, now=lambda: next(times, NOW - 20 * DAY)).step()
    feed.publish([event(2)])
    Consumer("search", database, feed, [STREAM], Refusing("v1-1-2"), now=lambda: NOW - 19 * DAY).step()
    feed.publish([event(3)])
    searching = consumer(database, feed)
    searching.step()
    searching.remove_old()
    left = database.rows(f"SELECT event_id FROM {database.own('inbox')} ORDER BY event_id")
    assert left == [("v1-1-2",), ("v1-1-3",)]
    assert remove_days(database, date(2027, 1, 1)) in ([], [date(2026, 11, 30)])


@pytest.mark.postgres
def test_old_days_are_removed_while_others_handle_events(postgres_database: str) -> None:
    """Neither waits for what the other has."""
    feed = MemoryStream()
    feed.publish([event(1)])
    with open_database(DatabaseUrl(postgres_database)) as own, open_database(DatabaseUrl(postgres_database)) as other:
        own.execute("CREATE TABLE done (event text, subject text, data text)")
        Consumer("search", own, feed, [STREAM], write_down, now=lambda: NOW - 20 * DAY).step()
        with ThreadPoolExecutor(1) as pool:
            with other.transaction():
                other.execute("LOCK TABLE ONLY strangler.inbox IN ROW EXCLUSIVE MODE")
                removal = pool.submit(remove_days, own, date(2026, 11, 20))
                while not other.rows("SELECT 1 FROM pg_locks WHERE NOT granted"):
                    pass
                assert other.rows("SELECT count(*) FROM strangler.inbox_20261110") == [(1,)]
            assert removal.result() == [date(2026, 11, 10)]


def test_what_is_no_event_does_not_hide_how_old_the_others_are(database: Database) -> None:
    """It has no time, and may stand before them for long."""

    class Garbled(MemoryStream):
        def read(self, stream: str, after: int, most: int) -> Sequence[Message]:
            return [replace(one, text="?") if one.position == 1 else one for one in super().read(stream, after, most)]

    feed = Garbled()
    feed.publish([event(1), event(2)])
    consumer(database, feed).receive()
    assert Parking(database, "search").state().oldest == NOW


def test_how_a_consumer_is_stands_in_its_metrics(database: Database) -> None:
    """What is parked, how often the handler failed, and how old the oldest event is that is not handled."""
    feed = MemoryStream()
    feed.publish([event(1), event(2, "b")])
    consumer(database, feed, Refusing("v1-1-1"), tries=1).step()
    text = consumer_metrics([Parking(database, "search").state()], NOW + 60)
    for line in (
        'strangler_events_handled_total{consumer="search"} 1',
        'strangler_events_parked{consumer="search"} 1',
        'strangler_event_failures_total{consumer="search"} 2',
        'strangler_event_lag_seconds{consumer="search"} 60',
    ):
        assert line in text.splitlines()


def test_a_stream_that_is_not_there_is_said_at_once(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """With the name that was meant; the consumer goes on, since the first event may be yet to come."""
    feed, stop = MemoryStream(), Flag()
    feed.publish([replace(event(1), stream=f"production.{STREAM}")])
    consumer(database, feed).run(stop, lambda _: stop.set())
    expected = f"consumer search: there is no event in the stream {STREAM}: did you mean production.{STREAM}?"
    assert [record.getMessage() for record in caplog.records] == [expected]
    state = Parking(database, "search").state()
    assert (state.seen, state.streams) == (NOW, (STREAM,))


def test_a_stream_that_is_followed_already_is_not_the_one_that_was_meant() -> None:
    """It has a name of its own, and no event yet."""
    there = ["production.pools.v0.resource_pool_event.json"]
    followed = ["production.pools.v0.resource_event.json", *there]
    assert said_of_missing(followed, there) == [f"there is no event in the stream {followed[0]}: there are {there[0]}"]


def test_a_stream_that_was_put_back_is_told_before_anything_of_it_is_passed_over(database: Database) -> None:
    """Its next events have numbers that were read, and perhaps ids that are known: begun anew, all are handled."""
    feed, back = MemoryStream(), MemoryStream()
    feed.publish([event(1), event(2), event(3)])
    assert consumer(database, feed).step().handled == 3
    at_work = consumer(database, back)
    with pytest.raises(StreamPutBackError, match=r"it is not there any more.*replay SERVICE --rows, with the service"):
        at_work.step()
    back.publish([event(1), replace(event(2), data='{"n":-2}')])
    with pytest.raises(StreamPutBackError, match=r"it ends at 2, and was read up to 3.*events replay reviews --rows$"):
        at_work.step()
    back.publish([event(4), event(5)])
    with pytest.raises(StreamPutBackError, match=r"another event stands at 3.*strangler events reset search"):
        at_work.step()
    behind = backlog(back, Parking(database, "search").state(), all_are_its=True)
    said = f"{STREAM} was put back, or made anew, since it was read: another event stands at 3"
    assert (behind.unread, behind.put_back) == (None, (said,))
    assert done(database) == ["v1-1-1", "v1-1-2", "v1-1-3"]
    at_work.inbox.begin_anew()
    assert at_work.step().handled == 4
    assert database.rows("SELECT data FROM done WHERE event = 'v1-1-2'") == [('{"n":2}',), ('{"n":-2}',)]


def test_an_inbox_of_an_older_release_gets_what_it_lacks(database: Database) -> None:
    """Nobody is told when its consumer was there, until that has begun again."""
    feed = MemoryStream()
    consumer(database, feed).step()
    for table in ("inbox_visit", "inbox_mark"):
        database.execute(f"DROP TABLE {database.own(table)}")
    assert Parking(database, "search").state().seen is None
    consumer(database, feed).step()
    assert Parking(database, "search").state().seen == NOW


def test_a_stream_of_another_service_was_not_put_back(database: Database) -> None:
    """One consumer may read streams of two services, each with a table of its own."""
    first, second = MemoryStream(), MemoryStream()
    first.publish([event(1)])
    second.publish([replace(event(2), stream="other")])
    consumer(database, first).step()
    Consumer("search", database, second, ["other"], Refusing()).step()
    state = Parking(database, "search").state()
    assert {*state.marks} == {STREAM, "other"}
    assert [backlog(feed, state, all_are_its=True).put_back for feed in (first, second)] == [(), ()]


def test_two_programs_of_one_name_are_told_apart_by_what_they_follow(database: Database) -> None:
    """Each would handle the events of the other; one more process of the same program is welcome, and who has ended."""
    feed, other = MemoryStream(), "catalog.v0.product_event.json"
    feed.publish([event(1), replace(event(2), stream=other)])
    first = Consumer("search", database, feed, [STREAM], write_down, now=lambda: NOW)
    assert first.step().handled == 1
    second = Consumer("search", database, feed, [other], write_down, now=lambda: NOW + 5)
    with pytest.raises(ConsumerNameError, match=f"a program of this name follows {STREAM}, and none of the streams"):
        second.step()
    assert database.rows("SELECT count(*) FROM done") == [(1,)]
    assert Consumer("search", database, feed, [STREAM, other], write_down, now=lambda: NOW + 5).step().handled == 1
    assert Consumer("search", database, feed, [other], write_down, now=lambda: NOW + 60).step().handled == 0
