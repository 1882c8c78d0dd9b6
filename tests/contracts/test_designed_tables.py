"""Which model of a document is which table of the monolith."""

from __future__ import annotations

from strangler.contracts.designed_tables import designed_tables
from strangler.contracts.extraction import draft
from strangler.model.designed_table import Design, DesignedColumn
from strangler.model.tables import Column, Table, TableOrigin
from tests.contracts.documents import library_of

_KEY = Column("id", "AutoField", primary_key=True)
_TABLES = (
    Table("app_badgedata", TableOrigin.DJANGO, "app.models:BadgeData", None, (_KEY, Column("slug", "CharField"))),
    Table("app_award", TableOrigin.DJANGO, "app.models:Award", None, (_KEY, Column("badge_id", "ForeignKey"))),
    Table("badge", TableOrigin.RAW_SQL, None, None, (_KEY, Column("a b", "text"))),
)


def _design(*changes: tuple[str, str]) -> Design:
    text = draft("badges", "badges.v0", _TABLES, ())
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return designed_tables(library_of({"badges": text}, "badges").document("badges"), _TABLES)


def test_every_table_of_a_draft_is_known_by_its_model() -> None:
    """With the names that columns have in the document, and in the tables that are generated from it."""
    design = _design()
    assert {source: table.name for source, table in design.tables.items()} == {
        "app_badgedata": "badge_data",
        "app_award": "award",
        "badge": "badge",
    }
    assert design.tables["badge"].names == {"id": "id", "a b": "a_b"}
    assert design.tables["app_award"].of("id") == DesignedColumn("id", "id", is_whole=True)


def test_a_model_that_somebody_called_anew_is_known_where_it_is_called_alike() -> None:
    """After the table, or without underscores; else nobody knows, and fields that are new have no column."""
    design = _design(("badge_data", "badgedata"), ("app_award", "award"), ('"badge_id"', '"badge"'))
    assert design.tables["app_badgedata"].name == "badgedata"
    assert [column.name for column in design.tables["app_award"].new] == ["badge"]
    assert "app_badgedata" not in _design(("badge_data", "medal")).tables
