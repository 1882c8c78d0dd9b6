"""A database of either side that was put back as from a backup: nobody goes on as if it had not been."""

from __future__ import annotations

import psycopg
import pytest

from strangler.model.authority import Side
from strangler.model.progress import SilentProgress
from strangler.planner.follower_state import lag_of, standstill
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.journal_position import parsed_position
from strangler_etl.errors import AuthorityError, PrunedError, PutBackError
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.following.pruning import prune
from strangler_etl.migration import Migration
from strangler_etl.records.streams import StreamPosition, advance_position, forward_stream, read_position
from strangler_etl.refreshing.refresh import refresh
from strangler_etl.verification.repair import repair
from tests.etl.copied_case import copied, give_to_v2, verified
from tests.etl.putting_back import backed_up, files_backed_up, files_put_back, put_back
from tests.etl.reviews_case import ReviewsCase

V2_WRITES = "UPDATE review SET body = '{}' WHERE number = {}"
WRITES = "UPDATE reviews_review SET text = '{}' WHERE id = {}"


def followed(migration: Migration) -> int:
    """Follow v1; return how many rows that was about."""
    return apply_forward(migration.source, migration.target, migration.mapping).rows


def write(url: str, *statements: str) -> None:
    """Write as the monolith does, and go away."""
    database = open_database(DatabaseUrl(url))
    for statement in statements:
        database.execute(statement)
    database.close()


def test_a_backup_that_was_read_in_is_not_followed(case: ReviewsCase) -> None:
    """Not where nothing was written since, nor where as much was; a refresh lets the follower go on."""
    source = case.environment["SOURCE"]
    with copied(case, 3) as migration:
        write(source, WRITES.format("before", 1))
        assert followed(migration) == 1
    case.monolith.close()
    backed_up(source)
    write(source, "DELETE FROM reviews_vote WHERE id = 2", WRITES.format("lost", 2))
    with case.migration() as migration:
        assert followed(migration) == 2
    put_back(source)
    with case.migration() as migration:
        with pytest.raises(PutBackError, match="strangler etl run reviews --refresh"):
            followed(migration)
        assert "put back" in (why := standstill(migration, Side.V1) or "")
        assert "strangler etl run reviews --refresh" in why
        assert lag_of(migration, Side.V1) is None
    write(source, WRITES.format("again", 3), WRITES.format("and again", 3))
    with case.migration() as migration:
        with pytest.raises(PutBackError):
            followed(migration)
        refresh(migration, SilentProgress())
        write(source, WRITES.format("later", 1))
        assert followed(migration) == 1
        assert verified(migration).clean
        assert case.target_rows("SELECT body FROM review ORDER BY number") == [("later",), ("text 2",), ("and again",)]


def test_what_was_pruned_was_not_put_back(case: ReviewsCase) -> None:
    """The last record that was followed is gone, and may be."""
    with copied(case, 3) as migration:
        write(case.environment["SOURCE"], WRITES.format("new", 1))
        assert followed(migration) == 1
        verified(migration)
        assert prune(migration, ()).source_left == 0
        assert followed(migration) == 0
        write(case.environment["SOURCE"], WRITES.format("newer", 1))
        assert followed(migration) == 1


def test_a_position_of_an_earlier_release_is_gone_on_from(case: ReviewsCase) -> None:
    """It says less, and the next one says all."""
    with copied(case, 3) as migration:
        stream = forward_stream("reviews")
        known = read_position(migration.target, stream)
        old = parsed_position(str(known.position)).at
        with migration.target.transaction():
            advance_position(migration.target, stream, known, StreamPosition(old, known.read_at))
        write(case.environment["SOURCE"], WRITES.format("new", 1))
        assert followed(migration) == 1
        assert parsed_position(str(read_position(migration.target, stream).position)).last


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_files_that_were_put_back_are_not_followed(case: ReviewsCase) -> None:
    """The database is the same one: what was followed is not there, or another record has its number."""
    with copied(case, 3) as migration, psycopg.connect(case.environment["SOURCE"], autocommit=True) as administrator:
        write(case.environment["SOURCE"], WRITES.format("before", 1))
        files_backed_up(administrator)
        write(case.environment["SOURCE"], WRITES.format("lost", 2))
        assert followed(migration) == 2
        files_put_back(administrator)
        with pytest.raises(PutBackError):
            followed(migration)
        write(case.environment["SOURCE"], WRITES.format("with the same number", 2))
        with pytest.raises(PutBackError):
            followed(migration)


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_a_transaction_whose_number_came_again_is_not_passed_over(case: ReviewsCase) -> None:
    """As when files are put back that have all that was followed, and fewer transactions of others."""
    with copied(case, 3) as migration, psycopg.connect(case.environment["SOURCE"], autocommit=True) as administrator:
        administrator.execute("CREATE TEMP TABLE lower AS SELECT pg_current_xact_id() AS xid")
        assert followed(migration) == 0
        stream = forward_stream("reviews")
        known = read_position(migration.target, stream)
        with case.monolith.snapshot():
            now = case.monolith.journal.changes(None, ())
        with migration.target.transaction():
            advance_position(migration.target, stream, known, StreamPosition(now.position, now.read_at))
        write(case.environment["SOURCE"], WRITES.format("new", 2))
        administrator.execute(
            "UPDATE strangler.journal SET xid = (SELECT xid FROM lower)"
            " WHERE seq = (SELECT max(seq) FROM strangler.journal)"
        )
        with pytest.raises(PutBackError):
            followed(migration)


def both_followed(migration: Migration) -> None:
    """Follow both sides, and find them equal."""
    followed(migration)
    apply_backward(migration.source, migration.target, migration.mapping)
    assert verified(migration).clean


def closed(case: ReviewsCase) -> tuple[str, str]:
    """End the applications' connections; return the addresses of both databases."""
    case.close()
    return case.environment["SOURCE"], case.environment["TARGET"]


def bodies(migration: Migration) -> tuple[object, object]:
    """The texts of the reviews in v1, and in v2."""
    v1 = migration.source.rows("SELECT text FROM reviews_review ORDER BY id")
    v2 = migration.target.rows("SELECT body FROM review ORDER BY number")
    return [text for (text,) in v1], [text for (text,) in v2]


def test_a_service_that_was_put_back_behind_a_pruned_journal_is_told(case: ReviewsCase) -> None:
    """What changed in between is in no journal: its verification of then counts for nothing either."""
    with copied(case, 3) as migration:
        both_followed(migration)
    source, target = closed(case)
    backed_up(target)
    write(source, WRITES.format("pruned", 2))
    with case.migration() as migration:
        both_followed(migration)
        assert prune(migration, ()).source_left == 0
    put_back(target)
    write(source, WRITES.format("later", 3))
    with case.migration() as migration:
        with pytest.raises(PrunedError, match=r"was pruned beyond .*strangler etl run reviews --refresh"):
            followed(migration)
        assert "was pruned beyond" in (standstill(migration, Side.V1) or "")
        refresh(migration, SilentProgress())
        both_followed(migration)
        assert bodies(migration) == (["text 1", "pruned", "later"], ["text 1", "pruned", "later"])


@pytest.mark.parametrize("side", list(Side))
def test_a_side_that_was_put_back_while_v2_has_the_authority_is_mended_by_a_repair(
    case: ReviewsCase, side: Side
) -> None:
    """It says what v1 alone has left, which nothing overwrites before; then v1 gets what v2 says, and all goes on."""
    with copied(case, 3) as migration:
        give_to_v2(migration)
        both_followed(migration)
    source, target = closed(case)
    which = source if side is Side.V1 else target
    backed_up(which)
    write(target, V2_WRITES.format("lost", 2))
    with case.migration() as migration:
        both_followed(migration)
        prune(migration, ())
    put_back(which)
    write(target, V2_WRITES.format("new", 3))
    with case.migration() as migration:
        with pytest.raises(PutBackError, match="strangler etl verify reviews"):
            apply_backward(migration.source, migration.target, migration.mapping)
        with pytest.raises(AuthorityError):
            refresh(migration, SilentProgress())
        before, (found, now) = bodies(migration), (verified(migration), bodies(migration))
        assert (found.clean, found.differing, now) == (False, 2, before)
        assert found.put_back is not None
        assert repair(migration, found.differences) == 2
        both_followed(migration)
        second = "lost" if side is Side.V1 else "text 2"
        assert bodies(migration) == (["text 1", second, "new"], ["text 1", second, "new"])
        assert prune(migration, ()).target_left == 0


def test_what_v2_wrote_after_a_cutover_that_v1_has_forgotten_is_not_overwritten(case: ReviewsCase) -> None:
    """By its own database v1 has the authority; a refresh would give v2 the state of before."""
    with copied(case, 3) as migration:
        both_followed(migration)
    source, target = closed(case)
    backed_up(source)
    with case.migration() as migration:
        give_to_v2(migration)
    write(target, V2_WRITES.format("by v2", 2))
    with case.migration() as migration:
        both_followed(migration)
    put_back(source)
    with case.migration() as migration:
        # As the conditions of a move ask for.
        migration.install()
        with pytest.raises(AuthorityError, match="v2 has changed 1 row of which v1 knows nothing"):
            refresh(migration, SilentProgress())
        apply_backward(migration.source, migration.target, migration.mapping)
        refresh(migration, SilentProgress())
        both_followed(migration)
        assert bodies(migration) == (["text 1", "by v2", "text 3"], ["text 1", "by v2", "text 3"])


def test_the_way_back_goes_on_where_a_service_was_put_back_that_may_not_write(case: ReviewsCase) -> None:
    """Nothing it wrote is missed: it was closed, and the refresh gives it the state of v1."""
    with copied(case, 3) as migration:
        both_followed(migration)
    source, target = closed(case)
    backed_up(target)
    write(source, WRITES.format("new", 2))
    with case.migration() as migration:
        both_followed(migration)
    put_back(target)
    with case.migration() as migration:
        refresh(migration, SilentProgress())
        both_followed(migration)
        assert bodies(migration) == (["text 1", "new", "text 3"], ["text 1", "new", "text 3"])
