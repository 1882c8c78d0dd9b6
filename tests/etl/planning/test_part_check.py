"""The plan counts rows that are in no part of their table, or in several."""

from __future__ import annotations

import pytest

from strangler_etl.planning.plan import plan_etl
from strangler_etl.planning.table_risks import RiskKind
from tests.etl.parts_case import ENGINES, OpenedParts

USERS = [
    "CREATE TABLE users (id integer PRIMARY KEY, age integer)",
    *(f"INSERT INTO users VALUES ({number}, {number})" for number in range(1, 13)),
    "INSERT INTO users VALUES (13, NULL)",
]
PART = """
[etl.people.tables.{}]
source = "users"
columns = {{ id = "id", age = "age" }}
where = "{}"
"""
BEGIN = '\ntables = ["users"]\n[etl.people]\nway_back = false\n'


@pytest.mark.parametrize("opened_parts", ENGINES, indirect=True)
def test_each_row_is_in_one_part_or_told(opened_parts: OpenedParts) -> None:
    """With their first keys, once; they stop no copy. Parts with one filter are no parts by rows."""
    text = BEGIN + PART.format("young", "age < 4") + PART.format("old", "age > 2") + PART.format("aged", "age > 2")
    with opened_parts(USERS, text) as migration:
        migration.source.execute("UPDATE users SET age = NULL WHERE id IN (2, 6, 7, 8, 10)")
        assert not [risk for table in plan_etl(migration).tables for risk in table.risks if risk.rows is not None]
        plan = plan_etl(migration, check=True)
        risks = [(table.name, risk) for table in plan.tables for risk in table.risks if risk.kind is RiskKind.PARTS]
        assert [(name, risk.column, risk.what, risk.rows) for name, risk in risks] == [
            (
                "young",
                "id",
                (
                    "of users is in none of young, old, aged: such a row is not copied, and stays with v1; the first:"
                    " 2, 6, 7, 8, 10"
                ),
                6,
            ),
            ("young", "id", "of users is in more than one of young, old, aged: each gets such a row; the first: 3", 1),
        ]
        assert plan.stopping == 0


@pytest.mark.parametrize("opened_parts", ["sqlite sqlite"], indirect=True)
def test_one_filter_alone_takes_what_it_takes(opened_parts: OpenedParts) -> None:
    """Its rows are the ones that were meant."""
    with opened_parts(USERS, BEGIN + PART.format("young", "age < 4")) as migration:
        risks = [risk for table in plan_etl(migration, check=True).tables for risk in table.risks]
        assert [risk for risk in risks if risk.kind is RiskKind.PARTS] == []
