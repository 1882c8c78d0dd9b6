"""The plan says what a run would do and the status what runs have done; neither changes anything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from strangler.model.errors import ConfigurationError
from strangler.project_reader import parse_project
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.copying.path import CopyPath
from strangler_etl.errors import MappingError
from strangler_etl.etl_status import CopyState, etl_status
from strangler_etl.migration import Missing, open_migration
from strangler_etl.planning.plan import EtlPlan, plan_etl
from strangler_etl.planning.table_risks import RiskKind
from strangler_etl.records.checkpoint import Checkpoint, replace_checkpoint
from tests.etl.copied_case import copied, seed_reviews, verified
from tests.etl.reviews_case import ReviewsCase


def test_order_path_and_size_of_every_table(case: ReviewsCase) -> None:
    """Parents first, by the way rows will travel; nothing of strangler's is made."""
    seed_reviews(case, 12)
    with case.migration() as migration:
        plan = plan_etl(migration)
        assert not migration.source.installed
        assert not migration.target.installed
    assert [(table.source, table.rows, table.after, table.owned) for table in plan.tables] == [
        ("reviews_review", 12, (), True),
        ("product", 2, (), False),
        ("reviews_vote", 12, ("reviews_review",), True),
    ]
    path = CopyPath.BLOCKS if case.monolith.dialect == "postgres" else CopyPath.ROWS
    assert {table.path for table in plan.tables} == {path}
    assert plan.rows == 26
    assert not plan.returns_whole
    assert all(table.bytes and table.chunks == 1 for table in plan.tables)
    assert "'secret'" in plan.tables[1].sql
    assert "%%" not in plan.tables[1].sql


def test_what_is_copied_already_is_not_counted(case: ReviewsCase) -> None:
    """After a run nothing is left to do."""
    with copied(case) as migration:
        plan = plan_etl(migration)
    assert [(table.copied, table.finished) for table in plan.tables] == [(12, True), (2, True), (12, True)]
    assert (plan.rows, plan.seconds) == (0, 0)


DATABASES = """
[monolith]
database = "${SOURCE}"
[services.notes]
tables = []
database = "${TARGET}"
"""
PROJECT = f"""{DATABASES}
[etl.notes.tables.note.columns]
id = "id"
size = "size::smallint"
at = "at"
title = "title"
code = "lower(code)"
folder = "folder"
[etl.notes.tables.folder.columns]
id = "id"
last = "last"
"""
FOLDER = '[etl.notes.tables.folder.columns]\nid = "id"\nlast = "last"\n'
MOMENT = "timestamp with time zone"
SOURCE = """
CREATE TABLE folder (id bigint PRIMARY KEY, last bigint);
CREATE TABLE note (id bigint PRIMARY KEY, size bigint NOT NULL, at timestamp NOT NULL, title text, code text,
    folder bigint NOT NULL);
"""
TARGET = """
CREATE TABLE folder (id bigint PRIMARY KEY, last bigint);
CREATE TABLE note (id bigint PRIMARY KEY, size integer NOT NULL, at timestamptz NOT NULL,
    title varchar(80) NOT NULL, code text UNIQUE, folder bigint NOT NULL REFERENCES folder);
ALTER TABLE folder ADD FOREIGN KEY (last) REFERENCES note DEFERRABLE INITIALLY DEFERRED;
"""


@pytest.fixture
def urls(postgres_database: str) -> dict[str, str]:
    """Notes in folders, on PostgreSQL."""
    other = f"{postgres_database}_notes"
    with open_database(DatabaseUrl(postgres_database)) as source:
        source.execute(f"CREATE DATABASE {other.rpartition('/')[2]}")
        source.execute(SOURCE)
    with open_database(DatabaseUrl(other)) as target:
        target.execute(TARGET)
    return {"SOURCE": postgres_database, "TARGET": other}


def _plan(urls: dict[str, str], project: str = PROJECT) -> EtlPlan:
    with open_migration(parse_project(project), "notes", urls) as migration:
        return plan_etl(migration)


@pytest.mark.postgres
def test_what_is_dangerous_is_said(urls: dict[str, str]) -> None:
    """Narrowing casts, time zones, lengths, NULLs and duplicates, by target column; a circle of foreign keys."""
    plan = _plan(urls)
    risks = {table.source: [(risk.column, risk.what) for risk in table.risks] for table in plan.tables}
    assert risks == {
        "folder": [],
        "note": [
            ("size", "bigint to smallint: a number beyond 32,767 stops the copy"),
            ("at", f"timestamp without time zone to {MOMENT}: moments without a time zone are taken for UTC"),
            ("title", "text to character varying(80): a text of more than 80 characters stops the copy"),
            ("title", "a NULL of the source stops the copy"),
            ("code", "must be unique, which nothing in the source sees to"),
        ],
    }
    assert {table.source: table.path for table in plan.tables} == {"folder": CopyPath.BLOCKS, "note": CopyPath.TEXT}
    assert {*plan.cycle} == {"folder", "note"}


@pytest.mark.postgres
def test_rows_that_would_stop_the_copy_are_counted(urls: dict[str, str]) -> None:
    """With a check: too long, NULL, there twice; what no row is found for is no risk any more."""
    with open_database(DatabaseUrl(urls["SOURCE"])) as source:
        source.execute(
            "INSERT INTO note VALUES (1, 1, now(), 'a', 'Code', 1), (2, 1, now(), NULL, 'code', 1),"
            " (3, 9999, now(), repeat('x', 81), 'CODE', 1), (4, 1, now(), NULL, NULL, 1)"
        )
    with open_migration(parse_project(PROJECT), "notes", urls) as migration:
        plan = plan_etl(migration, check=True)
        found = {(risk.column, risk.kind): risk.rows for table in plan.tables for risk in table.risks}
        assert found == {
            ("size", RiskKind.CONVERSION): None,
            ("at", RiskKind.CONVERSION): None,
            ("title", RiskKind.CONVERSION): 1,
            ("title", RiskKind.NULL): 2,
            ("code", RiskKind.DUPLICATE): 2,
        }
        assert plan.stopping == 5
        migration.source.execute("DELETE FROM note WHERE id > 1")
        assert plan_etl(migration, check=True).stopping == 0


@pytest.mark.postgres
def test_a_query_the_source_refuses_is_a_mapping_that_does_not_fit(urls: dict[str, str]) -> None:
    """Found by the plan, before anything runs."""
    with pytest.raises(MappingError, match=r"the source refuses its query: function lowr\(text\) does not exist"):
        _plan(urls, PROJECT.replace("lower(", "lowr("))


def test_the_status_says_how_far_each_table_is(case: ReviewsCase) -> None:
    """Before, after a part, after all of it, and once it is verified."""
    seed_reviews(case, 12)
    with case.migration() as migration:
        before = etl_status(migration)
        assert {(table.state, table.copied) for table in before.tables} == {(CopyState.UNTOUCHED, 0)}
        assert (before.verified_at, before.doubt) == (None, "not everything is copied yet")
        assert not migration.target.installed
        migration.install()
        replace_checkpoint(migration.target, "reviews", None, Checkpoint("reviews_review", "5", 5, finished=False))
        table = etl_status(migration).tables[0]
        assert (table.state, table.copied, table.last_key) == (CopyState.COPYING, 5, "5")


def test_the_status_knows_what_was_proved(case: ReviewsCase) -> None:
    """A verification counts until something speaks against it."""
    with copied(case) as migration:
        assert etl_status(migration).doubt == "the two databases were not found equal yet"
        verified(migration)
        status = etl_status(migration)
        assert (status.verified_at, status.doubt) == (1_000.0, None)
        assert [(table.state, table.copied, table.rows) for table in status.tables] == [
            (CopyState.COPIED, 12, 12),
            (CopyState.COPIED, 2, 2),
            (CopyState.COPIED, 12, 12),
        ]


def test_a_table_that_is_to_be_created_is_judged_with_the_foreign_keys_it_gets(tmp_path: Path) -> None:
    """Those that the printed statement has see to it that no row refers to none."""
    urls = {side.upper(): f"sqlite:///{tmp_path / side}.sqlite3" for side in ("source", "target")}
    (tmp_path / "target.sqlite3").touch()
    with closing(sqlite3.connect(tmp_path / "source.sqlite3")) as connection:
        connection.execute("CREATE TABLE folder (id integer PRIMARY KEY)")
        connection.execute("CREATE TABLE note (id integer PRIMARY KEY, folder integer NOT NULL REFERENCES folder)")
    project = parse_project(
        DATABASES.replace("[]", '["folder", "note"]')
        + '[etl.notes.tables.folder.columns]\nid = { key = "uuid" }\nnumber = { key = "source" }\n'
        '[etl.notes.tables.note.columns]\nid = { key = "uuid" }\nnumber = { key = "source" }\n'
        'folder = { key = "uuid", of = "folder" }\n'
    )
    with open_migration(project, "notes", urls, Missing.PLAN) as migration:
        plan = plan_etl(migration)
    assert 'REFERENCES "folder"' in plan.creations[1].statement
    assert [risk for table in plan.tables for risk in table.risks if risk.kind is RiskKind.WAY_BACK] == []


def test_one_database_for_both_sides_is_told_first(tmp_path: Path) -> None:
    """And not that its tables do not fit themselves."""
    with closing(sqlite3.connect(tmp_path / "one.sqlite3")) as connection:
        connection.execute("CREATE TABLE folder (id integer PRIMARY KEY)")
    url = f"sqlite:///{tmp_path / 'one.sqlite3'}"
    urls = {"SOURCE": url, "TARGET": url}
    project = parse_project(DATABASES + FOLDER)
    with pytest.raises(ConfigurationError, match="are the same"), open_migration(project, "notes", urls):
        pass


def test_keys_that_may_be_null_are_a_risk(tmp_path: Path) -> None:
    """SQLite lets keys of any type but INTEGER be NULL; such rows are counted, and no risk when there are none."""
    for side in ("source", "target"):
        with closing(sqlite3.connect(tmp_path / f"{side}.sqlite3")) as connection:
            connection.execute("CREATE TABLE folder (id text PRIMARY KEY, last integer)")
    urls = {side.upper(): f"sqlite:///{tmp_path / side}.sqlite3" for side in ("source", "target")}
    project = parse_project(PROJECT[: PROJECT.index("[etl.notes.tables.note")] + FOLDER)
    with open_migration(project, "notes", urls) as migration:
        assert [risk.what for risk in plan_etl(migration).tables[0].risks] == ["a row whose key is NULL is not copied"]
        migration.source.execute("INSERT INTO folder VALUES (NULL, 1), (NULL, 2), ('a', 3)")
        assert [risk.rows for risk in plan_etl(migration, check=True).tables[0].risks] == [2]
        migration.source.execute("DELETE FROM folder WHERE id IS NULL")
        assert plan_etl(migration, check=True).tables[0].risks == ()
