"""The system from a distance."""

from __future__ import annotations

from strangler_analyzers.graph.overview import Level, OverviewEdge, OverviewEdgeKind, overview
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts


def test_modules_with_their_apps_and_dependencies() -> None:
    """Tests and migrations are left out."""
    seen = overview(SystemGraph(shop_facts()), Level.MODULES)
    assert len(seen.units) == 12
    views, services = "module:shop.orders.views", "module:shop.orders.services"
    assert OverviewEdge(views, services, OverviewEdgeKind.DEPENDS, 2) in seen.edges


def test_apps_add_up_what_their_modules_do() -> None:
    """Nothing an app does inside itself counts."""
    seen = overview(SystemGraph(shop_facts()), Level.APPS)
    assert [unit.name for unit in seen.units][:3] == ["shop.accounts", "shop.catalog", "shop.notifications"]
    assert OverviewEdge("module:shop.orders", "module:shop.catalog", OverviewEdgeKind.DEPENDS, 3) in seen.edges
    assert all(edge.source != edge.target for edge in seen.edges)
