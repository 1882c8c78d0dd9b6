"""Personal values do not leave the source: masked or hashed there, verified as such, told from NULL."""

from __future__ import annotations

import hashlib

from strangler.model.progress import SilentProgress
from strangler.project_reader import parse_project
from strangler_etl.copying.backfill import backfill
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Missing, open_migration
from strangler_etl.planning.plan import plan_etl
from tests.etl.copied_case import verified
from tests.etl.reviews_case import ReviewsCase

PROJECT = """
[monolith]
database = "${SOURCE}"
[services.people]
tables = []
database = "${TARGET}"
[etl.people.tables.person.columns]
id = "id"
mail = { hash = "email" }
name = { mask = "upper(name)", with = "so%meone" }
phone = { mask = "phone" }
origin = "'monolith'"
"""


def test_masked_and_hashed_in_the_source(case: ReviewsCase) -> None:
    """Copied, followed and verified; the statement that creates the table gives a text for each; a constant beside."""
    case.monolith.execute(
        "CREATE TABLE person (id integer PRIMARY KEY NOT NULL, email text NOT NULL, name text, phone integer)"
    )
    case.monolith.execute("INSERT INTO person VALUES (1, 'änn@example.org', 'Ann', 555), (2, '', NULL, NULL)")
    environment = case.environment
    with open_migration(parse_project(PROJECT), "people", environment, Missing.PLAN) as migration:
        plan = plan_etl(migration)
        assert plan.tables[0].rows == 2
        assert "so%meone" in plan.tables[0].sql
    with open_migration(parse_project(PROJECT), "people", environment, Missing.CREATE) as migration:
        migration.install()
        backfill(migration, SilentProgress())
        case.monolith.execute("UPDATE person SET phone = 556 WHERE id = 1")
        case.monolith.execute("INSERT INTO person VALUES (3, 'c', 'Cy', NULL)")
        apply_forward(migration.source, migration.target, migration.mapping)
        assert verified(migration).clean
        assert migration.target.rows("SELECT id, mail, name, phone, origin FROM person ORDER BY id") == [
            (1, _hash("änn@example.org"), "so%meone", "***", "monolith"),
            (2, _hash(""), None, None, "monolith"),
            (3, _hash("c"), "so%meone", None, "monolith"),
        ]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
