"""Rows of journals as the service has them: the same whichever side has written them, filtered and split as mapped."""

from __future__ import annotations

import json

import pytest

from strangler.model.events import ChangedRow, RenderedEvent
from strangler.model.progress import SilentProgress
from strangler_etl.copying.backfill import backfill
from strangler_etl.migration import Migration
from strangler_etl.streams.errors import UnpublishableError
from strangler_etl.streams.memory import MemoryStream
from strangler_etl.streams.publication import Publication
from strangler_etl.streams.replay import Replay
from strangler_etl.streams.replay_terms import ReplayTerms
from strangler_etl.values.derived_key import derived_key
from tests.etl.copied_case import give_to_v2
from tests.etl.pair import OpenedPair, reopened
from tests.etl.streams.published_case import drained

pytestmark = pytest.mark.postgres


def plainly(changed: ChangedRow) -> RenderedEvent:
    """An event in the stream of its table with the row as it is."""
    return RenderedEvent(changed.table, "deleted" if changed.gone else "upserted", changed.row)


def told(migration: Migration, table: str) -> list[tuple[str, str, object]]:
    """What was published of a table since the last time: which event, key and row."""
    stream = MemoryStream()
    drained(Publication(migration, plainly, stream))
    return [(event.type, event.subject, json.loads(event.data)) for event in stream.events(table)]


def test_values_of_every_kind_are_the_same_from_both_sides(opened_pair: OpenedPair) -> None:
    """Numbers keep their digits, moments without a zone are those of UTC, and the types are those of the service."""
    columns = (
        "amount numeric(30,12), ratio double precision, at timestamp, day date, long interval, doc jsonb, words text[],"
        " raw bytea, flag boolean, code character(5), tiny smallint"
    )
    target = columns.replace("at timestamp", "at timestamptz").replace("tiny smallint", "tiny bigint")
    names = [column.split()[0] for column in columns.split(", ")]
    mapping = (
        '[etl.things.tables.item]\n[etl.things.tables.item.columns]\nid = { key = "uuid" }\n'
        'number = { key = "source" }\n' + "".join(f'{name} = "{name}"\n' for name in names)
    )
    values = (
        "123456789012345678.123456789012, 0.1, '2026-11-30 12:00:00.123456', '2026-11-30', '1 mon 2 days 03:00',"
        " '{\"b\": 1.50, \"a\": [null]}', '{\"x y\",NULL}', '\\x00ff', TRUE, 'ab', 7"
    )
    with opened_pair(
        f"CREATE TABLE item (id int PRIMARY KEY, {columns})",
        f"CREATE TABLE item (id uuid PRIMARY KEY, number bigint UNIQUE, {target})",
        mapping,
    ) as migration:
        migration.source.execute(f"INSERT INTO item VALUES (1, {values}), (2{', NULL' * len(names)})")
        backfill(migration, SilentProgress())
        before = told(migration, "item")
        give_to_v2(migration)
        migration.target.execute("UPDATE item SET tiny = 8")
        migration.target.execute("UPDATE item SET tiny = CASE number WHEN 1 THEN 7 END")
        assert told(migration, "item")[-2:] == before
        assert before[0][1] == str(derived_key("item", "1"))
        assert '"tiny": 7' in json.dumps(before[0][2])


def test_a_row_that_leaves_the_filter_is_gone(opened_pair: OpenedPair) -> None:
    """And one that has never met it is told by nothing when it comes or goes."""
    mapping = (
        "[etl.things.tables.item]\nwhere = \"state = 'open'\"\n"
        '[etl.things.tables.item.columns]\nid = "id"\nstate = "state"\n'
    )
    table = "CREATE TABLE item (id int PRIMARY KEY, state text)"
    with opened_pair(table, table, mapping) as migration:
        for statement in (
            "INSERT INTO item VALUES (1, 'open'), (2, 'shut'), (3, NULL)",
            "UPDATE item SET state = 'shut' WHERE id = 1",
            "DELETE FROM item WHERE id IN (1, 2)",
        ):
            migration.source.execute(statement)
        assert [(event, key) for event, key, _ in told(migration, "item")] == [("upserted", "1"), ("deleted", "1")]


def test_a_row_of_several_parts_is_an_event_of_each(opened_pair: OpenedPair) -> None:
    """With ids of their own."""
    mapping = (
        '[etl.things.tables.users]\ntarget = "account"\n'
        'columns = { id = { key = "uuid" }, number = { key = "source" }, email = "email" }\n'
        '[etl.things.tables."profile"]\nsource = "users"\n'
        'columns = { id = { key = "uuid" }, bio = "bio" }\n'
    )
    with opened_pair(
        "CREATE TABLE users (id int PRIMARY KEY, email text, bio text)",
        "CREATE TABLE account (id uuid PRIMARY KEY, number int UNIQUE, email text);"
        "CREATE TABLE profile (id uuid PRIMARY KEY, bio text)",
        mapping,
    ) as migration:
        migration.source.execute("INSERT INTO users VALUES (1, 'a@b', 'chess')")
        stream = MemoryStream()
        assert drained(Publication(migration, plainly, stream)) == 2
        (account,), (profile,) = stream.events("account"), stream.events("profile")
        assert account.id != profile.id
        assert account.subject == profile.subject == str(derived_key("users", "1"))
        assert json.loads(profile.data) == {"id": profile.subject, "bio": "chess"}


def test_a_key_of_several_columns_has_one_text(opened_pair: OpenedPair) -> None:
    """The same as everywhere: slashes within are escaped; also where the columns stand in another order."""
    mapping = (
        '[etl.things.tables.role]\n[etl.things.tables.role.columns]\nwho = "who"\nname = "name"\nlevel = "level"\n'
    )
    with opened_pair(
        "CREATE TABLE role (name text, who int, level int, PRIMARY KEY (name, who))",
        "CREATE TABLE role (who int, name text, level int, PRIMARY KEY (who, name))",
        mapping,
    ) as migration:
        migration.source.execute("INSERT INTO role VALUES ('a/b', 7, 1)")
        backfill(migration, SilentProgress())
        before = told(migration, "role")
        give_to_v2(migration)
        migration.target.execute("UPDATE role SET level = 2")
        after = told(migration, "role")[-1]
        assert (before[0][1], before[0][2]) == (after[1], {"who": 7, "name": "a/b", "level": 1})


_ITEM = "CREATE TABLE item (id int PRIMARY KEY, words text, body text)"
_ITEM_MAPPING = (
    '[etl.things.tables.item]\n[etl.things.tables.item.columns]\nid = "id"\nwords = "words"\nbody = "body"\n'
)


def test_a_column_that_the_service_drops_is_left_out(opened_pair: OpenedPair) -> None:
    """Also while it is published, and in rows that were changed before."""
    with opened_pair(_ITEM, _ITEM, _ITEM_MAPPING) as migration:
        give_to_v2(migration)
        migration.target.execute("INSERT INTO item VALUES (1, 'a', 'b')")
        stream = MemoryStream()
        publication = Publication(migration, plainly, stream)
        assert drained(publication) == 1
        migration.target.execute("UPDATE item SET body = 'c'")
        migration.target.execute("ALTER TABLE item DROP COLUMN words")
        migration.target.execute("UPDATE item SET body = 'd'")
        assert drained(publication) == 2
        assert [json.loads(event.data) for event in stream.events("item")] == [
            {"id": 1, "words": "a", "body": "b"},
            {"id": 1, "words": "a", "body": "c"},
            {"id": 1, "body": "d"},
        ]


def test_rows_changed_before_a_column_was_added_are_published_by_a_replay_of_rows(opened_pair: OpenedPair) -> None:
    """Their value of the column is not in the journal: the publisher says which command tells it, and goes on then."""
    with opened_pair(_ITEM, _ITEM, _ITEM_MAPPING) as opened:
        give_to_v2(opened)
        opened.target.execute("INSERT INTO item VALUES (1, 'a', 'b')")
        opened.target.execute("ALTER TABLE item ADD COLUMN size int DEFAULT 3")
        with reopened(opened, _ITEM_MAPPING) as migration:
            stream = MemoryStream()
            publication = Publication(migration, plainly, stream)
            with pytest.raises(UnpublishableError, match=r"got or renamed columns.*events replay things --rows"):
                publication.round()
            Replay(migration, publication, stream).run(ReplayTerms("rows", rows=True))
            migration.target.execute("UPDATE item SET size = 4")
            assert drained(publication) == 1
        rows = [json.loads(event.data) for event in stream.events("item")]
        assert rows == [{"id": 1, "words": "a", "body": "b", "size": size} for size in (3, 4)]
