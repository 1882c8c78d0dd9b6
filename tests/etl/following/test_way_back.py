"""What the service has written goes back whole, or not at all."""

from __future__ import annotations

import pytest

from strangler.demo.postgres import PostgresServer
from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.backfill import backfill
from strangler_etl.errors import DatabaseError
from strangler_etl.following.follower import apply_backward
from strangler_etl.migration import open_migration
from tests.etl.copied_case import give_to_v2

PROJECT = """
[monolith]
database = "${SOURCE}"
[services.reviews]
tables = ["item"]
database = "${TARGET}"
[etl.reviews.tables.item]
target = "item"
columns = { id = { key = "source" }, name = "name" }
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
