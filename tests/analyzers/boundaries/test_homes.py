"""Who imports the files that models live in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strangler.model.location import Location
from strangler.model.system import Class, Import, Module, ModuleRole, SystemFacts
from strangler.model.tables import Column, ForeignKey, Table, TableOrigin
from strangler_analyzers.boundaries.clustering import cluster
from strangler_analyzers.boundaries.model_importers import common_home, importers, is_association, owner
from strangler_analyzers.graph.system_graph import SystemGraph

PLACE = Location("m.py", 1)
HOMES = ("basket", "line", "review", "vote")


def system(*imports: tuple[str, str], test: str = "") -> SystemFacts:
    """Four tables, each with a model in a file of its own, and who imports what."""
    names = sorted({*HOMES, *(name for pair in imports for name in pair)})
    roles = {test: ModuleRole.TEST}
    return SystemFacts(
        "shop",
        modules=tuple(Module(name, f"{name}.py", 10, roles.get(name, ModuleRole.APPLICATION)) for name in names),
        classes=(*(Class(f"{home}:Model", PLACE) for home in HOMES), Class("views:View", PLACE)),
        imports=tuple(Import(importer, imported, PLACE) for importer, imported in imports),
        tables=tuple(Table(f"t_{home}", TableOrigin.DJANGO, f"{home}:Model", PLACE) for home in HOMES),
    )


def rows(facts: SystemFacts) -> list[dict[str, float]]:
    """The importers of each table's home."""
    return importers(SystemGraph(facts), [f"t_{home}" for home in HOMES])


INDICES = (("index_a", "basket"), ("index_a", "line"), ("index_b", "review"), ("index_b", "vote"))


def test_tables_whose_models_one_index_gathers_belong_together() -> None:
    """Each model in a file of its own: only the indices say which files are one package."""
    partition = cluster(SystemGraph(system(*INDICES))).partition(2)
    assert partition["t_basket"] == partition["t_line"]
    assert partition["t_review"] == partition["t_vote"]
    assert partition["t_basket"] != partition["t_vote"]


def test_an_index_counts_more_than_a_module_that_defines_something() -> None:
    """Views use models of many packages; an index gathers those of its own."""
    basket, *_ = rows(system(*INDICES, ("views", "basket"), ("views", "vote")))
    assert basket["index_a"] > basket["views"] > basket["basket"] > 0


def test_an_index_that_imports_every_home_says_nothing() -> None:
    """It would make all tables alike."""
    everything = tuple(("index", home) for home in HOMES)
    assert rows(system(*everything)) == [{home: pytest.approx(0.5)} for home in HOMES]


def test_tests_do_not_count_as_importers() -> None:
    """They import what they try, from anywhere."""
    assert rows(system(("checks", "basket"), test="checks"))[0] == {"basket": pytest.approx(0.5)}


def test_a_table_between_two_belongs_to_the_one_its_name_begins_with() -> None:
    """And has that one's home; a table with a model has no owner."""
    keys = tuple(ForeignKey("x", target, "id", PLACE) for target in ("order", "order_line", "tag"))
    between = Table("order_line_tags", TableOrigin.DJANGO, None, PLACE, (), keys)
    assert owner(between) == "order_line"
    assert owner(Table("order_line_tags", TableOrigin.DJANGO, "m:Tag", PLACE, (), keys)) is None


def test_words_say_whose_a_table_between_two_is() -> None:
    """``certificates`` and ``certificate_tags``, ``policy`` and ``policies_ciphers``."""
    keys = tuple(ForeignKey("x", target, "id", PLACE) for target in ("certificates", "tags"))
    assert owner(Table("certificate_tags", TableOrigin.SQLALCHEMY, None, PLACE, (), keys)) == "certificates"
    assert owner(Table("certified_tags", TableOrigin.SQLALCHEMY, None, PLACE, (), keys)) is None
    itself = (ForeignKey("parent", "tags", "id", PLACE),)
    assert owner(Table("tags", TableOrigin.SQLALCHEMY, None, PLACE, (), itself)) is None


def between(*columns: str) -> Table:
    """A table without a model whose columns ``a`` and ``b`` are keys."""
    keys = tuple(ForeignKey(name, f"t_{home}", "id", PLACE) for name, home in (("a", "basket"), ("b", "vote")))
    return Table("joined", TableOrigin.SQLALCHEMY, None, PLACE, tuple(Column(name, "int") for name in columns), keys)


def test_a_table_that_says_more_than_what_belongs_together_is_no_association() -> None:
    """A key of its own is little; a price and a day are rows somebody is responsible for."""
    assert is_association(between("a", "b"))
    assert is_association(between("id", "a", "b"))
    assert not is_association(between("a", "b", "price", "day"))


def test_an_association_makes_no_service() -> None:
    """Though it lies in a file of its own, it goes with one of the two."""
    facts = system(*INDICES)
    facts = replace(facts, tables=(between("a", "b"), *facts.tables))
    for number in (2, 4):
        partition = cluster(SystemGraph(facts)).partition(number)
        assert partition["joined"] in {partition["t_basket"], partition["t_vote"]}


def test_a_home_of_nearly_all_models_says_nothing() -> None:
    """Nineteen of twenty models in one file: neither its importers tell any apart, nor homes of what has no model."""
    models = (*(f"models:M{number}" for number in range(19)), "other:Model")
    tables = (
        *(Table(f"t_{number}", TableOrigin.DJANGO, model, PLACE) for number, model in enumerate(models)),
        Table("between", TableOrigin.SQLALCHEMY, None, Location("between.py", 1)),
    )
    modules = tuple(Module(name, f"{name}.py", 10) for name in ("models", "other", "between", "views"))
    facts = SystemFacts("shop", modules=modules, imports=(Import("views", "other", PLACE),), tables=tables)
    names = tuple(table.name for table in tables)
    assert common_home(SystemGraph(facts), names) == "models"
    assert not any(importers(SystemGraph(facts), names))
    assert common_home(SystemGraph(replace(facts, tables=tables[1:])), names[1:]) is None
