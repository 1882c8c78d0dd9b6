"""Publishing again: consumers end at the state that is there, whoever has written it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from strangler.model.authority import Authority, Side
from strangler.model.events import UnfitEventError
from strangler_etl.errors import JournalError
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.migration import Migration
from strangler_etl.records.authority import replace_authority
from strangler_etl.streams.envelope import Event
from strangler_etl.streams.errors import EventGapError, ReplayError, TurnsError, UnknownChangeError
from strangler_etl.streams.left_out import leave_out
from strangler_etl.streams.publication_state import publication_state
from strangler_etl.streams.replay import Replay
from strangler_etl.streams.replay_terms import Replayed, ReplayTerms
from strangler_etl.streams.table import TableStream
from tests.etl.copied_case import copied, give_to_v2, key_of
from tests.etl.streams.published_case import REVIEWS, PublishedCase, drained, publication, published, told

pytestmark = pytest.mark.postgres

INSERT = "INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'fine', 5), (2, 1, 'bad', 1)"


def replayed(migration: Migration, terms: ReplayTerms) -> Replayed:
    """Publish again, into the table of the service."""
    stream = TableStream(migration.target)
    return Replay(migration, publication(migration, stream), stream).run(terms)


def test_what_the_journals_hold_is_published_again_with_the_same_ids(published_case: PublishedCase) -> None:
    """Of one row, from a time on, or all; also what nobody had published yet, but that once before."""
    with published_case.installed() as migration:
        published_case.write(INSERT, "UPDATE reviews_review SET rating = 4 WHERE id = 2")
        drained(publication(migration))
        published_case.write("DELETE FROM reviews_review WHERE id = 1")
        assert replayed(migration, ReplayTerms("all")).events == 4
        assert replayed(migration, ReplayTerms("one", key=key_of(2), recipient="search")).events == 2
        assert replayed(migration, ReplayTerms("none", since=4e9)).events == 0
        events = published(TableStream(migration.target))
        first, again = events[:4], [event for event in events if event.replay == "all"]
        assert [event.id for event in first] == [event.id for event in again]
        assert [event.data for event in first] == [event.data for event in again]
        assert {event.recipient for event in events if event.replay == "one"} == {"search"}
        assert publication_state(migration).waiting == 0


def test_a_replay_of_some_time_ends_at_the_newest_state(published_case: PublishedCase) -> None:
    """Of the rows that changed in that time; others are not published again."""
    with published_case.installed() as migration:
        for statement in (INSERT, "UPDATE reviews_review SET rating = 4 WHERE id = 2", "DELETE FROM reviews_review"):
            published_case.write(statement)
        drained(publication(migration))
        events = published(TableStream(migration.target))
        changed = next(event for event in events[2:] if event.subject == key_of(2))
        assert replayed(migration, ReplayTerms("time", since=changed.time, until=changed.time + 1e-6)).events == 2
        again = [event for event in published(TableStream(migration.target)) if event.replay == "time"]
        assert [event.id for event in again] == [event.id for event in events if event.subject == key_of(2)][1:]
        assert replayed(migration, ReplayTerms("before", until=events[0].time)).events == 0


def test_rows_deleted_by_truncate_do_not_come_back(published_case: PublishedCase) -> None:
    """A replay from behind it is as ever."""
    with published_case.installed() as migration:
        published_case.write(INSERT)
        drained(publication(migration))
        published_case.write("TRUNCATE reviews_review CASCADE", INSERT)
        assert drained(publication(migration)) == 4
        with pytest.raises(ReplayError, match="TRUNCATE"):
            replayed(migration, ReplayTerms("all"))
        times = [event.time for event in published(TableStream(migration.target))]
        assert replayed(migration, ReplayTerms("since", since=times[-2])).events == 2


def test_what_became_of_other_tables_does_not_keep_a_row_from_being_told(published_case: PublishedCase) -> None:
    """Two tables may have rows of one key: the one that is asked for is told again, though the other was emptied."""
    with published_case.installed() as migration:
        published_case.write(
            INSERT, "INSERT INTO reviews_vote (id, review_id, customer, value) VALUES (1, 1, 'ann', 1)"
        )
        published_case.write("TRUNCATE reviews_vote", "UPDATE reviews_review SET rating = 4 WHERE id = 1")
        drained(publication(migration))
        with pytest.raises(ReplayError, match="TRUNCATE"):
            replayed(migration, ReplayTerms("any", key=key_of(1)))
        assert replayed(migration, ReplayTerms("one", table="review", key=key_of(1))).events == 2
        assert replayed(migration, ReplayTerms("rows", table="review", rows=True)).events == 2
        again = [event for event in published(TableStream(migration.target)) if event.replay is not None]
        assert {(event.stream, event.subject) for event in again} == {(REVIEWS, key_of(1)), (REVIEWS, key_of(2))}
        with pytest.raises(ReplayError, match="reviews_vote were deleted by TRUNCATE"):
            replayed(migration, ReplayTerms("emptied", table="vote"))


def test_rows_that_were_there_before_the_journal_are_published(published_case: PublishedCase) -> None:
    """So a consumer begins; on whichever side the rows are, they look the same."""
    with copied(published_case, 3) as migration:
        assert replayed(migration, ReplayTerms("first", rows=True)).events == 6
        before = published(TableStream(migration.target))
        apply_forward(migration.source, migration.target, migration.mapping)
        give_to_v2(migration)
        assert replayed(migration, ReplayTerms("second", rows=True)).events == 6
        after = published(TableStream(migration.target))[3:]
        assert sorted(told(before)) == sorted(told(after))
        assert [event.subject for event in before] != []
        assert {event.subject for event in before} == {event.subject for event in after}


def test_every_row_again_is_what_a_gap_asks_for(published_case: PublishedCase) -> None:
    """Then the publisher goes on."""
    with published_case.installed() as migration:
        published_case.write(INSERT)
        drained(publication(migration))
        migration.source.execute(
            "INSERT INTO strangler.journal_gap (table_name, reason) VALUES ('reviews_review', 'full')"
        )
        assert replayed(migration, ReplayTerms("gap", rows=True)).events == 2
        published_case.write("UPDATE reviews_review SET rating = 4 WHERE id = 2")
        assert drained(publication(migration)) == 1


def test_rows_are_not_published_again_while_a_table_is_not_journaled(published_case: PublishedCase) -> None:
    """What changes between the replay and the journal would be missing; the error says the way, and the state why."""
    with published_case.installed() as migration:
        published_case.write(INSERT)
        drained(publication(migration))
        assert publication_state(migration).stopped is None
        published_case.write(
            "ALTER TABLE reviews_review DISABLE TRIGGER USER", "DELETE FROM reviews_review WHERE id = 1"
        )
        way = "journal install reviews, then: .* then: strangler events replay reviews --rows"
        with pytest.raises(JournalError, match=way):
            replayed(migration, ReplayTerms("early", rows=True))
        assert "changes would be missed" in str(publication_state(migration).stopped)
        migration.install()
        assert "events replay reviews --rows" in str(publication_state(migration).stopped)
        assert replayed(migration, ReplayTerms("again", rows=True)).gone == 1
        assert told(published(TableStream(migration.target)))[-1][:2] == ("deleted", 1)
        published_case.write("UPDATE reviews_review SET rating = 4 WHERE id = 2")
        assert drained(publication(migration)) == 1
        assert publication_state(migration).stopped is None


def test_a_gap_amid_a_replay_is_not_forgiven(published_case: PublishedCase) -> None:
    """What it hides is not among the rows that were read before."""

    class Meanwhile(TableStream):
        def publish(self, events: Sequence[Event]) -> None:
            published_case.write(
                "INSERT INTO strangler.journal_gap (table_name, reason) VALUES ('reviews_review', 'full')"
            )
            super().publish(events)

    with published_case.installed() as migration:
        published_case.write(INSERT)
        drained(publication(migration))
        Replay(migration, publication(migration), Meanwhile(migration.target)).run(ReplayTerms("gap", rows=True))
        with pytest.raises(EventGapError, match="full"):
            drained(publication(migration))


def test_the_lag_is_that_of_the_first_change_to_be_published(published_case: PublishedCase) -> None:
    """Not of the publisher's last look: one that stands before a change looks again and again."""
    with published_case.installed() as migration:
        drained(publication(migration))
        published_case.write("INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'fine', 9)")
        published_case.write("UPDATE strangler.journal SET written_at = written_at - interval '1 hour'")
        with pytest.raises(UnfitEventError):
            drained(publication(migration))
        state = publication_state(migration)
        assert state.waiting == 1
        assert state.lag_seconds is not None
        assert state.lag_seconds > 3000


def test_sides_that_wrote_by_turns_are_not_published_again_in_a_wrong_order(published_case: PublishedCase) -> None:
    """Two journals do not know the order of their records; one move is in order by itself."""
    with copied(published_case, 1) as migration:
        published_case.write("UPDATE reviews_review SET rating = 4 WHERE id = 1")
        apply_forward(migration.source, migration.target, migration.mapping)
        give_to_v2(migration)
        published_case.service.execute("UPDATE review SET stars = 3 WHERE number = 1")
        assert replayed(migration, ReplayTerms("once")).events == 2
        apply_backward(migration.source, migration.target, migration.mapping)
        replace_authority(migration.source, Authority("reviews", Side.V2, 2), Authority("reviews", Side.V1, 3))
        migration.source.fence.open(migration.source_tables)
        published_case.write("UPDATE reviews_review SET rating = 2 WHERE id = 1")
        drained(publication(migration))
        with pytest.raises(ReplayError, match="by turns"):
            replayed(migration, ReplayTerms("twice"))
        assert [row[-1] for row in told(published(TableStream(migration.target)))] == [4, 3, 4, 3, 2]


def test_what_both_sides_wrote_by_turns_while_nobody_published_is_not_told_in_a_wrong_order(
    published_case: PublishedCase,
) -> None:
    """A cut-over and a rollback without a publisher: an old row of v1 would come last; every row tells what is."""
    with copied(published_case, 1) as migration:
        drained(publication(migration))
        published_case.write("UPDATE reviews_review SET rating = 4 WHERE id = 1")
        apply_forward(migration.source, migration.target, migration.mapping)
        give_to_v2(migration)
        published_case.service.execute("UPDATE review SET stars = 3 WHERE number = 1")
        apply_backward(migration.source, migration.target, migration.mapping)
        replace_authority(migration.source, Authority("reviews", Side.V2, 2), Authority("reviews", Side.V1, 5))
        migration.source.fence.open(migration.source_tables)
        with pytest.raises(TurnsError, match="events replay reviews --rows"):
            drained(publication(migration))
        assert "by turns" in str(publication_state(migration).stopped)
        replayed(migration, ReplayTerms("rows", rows=True))
        assert publication_state(migration).stopped is None
        published_case.write("UPDATE reviews_review SET rating = 2 WHERE id = 1")
        assert drained(publication(migration)) == 1
        events = published(TableStream(migration.target))
        assert [row[-1] for row in told(events)][-2:] == [3, 2]


def test_what_does_not_fit_any_more_is_left_out_and_told(published_case: PublishedCase) -> None:
    """What somebody has left out for good is not asked about again, also by who does not give its id."""
    with published_case.installed() as migration:
        published_case.write(INSERT, "UPDATE reviews_review SET rating = 9 WHERE id = 2")
        records = migration.source.rows("SELECT 'v1-' || xid || '-' || seq FROM strangler.journal ORDER BY seq")
        drained(publication(migration, None, *(str(one) for (one,) in records[2:])))
        assert drained(publication(migration)) == 0
        done = replayed(migration, ReplayTerms("again"))
        assert (done.events, done.left_out) == (2, 0)
        migration.target.execute("DELETE FROM strangler.stream_position WHERE stream = 'reviews:events:left out'")
        done = replayed(migration, ReplayTerms("once more"))
        assert (done.events, done.left_out) == (2, 1)
        assert any("out of its bounds" in example for example in done.examples)


def test_only_what_is_to_be_published_can_be_left_out(published_case: PublishedCase) -> None:
    """A mistake in an id does not pass as done; one that was published is told, as the same command is given again."""
    with published_case.installed() as migration:
        published_case.write(INSERT, "UPDATE reviews_review SET rating = 9 WHERE id = 2")
        ids = [str(one) for (one,) in migration.source.rows("SELECT 'v1-' || xid || '-' || seq FROM strangler.journal")]
        for wrong in ("v1-99-99", f"{ids[0]}9", ids[0].replace("v1", "v3"), "search"):
            with pytest.raises(UnknownChangeError, match="could be left out"):
                leave_out(migration, [wrong])
        assert leave_out(migration, [ids[2]]) == set()
        drained(publication(migration))
        assert leave_out(migration, [ids[0], ids[2]]) == {ids[0]}
        migration.source.execute("DELETE FROM strangler.journal WHERE operation = 'I'")
        assert leave_out(migration, [ids[0]]) == {ids[0]}
