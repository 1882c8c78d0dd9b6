"""Rows that go without a record: consumers are told, so that nobody keeps them for ever."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import count

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler.model.events import UnfitEventError
from strangler_etl.errors import JournalError
from strangler_etl.following.follower import apply_forward
from strangler_etl.following.pruning import prune
from strangler_etl.migration import Migration
from strangler_etl.streams import publication as publication_module
from strangler_etl.streams import rows_replay
from strangler_etl.streams.envelope import Event
from strangler_etl.streams.errors import EventGapError, UnpublishableError
from strangler_etl.streams.publication_state import publication_state
from strangler_etl.streams.replay import Replay
from strangler_etl.streams.replay_terms import Replayed, ReplayTerms
from strangler_etl.streams.table import TableStream
from tests.etl.copied_case import copied, key_of, verified
from tests.etl.cutting import CutOffError, cut_off
from tests.etl.putting_back import backed_up, put_back
from tests.etl.streams.published_case import REVIEWS, VOTES, PublishedCase, drained, publication, published, told

pytestmark = pytest.mark.postgres

_replays = count(1)
_KEYS = (1, 2, 3)
WRITES = (
    *(
        f"INSERT INTO reviews_review (id, product_id, text, rating) VALUES ({key}, 1, 'r', 1)"
        " ON CONFLICT (id) DO UPDATE SET rating = reviews_review.rating % 5 + 1"
        for key in _KEYS
    ),
    *(f"DELETE FROM reviews_review WHERE id = {key}" for key in _KEYS),
    "TRUNCATE reviews_review CASCADE",
)


def known(events: list[Event]) -> dict[str, object]:
    """What a consumer has that did what the events say, one after the other."""
    rows: dict[str, object] = {}
    for event in events:
        if event.type.endswith("_deleted"):
            rows.pop(event.subject, None)
        else:
            rows[event.subject] = event.body()["review"]
    return rows


def rows_of(case: PublishedCase) -> dict[str, tuple[object, ...]]:
    """What the monolith has, by the keys of the service."""
    found = case.monolith.rows("SELECT id, rating FROM reviews_review")
    return {key_of(int(str(number))): (number, rating) for number, rating in found}


def replayed_rows(migration: Migration, recipient: str | None = None) -> Replayed:
    """Publish every row that is there."""
    stream = TableStream(migration.target)
    asked = ReplayTerms(f"rows-{next(_replays)}", rows=True, recipient=recipient)
    return Replay(migration, publication(migration, stream), stream).run(asked)


_writes = st.sampled_from(WRITES)
_steps = st.one_of(
    st.tuples(st.just("write"), _writes),
    st.tuples(st.just("unseen"), _writes),
    st.tuples(st.just("publish"), st.none()),
    st.tuples(st.just("cut"), st.integers(0, 60)),
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_steps, max_size=12))
def test_consumers_end_with_the_rows_that_are_there(
    published_case: PublishedCase, steps: list[tuple[str, str | int | None]]
) -> None:
    """Whatever was written, also by TRUNCATE and while the journal saw nothing, and at whatever statement it was cut.

    Only a gap asks for every row again.

    One stream for all examples: what one leaves behind the next begins with.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_replay, "_AT_ONCE", 1)
        patch.setattr(publication_module, "_RECORDS_AT_ONCE", 2)
        with published_case.installed():
            pass
        for step, what in steps:
            if step == "write":
                published_case.write(str(what))
            elif step == "unseen":
                _write_unseen(published_case, str(what))
            else:
                _published_until_cut(published_case, int(what or 0) if step == "cut" else None)
        with published_case.migration() as migration:
            try:
                drained(publication(migration))
            except EventGapError:
                replayed_rows(migration)
                drained(publication(migration))
            found = known(published(TableStream(migration.target)))
    assert {key: (row["number"], row["stars"]) for key, row in found.items() if isinstance(row, dict)} == rows_of(
        published_case
    )


def _write_unseen(case: PublishedCase, statement: str) -> None:
    """Let the monolith write what its journal does not see, which leaves a gap."""
    with case.monolith.transaction(applying=True):
        case.write(
            statement, "INSERT INTO strangler.journal_gap (table_name, reason) VALUES ('reviews_review', 'unseen')"
        )


def _published_until_cut(case: PublishedCase, cut: int | None) -> None:
    """Publish, and every row where that is asked for, as if killed at a statement."""
    with case.migration() as migration, pytest.MonkeyPatch.context() as patch, suppress(CutOffError):
        if cut is not None:
            cut_off(migration.target, cut, patch)
        try:
            drained(publication(migration))
        except EventGapError:
            if cut is not None:
                replayed_rows(migration)


def test_rows_deleted_by_truncate_are_told_one_by_one(
    published_case: PublishedCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that consumers know, in parts, each once; and of a table that nobody publishes nothing."""
    monkeypatch.setattr(publication_module, "_RECORDS_AT_ONCE", 2)
    values = ", ".join(f"({number}, 1, 'r', 5)" for number in range(1, 6))
    insert = f"INSERT INTO reviews_review (id, product_id, text, rating) VALUES {values}"
    with published_case.installed() as migration:
        published_case.write(insert, "TRUNCATE reviews_review CASCADE", insert.replace(", 5)", ", 4)"))
        drained(publication(migration))
        events = published(TableStream(migration.target))
        assert [row[:2] for row in told(events)] == [
            *(("upserted", number) for number in range(1, 6)),
            *(("deleted", number) for number in sorted(range(1, 6), key=key_of)),
            *(("upserted", number) for number in range(1, 6)),
        ]
        assert len({event.id for event in events}) == 15
        assert published(TableStream(migration.target), VOTES) == []


def test_one_partition_emptied_is_not_taken_for_all(published_case: PublishedCase) -> None:
    """It is journaled under the table's name, which stops the publisher; every row again lets it go on."""
    published_case.write(
        "DROP TABLE reviews_vote, reviews_review",
        "CREATE TABLE reviews_review (id bigint PRIMARY KEY, product_id bigint NOT NULL, text text NOT NULL,"
        " rating integer NOT NULL, legacy_score double precision) PARTITION BY RANGE (id)",
        *(
            f"CREATE TABLE part_{low} PARTITION OF reviews_review FOR VALUES FROM ({low}) TO ({low + 10})"
            for low in (0, 10)
        ),
        "CREATE TABLE reviews_vote (id bigint PRIMARY KEY, review_id bigint NOT NULL REFERENCES reviews_review,"
        " customer text NOT NULL, value integer NOT NULL)",
    )
    with published_case.installed() as migration:
        published_case.write(
            "INSERT INTO reviews_review VALUES (1, 1, 'stays', 5), (11, 1, 'goes', 5)", "TRUNCATE part_10 CASCADE"
        )
        with pytest.raises(UnpublishableError, match=r"TRUNCATE.*strangler events replay reviews --rows"):
            drained(publication(migration))
        assert replayed_rows(migration).gone == 1
        published_case.write("INSERT INTO reviews_review VALUES (12, 1, 'comes', 5)")
        assert drained(publication(migration)) == 1
        assert {*known(published(TableStream(migration.target)))} == {key_of(1), key_of(12)}


def test_what_was_not_told_before_a_gap_does_not_come_after_the_rows(published_case: PublishedCase) -> None:
    """It is older than they are: consumers would end with it."""
    with published_case.installed() as migration:
        published_case.write(WRITES[0])
        drained(publication(migration))
        published_case.write(WRITES[0])
        _write_unseen(published_case, WRITES[0])
        replayed_rows(migration)
        published_case.write(WRITES[1])
        assert drained(publication(migration)) == 1
        assert [row[-1] for row in told(published(TableStream(migration.target)))] == [1, 3, 1]


def test_a_row_that_went_and_does_not_fit_is_told_as_consumers_know_it(published_case: PublishedCase) -> None:
    """One that nobody was told of is passed over: who deletes what stopped the publisher has mended it."""
    with published_case.installed() as migration:
        published_case.write(WRITES[0], WRITES[0].replace("(1, 1,", "(2, 1,").replace("'r', 1)", "'r', 9)"))
        published_case.write("UPDATE reviews_review SET rating = 9")
        faults: list[str] = []
        while True:
            try:
                drained(publication(migration, None, *faults))
                break
            except UnfitEventError as error:
                faults.append(error.changed.event_id)
        assert len(faults) == 2
        published_case.write("DELETE FROM reviews_review WHERE id = 1")
        assert drained(publication(migration)) == 1
        assert told(published(TableStream(migration.target))) == [("upserted", 1, 1, "r", 1), ("deleted", 1, 1, "r", 1)]
        published_case.write("DELETE FROM reviews_review WHERE id = 2")
        assert drained(publication(migration)) == 0
        assert publication_state(migration).stopped is None


def test_what_was_told_in_the_same_round_is_told_to_be_gone(published_case: PublishedCase) -> None:
    """Nothing is noted of it yet."""
    with published_case.installed() as migration:
        published_case.write(WRITES[0], "UPDATE reviews_review SET rating = 9", "DELETE FROM reviews_review")
        updated = migration.source.rows("SELECT 'v1-' || xid || '-' || seq FROM strangler.journal ORDER BY seq")[1][0]
        assert drained(publication(migration, None, str(updated))) == 2
        assert told(published(TableStream(migration.target))) == [("upserted", 1, 1, "r", 1), ("deleted", 1, 1, "r", 1)]


def test_a_replay_that_was_killed_is_gone_on_with(
    published_case: PublishedCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row once under its id, and what is published between two parts stays the last."""
    monkeypatch.setattr(rows_replay, "_AT_ONCE", 2)
    values = ", ".join(f"({number}, 1, 'r', 5)" for number in range(1, 8))
    with published_case.installed() as migration:
        published_case.write(f"INSERT INTO reviews_review (id, product_id, text, rating) VALUES {values}")
        drained(publication(migration))
        with pytest.MonkeyPatch.context() as patch:
            cut_off(migration.target, 40, patch)
            with pytest.raises(CutOffError):
                replayed_rows(migration)
        told_first = len(published(TableStream(migration.target))) - 7
        assert 0 < told_first < 7
        assert publication_state(migration).replay is not None
        published_case.write("UPDATE reviews_review SET rating = 1 WHERE id = 1")
        drained(publication(migration))
        done = replayed_rows(migration)
        assert (done.events, done.gone) == (7, 0)
        events = published(TableStream(migration.target))
        again = [event for event in events if event.replay]
        assert {event.replay for event in again} == {done.replay}
        assert len({event.id for event in again}) == len(again) == 7
        assert known(events)[key_of(1)] == {**_row(events, 1), "stars": 1}
        assert publication_state(migration).replay is None


def _row(events: list[Event], number: int) -> dict[str, object]:
    row = next(event for event in events if event.subject == key_of(number)).body()["review"]
    assert isinstance(row, dict)
    return {**row}


def test_a_consumer_alone_is_told_what_is_gone_and_the_others_later(published_case: PublishedCase) -> None:
    """What one was told does not count for all."""
    with published_case.installed() as migration:
        published_case.write(WRITES[0])
        drained(publication(migration))
        published_case.write("ALTER TABLE reviews_review DISABLE TRIGGER USER", "DELETE FROM reviews_review")
        with pytest.raises(JournalError):
            replayed_rows(migration)
        migration.install()
        assert replayed_rows(migration, recipient="search").gone == 1
        assert replayed_rows(migration).gone == 1
        assert replayed_rows(migration).gone == 0


def test_a_service_that_was_put_back_behind_a_pruned_journal_is_told(published_case: PublishedCase) -> None:
    """Its position says to publish what the journal of v1 holds no more; otherwise pruning changes nothing."""
    with copied(published_case, 3) as migration:
        replayed_rows(migration)
        position = "SELECT position FROM strangler.stream_position WHERE stream = 'reviews:events'"
        drained(publication(migration))
        ((backup,),) = migration.target.rows(position)
        published_case.write("DELETE FROM reviews_vote", "DELETE FROM reviews_review WHERE id = 2")
        drained(publication(migration))
        apply_forward(migration.source, migration.target, migration.mapping)
        verified(migration)
        drained(publication(migration))
        assert prune(migration, ()).source_left == 0
        published_case.write("UPDATE reviews_review SET rating = 4 WHERE id = 1")
        assert drained(publication(migration)) == 1
        lost = published(TableStream(migration.target))
        migration.target.execute(
            "UPDATE strangler.stream_position SET position = %s WHERE stream = 'reviews:events'", [backup]
        )
        migration.target.execute(
            "INSERT INTO strangler.published_row (service, table_name, key, row) VALUES ('reviews', 'review', %s, %s)",
            [key_of(2), json.dumps(next(event for event in lost if event.subject == key_of(2)).body()["review"])],
        )
        with pytest.raises(EventGapError, match="pruned"):
            drained(publication(migration))
        assert replayed_rows(migration).gone == 1
        assert drained(publication(migration)) == 0
        assert publication_state(migration).stopped is None
        assert sorted(known(published(TableStream(migration.target)))) == sorted(key_of(number) for number in (1, 3))


def test_a_monolith_that_was_put_back_is_published_anew(published_case: PublishedCase) -> None:
    """What it has lost is told to be gone, and what gets the same numbers again has other ids."""
    with published_case.installed() as migration:
        published_case.write(WRITES[0], WRITES[1])
        drained(publication(migration))
        before = {event.id for event in published(TableStream(migration.target))}
        # As a backup from before both: the rows and their records are not there, and the next ones have their numbers.
        with published_case.monolith.transaction(applying=True):
            published_case.write("DELETE FROM reviews_review", "DELETE FROM strangler.journal")
        migration.target.execute(
            "UPDATE strangler.stream_position SET position ="
            ' regexp_replace(position, \'"v1":{"since":"[^"]*"\', \'"v1":{"since":"99999999:99999999:"\')'
        )
        with pytest.raises(EventGapError, match="put back"):
            drained(publication(migration))
        assert "put back" in str(publication_state(migration).stopped)
        assert replayed_rows(migration).gone == 2
        published_case.write(WRITES[2])
        assert drained(publication(migration)) == 1
        last = published(TableStream(migration.target))[-1]
        assert last.id not in before
        assert ".1-" in last.id
        assert list(known(published(TableStream(migration.target), REVIEWS))) == [key_of(3)]


def test_a_monolith_that_was_put_back_from_a_dump_on_its_server_is_told(published_case: PublishedCase) -> None:
    """Transactions of the server go on; the tables, and so the journal, are made anew."""
    with published_case.installed() as migration:
        published_case.write(WRITES[0], WRITES[1])
        drained(publication(migration))
        before = known(published(TableStream(migration.target)))
        source = migration.source
        # As pg_restore: a table of the same rows under the same name.
        source.execute("CREATE TABLE strangler.restored (LIKE strangler.journal INCLUDING ALL)")
        source.execute("INSERT INTO strangler.restored OVERRIDING SYSTEM VALUE SELECT * FROM strangler.journal")
        source.execute("DROP TABLE strangler.journal")
        source.execute("ALTER TABLE strangler.restored RENAME TO journal")
        with pytest.raises(EventGapError, match="put back"):
            drained(publication(migration))
        assert "put back" in str(publication_state(migration).stopped)
        assert replayed_rows(migration).gone == 0
        assert publication_state(migration).stopped is None
        assert drained(publication(migration)) == 0
        assert known(published(TableStream(migration.target))).keys() == before.keys()


def test_a_monolith_put_back_on_its_own_server_is_told(published_case: PublishedCase) -> None:
    """Also in the midst of a part, and where as many records have come again; by the status, too."""
    source = published_case.environment["SOURCE"]
    with published_case.installed() as migration:
        published_case.write(*WRITES[:2])
        drained(publication(migration))
    published_case.monolith.close()
    backed_up(source)

    def write(*statements: str) -> None:
        with psycopg.connect(source, autocommit=True) as monolith:
            for statement in statements:
                monolith.execute(statement.encode())

    write(WRITES[2], "DELETE FROM reviews_review WHERE id = 1")
    with published_case.migration() as migration, pytest.MonkeyPatch.context() as patch:
        patch.setattr(publication_module, "_RECORDS_AT_ONCE", 1)
        assert publication(migration).round().more
    put_back(source)
    with published_case.migration() as migration:
        with pytest.raises(EventGapError, match=r"put back.*strangler events replay reviews --rows"):
            drained(publication(migration))
        assert "put back" in str(publication_state(migration).stopped)
        write(WRITES[0], WRITES[1])
        with pytest.raises(EventGapError, match="put back"):
            drained(publication(migration))
        before = {event.id for event in published(TableStream(migration.target))}
        assert replayed_rows(migration).gone == 1
        write(WRITES[0])
        assert drained(publication(migration)) == 1
        events = published(TableStream(migration.target))
        assert events[-1].id not in before
        rows = migration.source.rows("SELECT id, rating FROM reviews_review")
        assert {key: row["stars"] for key, row in known(events).items() if isinstance(row, dict)} == {
            key_of(int(str(number))): rating for number, rating in rows
        }
