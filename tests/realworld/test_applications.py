"""Applications from PyPI that nobody here wrote: analysed whole, and known facts found."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import pytest

from benchmarks.wheels import WheelUnavailableError, unpacked
from strangler.model.progress import SilentProgress
from strangler.model.system import SystemFacts
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze

pytestmark = pytest.mark.realworld


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of one application from its own documentation and code."""

    requirement: str
    package: str
    framework: str
    modules: int
    """At least this many."""
    routes: dict[tuple[str, str], str]
    """(method, path) -> handler."""
    tables: dict[str, str | None]
    """Table -> model."""
    foreign_keys: set[tuple[str, str, str]]
    """(table, column, target table)."""
    writes: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """(function, table)."""
    calls: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])


_APPLICATIONS = (
    Known(
        requirement="pretix==2026.8.0",
        package="pretix",
        framework="django",
        modules=990,
        routes={
            ("GET", "/control/login"): "pretix.control.views.auth:login",
            (
                "GET",
                "/api/v1/organizers/{organizer}/events/{event}/orders/{code}/",
            ): "pretix.api.views.order:EventOrderViewSet",
        },
        tables={
            "pretixbase_order": "pretix.base.models.orders:Order",
            "pretixbase_event": "pretix.base.models.event:Event",
            "pretixbase_orderposition": "pretix.base.models.orders:OrderPosition",
        },
        foreign_keys={
            ("pretixbase_order", "event_id", "pretixbase_event"),
            ("pretixbase_orderposition", "order_id", "pretixbase_order"),
        },
        writes={("pretix.base.services.orders:_create_order", "pretixbase_order")},
        calls={("pretix.base.services.orders:_perform_order", "pretix.base.services.orders:_create_order")},
    ),
    Known(
        requirement="django-oscar==4.2.1",
        package="oscar",
        framework="django",
        modules=485,
        routes={
            ("GET", "/basket/"): "oscar.apps.basket.views:BasketView",
            ("POST", "/checkout/preview/"): "oscar.apps.checkout.views:PaymentDetailsView",
            ("GET", "/dashboard/offers/{pk}/"): "oscar.apps.dashboard.offers.views:OfferDetailView",
        },
        tables={
            "order_order": "oscar.apps.order.models:Order",
            "catalogue_product": "oscar.apps.catalogue.models:Product",
            "voucher_voucher_offers": None,
        },
        foreign_keys={
            ("order_line", "order_id", "order_order"),
            ("partner_stockrecord", "product_id", "catalogue_product"),
        },
        writes={("oscar.apps.order.utils:OrderCreator.create_order_model", "order_order")},
    ),
    Known(
        requirement="zou==1.0.97",
        package="zou",
        framework="flask",
        modules=570,
        routes={
            ("GET", "/data/assets"): "zou.app.blueprints.assets.resources:AllAssetsResource",
            ("POST", "/actions/projects/{project_id}/delete-entities"): (
                "zou.app.blueprints.entities.resources:ProjectDeleteEntitiesResource"
            ),
        },
        tables={"entity": "zou.app.models.entity:Entity", "api_event": "zou.app.models.event:ApiEvent"},
        foreign_keys={("api_event", "project_id", "project"), ("asset_instance", "entity_id", "entity")},
    ),
    Known(
        requirement="prefect==3.8.8",
        package="prefect",
        framework="fastapi",
        modules=850,
        routes={
            ("POST", "/api/flow_runs/"): "prefect.server.api.flow_runs:create_flow_run",
            ("GET", "/api/flows/{id}"): "prefect.server.api.flows:read_flow",
        },
        tables={"flow_run": "prefect.server.database.orm_models:FlowRun"},
        foreign_keys={("agent", "work_queue_id", "work_queue")},
    ),
)


@cache
def _facts(known: Known) -> SystemFacts:
    try:
        folder = unpacked(known.requirement)
    except WheelUnavailableError as error:
        pytest.skip(str(error))
    return analyze(folder / known.package, SilentProgress())


@pytest.fixture(params=_APPLICATIONS, ids=lambda known: known.package)
def known(request: pytest.FixtureRequest) -> Known:
    """Each application in turn."""
    assert isinstance(request.param, Known)
    return request.param


def test_every_module_is_analysed(known: Known) -> None:
    """Nothing is dropped silently and the framework is recognised."""
    facts = _facts(known)
    assert len(facts.modules) >= known.modules
    assert known.framework in facts.frameworks


def test_known_routes_lead_to_their_handlers(known: Known) -> None:
    """Routes documented by the application are found with the class or function that answers."""
    handlers = {(route.method, route.path): route.handler for route in _facts(known).routes}
    handlers |= {
        (method, path): handler
        for (any_method, path), handler in handlers.items()
        if any_method == "ANY"
        for method in ("GET", "POST")
    }
    assert {key: handlers.get(key) for key in known.routes} == known.routes


def test_known_tables_have_their_models(known: Known) -> None:
    """Tables of the application's schema are found with the class that maps them."""
    models = {table.name: table.model for table in _facts(known).tables}
    assert {name: models.get(name, "missing") for name in known.tables} == known.tables


def test_known_foreign_keys_are_found(known: Known) -> None:
    """References of the application's schema are found."""
    keys = {(table.name, key.column, key.target_table) for table in _facts(known).tables for key in table.foreign_keys}
    assert known.foreign_keys - keys == set()


def test_known_writes_and_calls_are_found(known: Known) -> None:
    """Functions that create rows, themselves or through what they call, are known to write their tables."""
    facts = _facts(known)
    graph = SystemGraph(facts)
    assert {
        (function, table) for function, table in known.writes if table not in graph.tables_of([function]).writes
    } == set()
    assert known.calls - {(call.caller, call.callee) for call in facts.calls} == set()


def test_every_call_is_accounted_for(known: Known) -> None:
    """The ledger's parts add up, and most calls of an application can be explained."""
    ledger = _facts(known).ledger
    explained = ledger.resolved + ledger.external + ledger.builtin
    assert explained + ledger.ambiguous + ledger.opaque == ledger.total
    assert explained / ledger.total > 0.8
