"""What the service has written goes back whole, or not at all."""

from __future__ import annotations

import pytest

from strangler.demo.postgres import PostgresServer
from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.backfill import backfill
from strangler_etl.errors import DatabaseError, RefusedRowError
from strangler_etl.following.changed_keys import source_keys
from strangler_etl.following.follower import apply_backward
from strangler_etl.migration import open_migration
from tests.etl.access_case import FOLLOWED, MEMBERS, OpenedAccess, copied_access, require_equal
from tests.etl.copied_case import copied, give_to_v2, key_of, verified
from tests.etl.item_project import ITEM_PROJECT
from tests.etl.reviews_case import ReviewsCase

PROJECT = f"""{ITEM_PROJECT}
id = {{ key = "source" }}
name = "name"
"""


@pytest.mark.postgres
def test_a_text_too_long_for_the_monolith_is_refused_and_not_cut(postgres: PostgresServer) -> None:
    """A cast to the column's type would cut it without a word."""
    urls = [DatabaseUrl(postgres.create_database(f"way_back_{side}")) for side in ("source", "target")]
    for url, type_ in zip(urls, ("varchar(5)", "text"), strict=True):
        with open_database(url) as database:
            database.execute(f"CREATE TABLE item (id bigint PRIMARY KEY, name {type_} NOT NULL)")
    environment = {"SOURCE": urls[0].reveal(), "TARGET": urls[1].reveal()}
    with open_migration(parse_project(PROJECT), "reviews", environment) as migration:
        migration.install()
        backfill(migration, SilentProgress())
        give_to_v2(migration)
        migration.target.execute("INSERT INTO item VALUES (1, 'longer')")
        with pytest.raises(DatabaseError, match="too long"):
            apply_backward(migration.source, migration.target, migration.mapping)
        assert migration.source.rows("SELECT * FROM item") == []


@pytest.mark.parametrize("access", FOLLOWED, indirect=True)
def test_rows_that_refer_to_one_with_another_number_go_along(access: OpenedAccess) -> None:
    """Nothing was written to them at v2, but the monolith knows them by that number, also where it was another's."""
    with access() as migration:
        source, target = migration.source, migration.target
        copied_access(migration)
        give_to_v2(migration)
        for statements in (
            ["UPDATE account SET number = 105 WHERE number = 5"],
            ["UPDATE account SET number = 200 WHERE number = 105", "UPDATE account SET number = 105 WHERE number = 7"],
            ["UPDATE account SET number = 300 WHERE number = 6", "DELETE FROM membership WHERE role = 'admin'"],
        ):
            for statement in statements:
                target.execute(statement)
            assert verified(migration).clean
            apply_backward(source, target, migration.mapping)
            require_equal(migration)


def test_children_with_keys_of_their_own_follow_a_number(case: ReviewsCase) -> None:
    """Their own numbers stay, the one they refer by changes."""
    with copied(case, 3) as migration:
        give_to_v2(migration)
        case.service.execute("UPDATE review SET number = 50 WHERE number = 2")
        apply_backward(migration.source, migration.target, migration.mapping)
        assert case.source_rows("SELECT id, review_id FROM reviews_vote ORDER BY id") == [(1, 1), (2, 50), (3, 3)]
        assert verified(migration).clean


@pytest.mark.parametrize("access", FOLLOWED, indirect=True)
def test_rows_of_a_parent_that_nobody_knows_any_more_go_with_the_whole_table(access: OpenedAccess) -> None:
    """The journal of the parent was pruned, and no key map has it: the table is compared from one end to the other."""
    with access() as migration:
        copied_access(migration)
        give_to_v2(migration)
        with migration.target.transaction():
            parent = "(SELECT id FROM account WHERE number = 7)"
            migration.target.execute(f"DELETE FROM membership WHERE account_id = {parent}")
            migration.target.execute("DELETE FROM account WHERE number = 7")
        migration.target.execute("UPDATE membership SET since = 9 WHERE role = 'admin'")
        migration.target.execute(f"DELETE FROM {migration.target.own('journal')} WHERE table_name = 'account'")
        changes = migration.target.journal.changes(None, ["membership"])
        membership = migration.mapping.named("membership")
        assert source_keys(migration.source, migration.target, migration.mapping, membership, changes) is None
        apply_backward(migration.source, migration.target, migration.mapping)
        found = migration.source.rows("SELECT role, account_id, since FROM membership ORDER BY role, account_id")
        assert sorted(map(repr, found)) == sorted(map(repr, migration.target.rows(MEMBERS)))
        assert not any(account == 7 for _, account, _ in found)


def test_a_row_that_the_monolith_refuses_is_named_as_it_is_in_v2(case: ReviewsCase) -> None:
    """Where it can be mended, with its table and key, beside what v1 says; then it goes back."""
    case.monolith.execute("CREATE UNIQUE INDEX one_text ON reviews_review (text)")
    with copied(case) as migration:
        give_to_v2(migration)
        case.service.execute("UPDATE review SET body = 'text 3' WHERE number = 2")
        case.service.execute("UPDATE review SET body = 'new' WHERE number = 4")
        with pytest.raises(RefusedRowError) as caught:
            apply_backward(migration.source, migration.target, migration.mapping)
        assert (caught.value.row.table, caught.value.row.key) == ("reviews_review", "2")
        told = f"the row {key_of(2)} of review in v2, which is 2 of reviews_review here, is refused: "
        assert told in str(caught.value)
        assert f"change or delete it in v2, in {migration.target.address}, or change what refuses" in str(caught.value)
        case.service.execute("UPDATE review SET body = 'other' WHERE number = 2")
        apply_backward(migration.source, migration.target, migration.mapping)
        assert verified(migration).clean


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_a_deletion_that_the_monolith_refuses_is_named(case: ReviewsCase) -> None:
    """It has no row in v2 any more, so it is told by v1's."""
    refusal = """
    CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'votes are kept'; END $$;
    CREATE TRIGGER kept BEFORE DELETE ON reviews_vote FOR EACH ROW EXECUTE FUNCTION keep();
    """
    with copied(case) as migration:
        case.monolith.execute(refusal)
        give_to_v2(migration)
        case.service.execute("DELETE FROM vote WHERE number = 5")
        with pytest.raises(RefusedRowError, match="the row 5 of reviews_vote is refused: votes are kept"):
            apply_backward(migration.source, migration.target, migration.mapping)
