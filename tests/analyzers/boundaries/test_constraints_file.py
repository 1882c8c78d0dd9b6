"""``boundaries.toml``."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.errors import ConfigurationError
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.boundaries.constraints_file import add_labels, load_constraints
from strangler_analyzers.boundaries.suggestion import study, suggest
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.sample_monolith import sample_facts

GRAPH = SystemGraph(sample_facts())
FILE = """
shared = ["catalog_tag"]
must_link = [["orders_order", "payments_payment"]]
cannot_link = [["reviews_review", "catalog_product"]]

[labels] # what the architects said in March
reviews_review = "opinions"

[pins]
"shop.api.auth" = "customers"
"shop.orders.invoices" = "shared"
"""


def test_everything_a_team_may_say_is_read(tmp_path: Path) -> None:
    """Each key becomes a constraint."""
    (tmp_path / "boundaries.toml").write_text(FILE)
    assert load_constraints(tmp_path / "boundaries.toml", GRAPH) == Constraints(
        labels={"reviews_review": "opinions"},
        together=(("orders_order", "payments_payment"),),
        apart=(("reviews_review", "catalog_product"),),
        shared=("catalog_tag",),
        pins={"shop.api.auth": "customers", "shop.orders.invoices": "shared"},
    )


def test_no_file_is_no_constraint(tmp_path: Path) -> None:
    """A team begins without."""
    assert load_constraints(tmp_path / "boundaries.toml", GRAPH) == Constraints()


def test_every_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    """Names that are not there, with the nearest, and keys nobody knows."""
    path = tmp_path / "boundaries.toml"
    path.write_text(
        'must_link = ["orders_order"]\nmust = 1\n[labels]\nreview_review = "a"\n[pins]\n"shop.nothing.x" = "b"\n'
    )
    with pytest.raises(ConfigurationError) as caught:
        load_constraints(path, GRAPH)
    text = str(caught.value)
    assert f"{path}:1:1: must_link must be a list of lists of strings" in text
    assert f"{path}:2:1: unknown key must in the file; did you mean must_link?" in text
    assert f"{path}:4:1: there is no table review_review; did you mean reviews_review?" in text
    assert f"{path}:6:1: there is no module shop.nothing.x" in text


def test_a_suggestion_keeps_to_all_of_it(tmp_path: Path) -> None:
    """Labels, links, what is shared and pinned modules."""
    path = tmp_path / "boundaries.toml"
    path.write_text(FILE)
    found = suggest(study(GRAPH, load_constraints(path, GRAPH)))
    by_table = {table: service.name for service in found.services for table in service.tables}
    by_module = {module: service.name for service in found.services for module in service.modules}
    assert by_table["reviews_review"] == "opinions"
    assert by_table["orders_order"] == by_table["payments_payment"]
    assert by_table["catalog_product"] != "opinions"
    assert "catalog_tag" not in by_table
    assert by_module["shop.api.auth"] == "customers"
    assert "shop.orders.invoices" in found.kernel.modules


def test_answers_are_added_and_comments_stay(tmp_path: Path) -> None:
    """The file is the team's."""
    path = tmp_path / "boundaries.toml"
    path.write_text(FILE)
    add_labels(path, {"orders_order": "sales"})
    assert "# what the architects said in March" in path.read_text()
    assert load_constraints(path, GRAPH).labels == {"reviews_review": "opinions", "orders_order": "sales"}
