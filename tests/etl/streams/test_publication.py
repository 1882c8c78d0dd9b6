"""Publishing: one event for each change, in order, from whichever side writes, and none lost."""

from __future__ import annotations

import json
from hashlib import sha256

import psycopg
import pytest

from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.errors import ConfigurationError
from strangler.model.events import EventTerms, PersonalData, UnfitEventError
from strangler_etl.following.follower import apply_forward
from strangler_etl.following.pruning import prune
from strangler_etl.migration import Migration
from strangler_etl.records.authority import replace_authority
from strangler_etl.streams.errors import EventGapError, UnpublishableError
from strangler_etl.streams.memory import CutOffError, MemoryStream
from strangler_etl.streams.publication_state import publication_state
from strangler_etl.streams.table import TableStream
from tests.etl.copied_case import copied, give_to_v2, key_of, verified
from tests.etl.streams.published_case import (
    REVIEWS,
    TERMS,
    VOTES,
    PublishedCase,
    drained,
    publication,
    published,
    renderer_of,
    told,
)

pytestmark = pytest.mark.postgres

INSERT = "INSERT INTO reviews_review (id, product_id, text, rating) VALUES (1, 1, 'fine', 5), (2, 1, 'bad', 1)"


def test_every_change_is_an_event_of_the_document(published_case: PublishedCase) -> None:
    """With every state in between, not only the last one; keys and columns are those of the service."""
    with published_case.installed() as migration:
        published_case.write(
            INSERT,
            "UPDATE reviews_review SET rating = 4 WHERE id = 1",
            "UPDATE reviews_review SET rating = 3 WHERE id = 1",
            "UPDATE reviews_review SET legacy_score = legacy_score WHERE id = 1",
            "DELETE FROM reviews_review WHERE id = 2",
        )
        assert drained(publication(migration)) == 5
        events = published(TableStream(migration.target))
    assert told(events) == [
        ("upserted", 1, 1, "fine", 5),
        ("upserted", 2, 1, "bad", 1),
        ("upserted", 1, 1, "fine", 4),
        ("upserted", 1, 1, "fine", 3),
        ("deleted", 2, 1, "bad", 1),
    ]
    first = events[0]
    assert (first.subject, first.source, first.type) == (key_of(1), "/services/reviews", "review_upserted")
    assert events[0].correlation == events[1].correlation != events[2].correlation
    body = json.loads(first.data)
    assert (body["event_id"], body["discriminator"]) == (first.id, "review_upserted")


def test_a_second_round_has_nothing_to_say(published_case: PublishedCase) -> None:
    """And what is published again from the beginning has the same ids."""
    with published_case.installed() as migration:
        published_case.write(INSERT)
        drained(publication(migration))
        assert drained(publication(migration)) == 0
        again = MemoryStream()
        migration.target.execute("DELETE FROM strangler.stream_position WHERE stream = 'reviews:events'")
        drained(publication(migration, again))
        assert [event.id for event in again.events(REVIEWS)] == [
            event.id for event in published(TableStream(migration.target))
        ]


def test_what_commits_late_is_published(published_case: PublishedCase) -> None:
    """Its record has a smaller number than one that was published before it."""
    with published_case.installed() as migration:
        published_case.write(INSERT)
        with psycopg.connect(published_case.environment["SOURCE"]) as slow:
            slow.execute("UPDATE reviews_review SET rating = 2 WHERE id = 1")
            published_case.write("UPDATE reviews_review SET rating = 3 WHERE id = 2")
            assert drained(publication(migration)) == 3
            slow.commit()
        assert drained(publication(migration)) == 1
        assert told(published(TableStream(migration.target)))[-1] == ("upserted", 1, 1, "fine", 2)


def test_the_stream_goes_on_over_the_cut_over_and_back(published_case: PublishedCase) -> None:
    """Nothing is missing or doubled, a row has the same key and form, and what v1 wrote last comes first."""
    with copied(published_case, 2) as migration:
        drained(publication(migration))
        published_case.write("UPDATE reviews_review SET rating = 4 WHERE id = 1")
        apply_forward(migration.source, migration.target, migration.mapping)
        give_to_v2(migration)
        published_case.service.execute("UPDATE review SET stars = 3 WHERE number = 1")
        published_case.service.execute("DELETE FROM review WHERE number = 2")
        drained(publication(migration))
        events = published(TableStream(migration.target))
    assert told(events) == [
        ("upserted", 1, 1, "text 1", 4),
        ("upserted", 1, 1, "text 1", 3),
        ("deleted", 2, 1, "text 2", 5),
    ]
    assert {event.subject for event in events} == {key_of(1), key_of(2)}
    assert len({event.id for event in events}) == len(events)


def test_nothing_is_published_while_a_move_is_under_way(published_case: PublishedCase) -> None:
    """Which of the two sides wrote first is certain only when the move is settled."""
    with published_case.installed() as migration:
        published_case.write(INSERT)
        begun = Authority("reviews", Side.V1, 2, MoveStep.HOLDING)
        replace_authority(migration.source, Authority("reviews"), begun)
        assert publication(migration).round().waiting is not None
        replace_authority(migration.source, begun, Authority("reviews", Side.V1, 3))
        assert drained(publication(migration)) == 2


def test_a_change_of_number_on_v2_is_no_deletion(published_case: PublishedCase) -> None:
    """The journal says by which number the row went; the row is still there."""
    with copied(published_case, 2) as migration:
        apply_forward(migration.source, migration.target, migration.mapping)
        give_to_v2(migration)
        drained(publication(migration))
        published_case.service.execute("UPDATE review SET number = 77 WHERE number = 1")
        published_case.service.execute("UPDATE review SET body = 'x' WHERE number = 2")
        drained(publication(migration))
        assert told(published(TableStream(migration.target))) == [
            ("upserted", 77, 1, "text 1", 5),
            ("upserted", 2, 1, "x", 5),
        ]


def test_many_changes_are_published_in_parts(published_case: PublishedCase) -> None:
    """All of one page have to be there before the next, in the order of their numbers."""
    with published_case.installed() as migration:
        published_case.write(
            "INSERT INTO reviews_review (id, product_id, text, rating) SELECT n, 1, 'r', 5"
            " FROM generate_series(1, 1200) AS n"
        )
        assert drained(publication(migration)) == 1200
        numbers = [row[1] for row in told(published(TableStream(migration.target)))]
        assert numbers == list(range(1, 1201))


def test_a_row_that_does_not_fit_stops_the_publisher_behind_all_before_it(published_case: PublishedCase) -> None:
    """It says which row it is, and why; left out by its id, the others go on."""
    with published_case.installed() as migration:
        published_case.write(
            INSERT,
            "UPDATE reviews_review SET rating = 9 WHERE id = 2",
            "UPDATE reviews_review SET rating = 3 WHERE id = 1",
        )
        with pytest.raises(UnfitEventError, match=r"review\.stars is out of its bounds, 1\.\.5") as caught:
            drained(publication(migration))
        assert caught.value.changed.key == key_of(2)
        assert len(published(TableStream(migration.target))) == 2
        with pytest.raises(UnfitEventError):
            drained(publication(migration))
        assert publication_state(migration).stopped == str(caught.value)
        assert drained(publication(migration, None, caught.value.changed.event_id)) == 1
        assert publication_state(migration).stopped is None
        assert told(published(TableStream(migration.target)))[2:] == [("upserted", 1, 1, "fine", 3)]


def test_a_value_the_table_of_the_service_can_not_hold_is_told_by_its_key(published_case: PublishedCase) -> None:
    """The copy would refuse it as well."""
    with published_case.installed() as migration:
        published_case.write(INSERT, "UPDATE reviews_review SET rating = 70000 WHERE id = 2")
        with pytest.raises(UnpublishableError, match="the row 2 of reviews_review is no row of the service"):
            drained(publication(migration))
        assert len(published(TableStream(migration.target))) == 2


def test_personal_data_is_what_the_project_says(published_case: PublishedCase) -> None:
    """Published only when somebody has decided so."""
    with published_case.installed() as migration:
        published_case.write(INSERT, "INSERT INTO reviews_vote VALUES (1, 1, 'ann', 1)")
        with pytest.raises(ConfigurationError, match=r"vote\.voter is personal data: say personal_data"):
            renderer_of(migration, EventTerms())
        found: dict[PersonalData, object] = {}
        for decided in PersonalData:
            stream = MemoryStream()
            migration.target.execute("DELETE FROM strangler.stream_position WHERE stream = 'reviews:events'")
            drained(publication(migration, stream, terms=EventTerms(personal_data=decided)))
            (event,) = stream.events(VOTES)
            found[decided] = json.loads(event.data)["vote"].get("voter")
    assert found == {
        PersonalData.PUBLISH: "ann",
        PersonalData.LEAVE_OUT: None,
        PersonalData.HASH: sha256(b"ann").hexdigest(),
    }


def test_a_cut_off_transport_gets_the_same_events_again(published_case: PublishedCase) -> None:
    """At least once: none is missing in the end, whatever was there when it crashed."""
    with published_case.installed() as migration:
        published_case.write(INSERT, "UPDATE reviews_review SET rating = 4", "DELETE FROM reviews_review WHERE id = 1")
        stream = MemoryStream(seed=3, crashes=0.7)
        crashed = 0
        while True:
            try:
                drained(publication(migration, stream))
                break
            except CutOffError:
                crashed += 1
        drained(publication(migration, whole := MemoryStream()))
        assert crashed > 0
        assert whole.events(REVIEWS) == ()
        ids = list(dict.fromkeys(event.id for event in stream.events(REVIEWS)))
        assert len(ids) == 5


def test_a_gap_of_the_journal_stops_the_publisher(published_case: PublishedCase) -> None:
    """Changes may be missing: who consumes would never know."""
    with published_case.installed() as migration:
        published_case.write(INSERT)
        drained(publication(migration))
        note_gap(migration)
        with pytest.raises(EventGapError, match="events replay reviews --rows"):
            drained(publication(migration))


def note_gap(migration: Migration) -> None:
    """As a trigger does that cannot journal a change."""
    migration.source.execute("INSERT INTO strangler.journal_gap (table_name, reason) VALUES ('reviews_review', 'full')")


def test_an_environment_stands_before_the_stream(published_case: PublishedCase) -> None:
    """So that events of a test system are not taken for those of users."""
    with published_case.installed() as migration:
        published_case.write(INSERT)
        terms = EventTerms(environment="test", personal_data=TERMS.personal_data)
        drained(publication(migration, stream := MemoryStream(), terms=terms))
        assert len(stream.events(f"test.{REVIEWS}")) == 2


def test_what_is_not_published_is_not_pruned(published_case: PublishedCase) -> None:
    """However often it was found equal: consumers do not know it yet."""
    with copied(published_case, 2) as migration:
        drained(publication(migration))
        published_case.write("UPDATE reviews_review SET rating = 4 WHERE id = 1")
        drained(publication(migration))
        published_case.write("UPDATE reviews_review SET rating = 3 WHERE id = 1")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert verified(migration).clean
        found = prune(migration, ())
        assert (found.source, found.source_left) == (1, 1)
        assert drained(publication(migration)) == 1
