"""Module coupling."""

from __future__ import annotations

from strangler_analyzers.graph.coupling import ModuleCoupling, module_coupling
from tests.analyzers.shop_facts import shop_facts


def test_imports_and_calls_count_between_application_modules() -> None:
    """The most coupled module comes first, with distinct neighbours and single uses."""
    assert module_coupling(shop_facts())[0] == ModuleCoupling(
        "shop.orders.services", afferent=2, efferent=4, uses_in=3, uses_out=9
    )


def test_tests_do_not_count() -> None:
    """A test that imports a module does not couple it."""
    views = next(row for row in module_coupling(shop_facts()) if row.module == "shop.orders.views")
    assert (views.afferent, views.efferent) == (0, 2)
    assert views.instability == 1.0
