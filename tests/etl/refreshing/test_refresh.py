"""A finished copy is brought up to date by comparing it: what is equal is left alone."""

from __future__ import annotations

import pytest

from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.errors import AuthorityError, BackfillError, PutBackError, TooManyRejectsError
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Migration
from strangler_etl.records.refreshes import begin_refresh, read_refresh, refresh_under_way
from strangler_etl.records.verification import read_verification
from strangler_etl.refreshing.refresh import refresh
from strangler_etl.refreshing.refreshed_table import RefreshedTable
from strangler_etl.run.pace import Pace
from strangler_etl.run.settings import RunSettings
from tests.etl.copied_case import copied, give_to_v2, tamper, verified
from tests.etl.reviews_case import ReviewsCase

SMALL = RunSettings(Pace(4, seconds=1e-9))
Counts = tuple[int, int, int, int]


def counts(tables: tuple[RefreshedTable, ...]) -> dict[str, Counts]:
    """By target table: compared, written, deleted, unchanged."""
    return {one.target: (one.compared, one.written, one.deleted, one.unchanged) for one in tables}


def refreshed(migration: Migration) -> dict[str, Counts]:
    """Refresh in ranges of four rows."""
    return counts(refresh(migration, SilentProgress(), SMALL))


def behind_the_journal(migration: Migration, *statements: str) -> None:
    """Change the source as if no journal were kept."""
    with migration.source.transaction(applying=True):
        for statement in statements:
            migration.source.execute(statement)


def test_what_is_equal_is_not_written(case: ReviewsCase) -> None:
    """Every row is compared, none travels, and nothing is left to be done."""
    with copied(case) as migration:
        assert refreshed(migration) == {"review": (12, 0, 0, 12), "product": (2, 0, 0, 2), "vote": (12, 0, 0, 12)}
        assert not refresh_under_way(migration.target, migration.mapping.service)


def test_what_the_journal_brings_first_is_counted(case: ReviewsCase) -> None:
    """It is equal by the time it is compared, and yet the command has written it."""
    with copied(case) as migration:
        case.monolith.execute("UPDATE reviews_review SET text = 'newer' WHERE id IN (3, 4)")
        case.monolith.execute("DELETE FROM reviews_vote WHERE id = 3")
        found = {table.target: table for table in refresh(migration, SilentProgress(), SMALL)}
        assert {name: (one.followed, one.written, one.deleted) for name, one in found.items()} == {
            "review": (2, 0, 0),
            "product": (0, 0, 0),
            "vote": (1, 0, 0),
        }
        assert verified(migration).clean


def test_a_change_no_journal_knows_of_is_found(case: ReviewsCase) -> None:
    """Changed, new and deleted rows, parents and children of them, in whatever range."""
    with copied(case) as migration:
        behind_the_journal(
            migration,
            "DELETE FROM reviews_vote WHERE id IN (2, 7)",
            "DELETE FROM reviews_review WHERE id = 7",
            "UPDATE reviews_vote SET review_id = 1, customer = 'cat' WHERE id = 5",
            "DELETE FROM reviews_review WHERE id = 5",
            "UPDATE reviews_review SET text = 'newer' WHERE id = 11",
            "INSERT INTO reviews_review (id, product_id, text, rating) VALUES (40, 1, 'new', 2)",
            "INSERT INTO reviews_vote (id, review_id, customer, value) VALUES (40, 40, 'bob', 1)",
        )
        assert verified(migration).differing == 8
        found = refreshed(migration)
        assert (found["review"], found["vote"]) == ((13, 2, 2, 9), (13, 2, 2, 9))
        after = verified(migration)
        assert (after.clean, [table.rows for table in after.tables]) == (True, [11, 2, 11])
        assert [table.rows for table in backfill(migration, SilentProgress())] == [11, 2, 11]


def test_a_target_that_was_changed_is_mended(case: ReviewsCase) -> None:
    """Whatever somebody did to the copy; what the journal knows is applied first, and counts as unchanged."""
    with copied(case) as migration:
        case.monolith.execute("UPDATE reviews_review SET text = 'newer' WHERE id = 3")
        tamper(
            migration,
            "DELETE FROM vote WHERE number = 3",
            "UPDATE review SET stars = 1 WHERE number = 9",
            "INSERT INTO product (id, title, on_sale) VALUES (70, 'theirs', TRUE)",
        )
        assert refreshed(migration) == {"review": (12, 1, 0, 11), "product": (3, 0, 1, 2), "vote": (12, 1, 0, 11)}
        assert verified(migration).clean


def test_values_that_change_hands_between_ranges_are_unique(case: ReviewsCase) -> None:
    """A unique value goes to a row that is compared before, or long after, the one that has it; two swap theirs."""
    with copied(case) as migration:
        behind_the_journal(
            migration,
            "UPDATE reviews_vote SET review_id = 100 + review_id",
            "UPDATE reviews_vote SET review_id = CASE id WHEN 1 THEN 12 WHEN 12 THEN 1 WHEN 2 THEN 11 WHEN 11 THEN 3"
            " WHEN 3 THEN 2 ELSE id END",
        )
        assert refreshed(migration)["vote"] == (12, 5, 0, 7)
        assert verified(migration).clean


def test_a_cut_off_refresh_goes_on_where_it_was(case: ReviewsCase) -> None:
    """What was compared is not compared again where a journal is kept, unless the ground has changed."""
    with copied(case) as migration:
        target, tables = migration.target, [table.name for table in migration.mapping.tables]
        behind_the_journal(migration, "UPDATE reviews_review SET text = 'newer' WHERE id = 3")
        refreshed(migration)
        with target.transaction():
            begin_refresh(target, "reviews", tables, "another ground")
        assert refresh_under_way(migration.target, migration.mapping.service)
        assert refreshed(migration)["review"][0] == 12
        assert read_refresh(target, "reviews") == {}


def test_a_source_that_was_put_back_is_taken_as_it_is(case: ReviewsCase) -> None:
    """As when a staging copy is made anew every night: the follower cannot go on, and can afterwards."""
    with copied(case) as migration:
        future = "99999999:99999999:" if migration.target.dialect == "postgres" else "99999999"
        migration.target.execute(f"UPDATE {migration.target.own('stream_position')} SET position = '{future}'")
        behind_the_journal(migration, "DELETE FROM reviews_vote WHERE id = 3")
        with pytest.raises(PutBackError, match="strangler etl run reviews --refresh"):
            apply_forward(migration.source, migration.target, migration.mapping)
        assert refreshed(migration)["vote"] == (12, 0, 1, 11)
        case.monolith.execute("UPDATE reviews_review SET text = 'later' WHERE id = 3")
        assert apply_forward(migration.source, migration.target, migration.mapping).upserted == 1
        assert verified(migration).clean


def test_a_change_the_target_can_not_take_yet_waits_for_the_comparison(case: ReviewsCase) -> None:
    """The journal has a child whose parent somebody has deleted from the copy: set aside, and taken up with it."""
    with copied(case) as migration:
        tamper(migration, "DELETE FROM vote WHERE number = 3", "DELETE FROM review WHERE number = 3")
        case.monolith.execute("UPDATE reviews_vote SET value = 7 WHERE id = 3")
        found = refreshed(migration)
        assert found["review"][1] == 1
        assert verified(migration).clean
        assert migration.target.rows("SELECT value FROM vote WHERE number = 3") == [(7,)]


def test_rows_that_do_not_fit_any_more_are_set_aside(case: ReviewsCase) -> None:
    """Up to as many as may be; what they were before does not stay, and they come when they fit."""
    with copied(case) as migration:
        column = "CHECK (value < 100)" if migration.target.dialect == "sqlite" else "ADD CHECK (value < 100)"
        if migration.target.dialect == "sqlite":
            migration.target.execute(
                "CREATE TRIGGER small BEFORE INSERT ON vote WHEN new.value >= 100 BEGIN SELECT RAISE(ABORT, 'big'); END"
            )
        else:
            migration.target.execute(f"ALTER TABLE vote {column}")
        behind_the_journal(migration, "UPDATE reviews_vote SET value = 100 + value WHERE id IN (3, 8)")
        few = RunSettings(Pace(4, seconds=1e-9), most_rejects=1)
        with pytest.raises(TooManyRejectsError):
            refresh(migration, SilentProgress(), few)
        assert refreshed(migration)["vote"][2] in {1, 2}
        found = verified(migration)
        assert (found.differing, found.set_aside) == (0, 2)
        behind_the_journal(migration, "UPDATE reviews_vote SET value = 1 WHERE id IN (3, 8)")
        backfill(migration, SilentProgress())
        assert verified(migration).clean


def test_a_row_that_can_not_go_is_named(case: ReviewsCase) -> None:
    """A table of the service alone refers to it."""
    with copied(case) as migration:
        of = "text" if migration.target.dialect == "sqlite" else "uuid"
        migration.target.execute(f"CREATE TABLE pinned (review_id {of} REFERENCES review (id))")
        migration.target.execute("INSERT INTO pinned SELECT id FROM review WHERE number = 4")
        behind_the_journal(
            migration,
            "DELETE FROM reviews_vote WHERE id = 4",
            "DELETE FROM reviews_review WHERE id = 4",
            "UPDATE reviews_review SET text = 'newer' WHERE id = 5",
        )
        with pytest.raises(BackfillError, match="is gone from the source, and cannot go here"):
            refreshed(migration)
        assert refresh_under_way(migration.target, migration.mapping.service)
        migration.target.execute("DELETE FROM pinned")
        refreshed(migration)
        assert verified(migration).clean


def test_a_difference_that_is_found_takes_back_what_was_verified(case: ReviewsCase) -> None:
    """No cut-over relies on a journal that has missed something, nor on rows that were set aside since."""
    with copied(case) as migration:
        assert verified(migration).clean
        refreshed(migration)
        assert read_verification(migration.target, "reviews") is not None
        behind_the_journal(migration, "UPDATE reviews_review SET text = 'newer' WHERE id = 3")
        refreshed(migration)
        assert read_verification(migration.target, "reviews") is None


def test_it_is_refused_once_v2_has_the_authority(case: ReviewsCase) -> None:
    """What v2 has written is right then."""
    with copied(case) as migration:
        give_to_v2(migration)
        with pytest.raises(AuthorityError):
            refreshed(migration)


class _CutOff(SilentProgress):
    """Ends the process, as far as the refresh can tell, when so many rows were compared."""

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def advance(self, n: int = 1) -> None:
        self._rows -= n
        if self._rows < 0:
            raise KeyboardInterrupt


def test_what_was_compared_before_a_cut_is_kept(case: ReviewsCase) -> None:
    """The next refresh goes on behind the last range that was mended, by the journal that is kept."""
    with copied(case) as migration:
        behind_the_journal(
            migration,
            "UPDATE reviews_review SET text = 'newer' WHERE id IN (3, 11)",
            "DELETE FROM reviews_vote WHERE id = 12",
        )
        with pytest.raises(KeyboardInterrupt):
            refresh(migration, _CutOff(9), SMALL)
        assert refresh_under_way(migration.target, migration.mapping.service)
        # A range that has changed since is brought up to date by the journal.
        case.monolith.execute("UPDATE reviews_review SET text = 'later' WHERE id = 1")
        assert refreshed(migration) == {"review": (4, 1, 0, 3), "product": (2, 0, 0, 2), "vote": (12, 0, 1, 11)}
        assert verified(migration).clean


@pytest.mark.parametrize("case", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_what_was_compared_before_its_table_was_rewritten_is_compared_again(case: ReviewsCase) -> None:
    """No journal says that such rows have changed."""
    with copied(case) as migration:
        behind_the_journal(migration, "UPDATE reviews_review SET text = 'newer' WHERE id = 11")
        with pytest.raises(KeyboardInterrupt):
            refresh(migration, _CutOff(9), SMALL)
        case.monolith.execute("ALTER TABLE reviews_review ALTER text TYPE text USING upper(text)")
        assert refreshed(migration)["review"] == (12, 12, 0, 0)
        assert verified(migration).clean
