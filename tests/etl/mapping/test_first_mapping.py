"""A first mapping is a valid mapping, and says what is to be decided."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlglot import exp

from strangler.model.designed_table import Design, DesignedColumn, DesignedTable
from strangler.model.errors import InputError
from strangler.model.location import Location
from strangler.model.tables import Column, ForeignKey, Table, TableOrigin
from strangler.project import Expression, KeyColumn, KeyKind
from strangler.project_reader import parse_project
from strangler_etl.mapping.expression_text import parsed_expression
from strangler_etl.mapping.first_mapping import first_mapping

HERE = Location("models.py", 1)


def _table(name: str, *columns: Column, keys: tuple[ForeignKey, ...] = ()) -> Table:
    return Table(name, TableOrigin.DJANGO, None, HERE, (Column("id", "AutoField", primary_key=True), *columns), keys)


TABLES = {
    table.name: table
    for table in (
        _table(
            "shop_review",
            Column("product_id", "ForeignKey"),
            Column("order", "IntegerField"),
            Column("author_email", "EmailField"),
            keys=(ForeignKey("product_id", "shop_product", "id", HERE),),
        ),
        _table("shop_vote", Column("review_id", "FK"), keys=(ForeignKey("review_id", "shop_review", "id", HERE),)),
        _table("shop_product"),
        _table("shop_report", Column("review_id", "FK"), keys=(ForeignKey("review_id", "shop_review", "id", HERE),)),
        Table(
            "shop_code",
            TableOrigin.DJANGO,
            None,
            HERE,
            (Column("code", "CharField", primary_key=True), Column("n", "I")),
        ),
        Table("shop_log", TableOrigin.RAW_SQL, None, HERE, (Column("line", "text"),)),
    )
}

TEXT = """
# How the monolith's tables become those of reviews: a first mapping, made from its map.
# A line is: target column = what it holds. Look it over, then run: strangler etl plan reviews
# A column only the service has: column = { default = "..." }. A table is split by further mappings,
# each with source = "TABLE"; several become one by one target and constants that tell them apart.

# shop_report.review_id refers to this table and stays in the monolith: decide what becomes of it.
[etl.reviews.tables.shop_review]
target = "review"

[etl.reviews.tables.shop_review.columns]
# Keys of its own, and the monolith's number, by which clients know a row. To keep the numbers as keys,
# write only: id = "id"
id = { key = "uuid" }
number = { key = "source" }
# shop_product stays in the monolith: product_id is kept, and no foreign key sees to it.
product_id = "product_id"
order = "\\"order\\""
author_email = "author_email"  # personal? leave it out, or write { mask = "author_email" } or { hash = "author_email" }

[etl.reviews.tables.shop_vote]
target = "vote"

[etl.reviews.tables.shop_vote.columns]
# Keys of its own, and the monolith's number, by which clients know a row. To keep the numbers as keys,
# write only: id = "id"
id = { key = "uuid" }
number = { key = "source" }
review_id = { key = "uuid", of = "shop_review" }

# What the service has to know of rows that stay: replicas, followed for ever, never written by it. Add
# the columns it reads to the keys.
# [etl.reviews.tables.shop_product]
# target = "shop_product"
# columns = { id = "id" }
"""


def test_the_whole_text() -> None:
    """Keys of its own, the references inside on them, those outside as they are, what may be personal."""
    draft = first_mapping("reviews", ["shop_review", "shop_vote"], TABLES)
    assert draft.text == TEXT
    assert draft.crossing == 2


def test_names_and_keys_are_those_of_the_design() -> None:
    """Whole numbers stay keys where it says so; what it leaves out, or has alone, is for people to decide."""
    review = DesignedTable(
        "product_review",
        (
            DesignedColumn("id", "id", is_whole=True),
            DesignedColumn("product", "product_id", is_whole=True),
            DesignedColumn("order", "order"),
            DesignedColumn("stars", None),
        ),
    )
    vote = DesignedTable(
        "vote",
        (
            DesignedColumn("id", "id", is_uuid=True),
            DesignedColumn("v1_number", None, is_whole=True),
            DesignedColumn("review_id", "review_id", is_whole=True),
        ),
    )
    designed = Design("design/reviews.json5", {"shop_review": review, "shop_vote": vote})
    text = first_mapping("reviews", ["shop_review", "shop_vote", "shop_log"], TABLES, designed).text
    assert "# Names and keys are those of design/reviews.json5, from which the service is generated.\n" in text
    assert (
        '[etl.reviews.tables.shop_review]\ntarget = "product_review"\n\n[etl.reviews.tables.shop_review.columns]\n'
        'id = "id"  # as in the document\n'
        "# shop_product stays in the monolith: product_id is kept, and no foreign key sees to it.\n"
        'product = "product_id"\norder = "\\"order\\""\n'
        "# author_email is no field of the document: map it, or name it in drop = [...] above.\n"
        '# stars is in the document only. Say what it holds, as the document requires it:\n# stars = "..."\n'
    ) in text
    assert 'id = { key = "uuid" }\nv1_number = { key = "source" }\nreview_id = "review_id"\n\n' in text
    assert "# No model of design/reviews.json5 is called after it: its names and keys are a proposal.\n" in text
    assert parse_project(f"[services.reviews]\n{text}").etl["reviews"][0].target == "product_review"


def test_references_follow_a_key_that_the_design_makes_anew() -> None:
    """Also where the column is called otherwise; without a field for the number that is told."""
    review = DesignedTable("review", (DesignedColumn("id", "id", is_uuid=True),))
    vote = DesignedTable("vote", (DesignedColumn("id", "id"), DesignedColumn("review", "review_id", is_uuid=True)))
    designed = Design("design/reviews.json5", {"shop_review": review, "shop_vote": vote})
    text = first_mapping("reviews", ["shop_review", "shop_vote"], TABLES, designed).text
    assert "# The document has no field for the monolith's number, without which no row goes back there.\n" in text
    columns = parse_project(f"[services.reviews]\n{text}").etl["reviews"][1].columns
    assert columns["review"] == KeyColumn(KeyKind.UUID, of="shop_review", column="review_id")


def test_keys_that_are_no_numbers_stay() -> None:
    """A code is as good in the service as in the monolith."""
    text = first_mapping("codes", ["shop_code"], TABLES).text
    assert 'code = "code"  # the key stays as it is\nn = "n"\n' in text


def test_a_table_without_a_key_is_pointed_out() -> None:
    """It cannot be followed."""
    text = first_mapping("logs", ["shop_log"], TABLES).text
    assert "# Its rows can be followed only with a primary key, which the map does not show.\n" in text


def test_an_association_table_without_a_key_gets_one_of_its_references() -> None:
    """As SQLAlchemy's are written; the statement is there to be copied."""
    keys = (ForeignKey("review_id", "shop_review", "id", HERE), ForeignKey("user", "shop_user", "id", HERE))
    columns = (Column("review_id", "Integer"), Column("user", "Integer"))
    likes = Table("shop_likes", TableOrigin.SQLALCHEMY, None, HERE, columns, keys)
    text = first_mapping("likes", ["shop_likes"], {**TABLES, "shop_likes": likes}).text
    assert '# ALTER TABLE shop_likes ADD PRIMARY KEY (review_id, "user")\n' in text


def test_a_key_of_several_columns_is_mapped_column_by_column() -> None:
    """Those that refer to rows of the service follow their keys; nobody refers to what has several."""
    member = Table(
        "shop_member",
        TableOrigin.SQLALCHEMY,
        None,
        HERE,
        (Column("role", "String", primary_key=True), Column("review_id", "Integer", primary_key=True)),
        (ForeignKey("review_id", "shop_review", "id", HERE),),
    )
    badge = Table(
        "shop_badge",
        TableOrigin.SQLALCHEMY,
        None,
        HERE,
        (Column("review_id", "Integer", primary_key=True), Column("member_review", "Integer", primary_key=True)),
        (ForeignKey("member_review", "shop_member", "review_id", HERE),),
    )
    tables = {**TABLES, "shop_member": member, "shop_badge": badge}
    text = first_mapping("reviews", ["shop_review", "shop_member", "shop_badge"], tables).text
    assert (
        "# A row is known by role and review_id together: leave none out, and let them be the target's primary key.\n"
    ) in text
    assert 'role = "role"\nreview_id = { key = "uuid", of = "shop_review" }\n' in text
    assert 'review_id = "review_id"\nmember_review = "member_review"\n' in text


def test_a_table_of_links_is_not_called_like_what_it_links_to() -> None:
    """A replica of that could not stand beside it."""
    links = Table("review_shop_code", TableOrigin.SQLALCHEMY, None, HERE, (Column("n", "Integer"),))
    tables = {**TABLES, "review_shop_code": links}
    for owned in (["review_shop_code"], ["review_shop_code", "shop_code"]):
        text = first_mapping("reviews", owned, tables).text
        assert 'target = "review_shop_code"\n' in text


def test_an_unknown_table_is_refused() -> None:
    """The boundary names what the map does not have."""
    with pytest.raises(InputError, match="the map of the monolith has no table shop_reviews; mend its name"):
        first_mapping("reviews", ["shop_reviews"], TABLES)


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12) | st.sampled_from(
    ["select", "User", "a b", 'q"q', "order", "number"]
)


@example("0", ["if"])
@given(NAMES, st.lists(NAMES, max_size=4))
def test_whatever_the_names_the_text_is_a_mapping_of_them(table: str, names: list[str]) -> None:
    """TOML and SQL quote what they have to; every column of the table is read."""
    columns = [Column("id", "AutoField", primary_key=True), *(Column(name, "T") for name in {*names} - {"id"})]
    found = Table(table, TableOrigin.DJANGO, None, None, tuple(columns))
    text = first_mapping("things", [table], {table: found}).text
    quoted = parse_project(f"[services.things]\n{text}").etl["things"][0].columns
    read = {
        column.name
        for source in quoted.values()
        if isinstance(source, Expression)
        for column in parsed_expression(source.sql).find_all(exp.Column)
    }
    assert read == {*names} - {"id"}
    assert sum(isinstance(source, KeyColumn) for source in quoted.values()) == 2
