"""The apps of a monolith."""

from __future__ import annotations

from dataclasses import replace

from strangler.model.location import Location
from strangler.model.system import Module, SystemFacts
from strangler.model.tables import ForeignKey, Table, TableOrigin
from strangler_analyzers.graph.applications import Applications
from tests.analyzers.shop_facts import shop_facts


def facts(modules: list[str], models: list[str]) -> SystemFacts:
    """Facts with these modules and a table for each model."""
    return SystemFacts(
        "m",
        modules=tuple(Module(name, f"{name}.py", 1) for name in modules),
        tables=tuple(Table(model, TableOrigin.DJANGO, model, Location("m.py", 1)) for model in models),
    )


def test_a_package_that_holds_models_is_an_app() -> None:
    """Everything in it belongs to it, however deep."""
    apps = Applications(
        facts(
            ["big.plugins.bank.models", "big.base.models.order"],
            ["big.plugins.bank.models:A", "big.base.models.order:B"],
        )
    )
    assert apps.of("big.plugins.bank.views.admin:index") == "big.plugins.bank"
    assert apps.of("big.base.models.order") == "big.base"
    assert apps.of_table("big.base.models.order:B") == "big.base"


def test_code_without_models_belongs_to_its_second_level_package() -> None:
    """Views of the control panel are an app of their own."""
    apps = Applications(shop_facts())
    assert apps.of("shop.payments.client:charge") == "shop.payments"
    assert apps.of("shop.utils") == "shop.utils"


def test_packages_in_a_folder_of_apps_are_apps() -> None:
    """The layout of a library: what has no models of its own is not one big app."""
    modules = [
        "oscar.apps",
        "oscar.apps.basket.models",
        "oscar.apps.order.models",
        "oscar.apps.dashboard",
        "oscar.apps.dashboard.reports.views",
        "oscar.apps.dashboard.views",
        "oscar.apps.middleware",
        "oscar.core.loading",
    ]
    apps = Applications(facts(modules, ["oscar.apps.basket.models:Basket", "oscar.apps.order.models:Order"]))
    assert [apps.of(name) for name in modules] == [
        "oscar.apps",
        "oscar.apps.basket",
        "oscar.apps.order",
        "oscar.apps.dashboard",
        "oscar.apps.dashboard",
        "oscar.apps.dashboard",
        "oscar.apps",
        "oscar.core",
    ]


def test_apps_without_a_common_package_are_found_too() -> None:
    """A project folder whose apps lie side by side."""
    apps = Applications(facts(["orders.models", "users.models"], ["orders.models:A", "users.models:B"]))
    assert apps.of("orders.views.api") == "orders"


def test_one_package_of_models_for_everything_says_nothing() -> None:
    """Then the packages one level below the models' package are the apps."""
    apps = Applications(facts(["zou.app.models.person"], ["zou.app.models.person:Person", "zou.app.models.task:Task"]))
    assert apps.of("zou.app.blueprints.persons.resources") == "zou.app.blueprints"
    assert apps.of("zou.cli") == "zou.cli"


def test_a_table_without_a_model_has_no_app() -> None:
    """Raw SQL owns nothing."""
    assert Applications(shop_facts()).of_table("reviews_review") is None


def test_an_association_table_belongs_with_the_side_it_is_named_after() -> None:
    """`catalog_product_tags` refers to both sides and begins like one."""
    facts_ = shop_facts()
    here = Location("m.py", 1)
    keys = (ForeignKey("a", "accounts_customer", "id", here), ForeignKey("b", "catalog_product", "id", here))
    table = Table("catalog_product_fans", TableOrigin.DJANGO, None, here, foreign_keys=keys)
    assert Applications(replace(facts_, tables=(*facts_.tables, table))).of_table(table.name) == "shop.catalog"
