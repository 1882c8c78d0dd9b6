"""What services use of each other, held to the company's rules."""

from __future__ import annotations

import pytest

from strangler.contracts.lint.finding import Finding
from strangler.contracts.lint.linter import lint
from strangler.model.design import LINT_TERMS
from strangler.project_reader import parse_project
from tests.contracts.dependencies.shop_documents import CATALOG, ORDERS, STOCK, changed, operation, service, shop


def found(*services: str, **texts: str) -> tuple[Finding, ...]:
    """What breaks a rule in the shop with other texts."""
    return lint(shop(**texts), LINT_TERMS, services)


def told(*services: str, **texts: str) -> list[tuple[str, str]]:
    """Rules and subjects."""
    return [(str(item.rule), item.subject) for item in found(*services, **texts)]


def test_services_that_use_what_is_there_in_time_have_no_findings() -> None:
    """Whatever parameters are called."""
    assert found() == ()


@pytest.mark.parametrize(
    ("old", "new", "subject", "message", "remedy"),
    [
        (
            '"shop.catalog.v0": { operations: ["GET /products/{id}", "GET /prices/{id}"], events: ["product_event"] }',
            '"shop.catalog.v0": { operations: ["GET /products/{id}", "GET /prices/{id}", "POST /products"] }',
            "shop.catalog.v0 POST /products",
            "catalog has no POST /products, which orders uses",
            "did you mean GET /products/{id}?",
        ),
        (
            'events: ["product_event"]',
            'events: ["products_event"]',
            "shop.catalog.v0 products_event",
            "catalog has no products_event, which orders uses",
            "did you mean product_event?",
        ),
        (
            'events: ["product_event"]',
            'events: ["product_event"] }, "shop.catalogue.v0": { events: ["thing"]',
            "shop.catalogue.v0 thing",
            "no document has the namespace shop.catalogue.v0, of which orders uses thing",
            "did you mean shop.catalog.v0?",
        ),
        (
            'events: ["product_event"]',
            'events: ["product_event"] }, "mail": { events: ["thing"]',
            "mail thing",
            "no document has the namespace mail, of which orders uses thing",
            "name it as design of a service, or import it",
        ),
    ],
)
def test_what_is_used_and_not_there_is_told(old: str, new: str, subject: str, message: str, remedy: str) -> None:
    """Where it is used, with what was meant."""
    (finding,) = found(orders=changed(ORDERS, old, new))
    assert (str(finding.rule), finding.subject, finding.message, finding.remedy) == (
        "unknown-use",
        subject,
        message,
        remedy,
    )
    assert (finding.location.file, finding.location.line) == ("orders.json5", 2)


def test_an_operation_is_no_event_and_an_event_no_operation() -> None:
    """A union that nothing publishes is no event either."""
    text = changed(CATALOG, 'events: { product_event: { stream: "catalog.v0.product_event.json" } },', "")
    assert ("unknown-use", "shop.catalog.v0 product_event") in told("orders", catalog=text)


def test_what_is_deprecated_is_told_where_it_is_used() -> None:
    """With what the other one says to use instead."""
    text = changed(CATALOG, 'p99: "30ms"', 'p99: "30ms", deprecation: "ask GET /products/{id}"')
    text = changed(
        text, 'product_event: { description: "x",', 'product_event: { description: "x", deprecation: "gone",'
    )
    price, events = found(catalog=text)
    assert (price.rule, price.subject) == ("deprecated-use", "shop.catalog.v0 GET /prices/{id}")
    assert price.message == "orders uses GET /prices/{id} of catalog, which is deprecated"
    assert price.remedy == "catalog says: ask GET /products/{id}"
    assert (events.rule, events.subject) == ("deprecated-use", "shop.catalog.v0 product_event")


def test_a_circle_of_calls_is_told_in_each_document_on_the_way() -> None:
    """With the way, and with what to say where an operation does not say what it calls."""
    text = service(
        "stock",
        operation("GET", "/stock/{id}"),
        uses='"shop.orders.v0": { operations: ["GET /orders/{id}"] }',
    )
    orders = changed(ORDERS, ', "GET /prices/{id}"], events', "], events")
    orders = changed(orders, ', "GET /prices/{id}"] }', "] }")
    first, second, third = found(orders=orders, stock=text)
    assert [item.location.file for item in (first, second, third)] == ["catalog.json5", "orders.json5", "stock.json5"]
    assert (first.rule, first.subject) == ("call-circle", "GET /products/{id}")
    assert second.message == (
        "GET /orders/{id} waits for itself: GET /orders/{id} (orders) -> GET /products/{id} (catalog, 50 ms)"
        " -> GET /stock/{id} (stock) -> GET /orders/{id} (orders)"
    )
    assert second.remedy == (
        "let one of them follow the events of the other, or say what is called: GET /orders/{id} (orders),"
        " GET /products/{id} (catalog), GET /stock/{id} (stock) may call all that their documents use"
    )
    assert told("orders", orders=orders, stock=text) == [("call-circle", "GET /orders/{id}")]
    said = changed(orders, operation("GET", "/orders/{id}"), operation("GET", "/orders/{id}", "calls: {}"))
    assert found(orders=said, stock=text) == ()


def test_events_may_go_in_circles() -> None:
    """Nobody waits for them."""
    stock = changed(STOCK, "uses: {  }", 'uses: { "shop.catalog.v0": { events: ["product_event"] } }')
    assert found(stock=stock) == ()


@pytest.mark.parametrize(
    ("old", "new", "message", "remedy"),
    [
        (
            'p99: "0.2s"',
            'p99: "80ms"',
            (
                "POST /orders is to answer within 80 ms, and waits 80 ms for GET /prices/{id} (catalog, 30 ms),"
                " GET /products/{id} (catalog, 50 ms)"
            ),
            "allow it more time, or have less to wait for; concurrent: true where the calls are made at the same time",
        ),
        (
            'p99: "0.2s"',
            'p99: "50ms", concurrent: true',
            ("POST /orders is to answer within 50 ms, and waits 50 ms for GET /products/{id} (catalog, 50 ms)"),
            "allow it more time, or have less to wait for",
        ),
        (
            operation("GET", "/orders/{id}"),
            operation("GET", "/orders/{id}", 'p99: "40ms"'),
            (
                "GET /orders/{id} is to answer within 40 ms, and may call what takes 50 ms:"
                " GET /products/{id} (catalog, 50 ms)"
            ),
            "say what it calls, allow it more time, or have less to wait for",
        ),
    ],
)
def test_a_target_that_can_not_be_kept_is_told(old: str, new: str, message: str, remedy: str) -> None:
    """What is called one after the other is summed; what may be called counts by the latest."""
    (finding,) = found(orders=changed(ORDERS, old, new))
    assert (str(finding.rule), finding.message, finding.remedy) == ("latency", message, remedy)


@pytest.mark.parametrize(
    ("old", "new"), [('p99: "0.2s"', 'p99: "81ms"'), ('p99: "0.2s"', 'p99: "51ms", concurrent: true')]
)
def test_a_target_that_leaves_time_is_not_told(old: str, new: str) -> None:
    """The time of the catalog has that of the stock in it."""
    assert found(orders=changed(ORDERS, old, new)) == ()


def test_no_chain_of_calls_is_deeper_than_the_company_allows() -> None:
    """Told of the deepest one of each document, where `[targets] depth` is set."""
    targets = parse_project("[targets]\ndepth = 1\n").lint
    (finding,) = lint(shop(), targets)
    assert (str(finding.rule), finding.subject, finding.location.file) == ("call-depth", "POST /orders", "orders.json5")
    assert finding.message == (
        "POST /orders waits for 2 calls behind each other, [targets] depth is 1: POST /orders (orders, 200 ms)"
        " -> GET /products/{id} (catalog, 50 ms) -> GET /stock/{id} (stock, 20 ms)"
    )
    assert lint(shop(), parse_project("[targets]\ndepth = 2\n").lint) == ()


def test_a_target_holds_through_calls_without_one() -> None:
    """What they wait for themselves is waited for."""
    orders = changed(ORDERS, 'p99: "0.2s"', 'p99: "49ms"')
    catalog = changed(CATALOG, 'p99: "50ms"', "")
    (finding,) = found(orders=orders, catalog=catalog)
    assert "waits 50 ms for GET /prices/{id} (catalog, 30 ms), GET /products/{id} (catalog)" in finding.message


def test_a_target_that_can_not_be_kept_is_told_beside_a_circle() -> None:
    """What is called for certain has its target, whatever else leads back."""
    catalog = changed(CATALOG, 'p99: "50ms"', 'p99: "50ms", calls: { "shop.stock.v0": ["GET /stock/{id}"] }')
    stock = service(
        "stock",
        operation("GET", "/stock/{id}", 'p99: "70ms"'),
        uses='"shop.catalog.v0": { operations: ["GET /products/{id}"] }',
    )
    assert told("catalog", catalog=catalog, stock=stock) == [
        ("call-circle", "GET /products/{id}"),
        ("latency", "GET /products/{id}"),
    ]
