"""Services that use each other, as texts, for tests: orders call the catalog, which calls the stock."""

from __future__ import annotations

from strangler.contracts.library import Library
from tests.contracts.documents import COMMON, library_of

_HEALTH = """
    "shop.common.v0.models.healthcheck": {
      path: "/_internal_",
      operations: [
        {
          method: "GET", path: "/healthcheck", description: "Whether the service is well.",
          responses: { "200": { type: "shop.common.v0.models.healthcheck" } },
        },
      ],
    },
"""


def operation(method: str, path: str, *more: str) -> str:
    """An operation that keeps the rules, with more keys."""
    parameters = 'parameters: [{ name: "id", type: "uuid" }],' if "{id}" in path else ""
    missing = ', "404": { type: "unit" }' if "{id}" in path else ""
    wrong = ', "422": { type: "shop.common.v0.models.generic_error" }' if method == "POST" else ""
    return (
        f'{{ method: "{method}", path: "{path}", description: "x", {parameters}'
        f' responses: {{ "200": {{ type: "unit" }}{missing}{wrong} }}, {", ".join(more)} }}'
    )


def service(name: str, *operations: str, uses: str = "", more: str = "") -> str:
    """A document of the namespace ``shop.NAME.v0``; `more` are further keys of it."""
    return (
        f'{{ name: "{name}", namespace: "shop.{name}.v0", version: "0.1.0", imports: ["common.json5"],\n'
        f"  uses: {{ {uses} }},\n  resources: {{{_HEALTH} json: {{ operations: [\n    "
        + ",\n    ".join(operations)
        + f"\n  ] }} }},\n{more} }}"
    )


EVENTS = """
  models: {
    product: { description: "Sold.", fields: [{ name: "id", type: "uuid" }] },
    product_upserted: { description: "x", fields: [
      { name: "event_id", type: "string" }, { name: "timestamp", type: "date-time-iso8601" },
      { name: "product", type: "product" },
    ] },
    product_deleted: { description: "x", fields: [
      { name: "event_id", type: "string" }, { name: "timestamp", type: "date-time-iso8601" },
      { name: "product", type: "product" },
    ] },
  },
  unions: { product_event: { description: "x", discriminator: "discriminator",
    types: [{ type: "product_upserted" }, { type: "product_deleted" }] } },
  events: { product_event: { stream: "catalog.v0.product_event.json" } },
"""
STOCK = service("stock", operation("GET", "/stock/{id}", 'p99: "20ms"'))
CATALOG = service(
    "catalog",
    operation("GET", "/products/{id}", 'p99: "50ms"'),
    operation("GET", "/prices/{id}", "calls: {}", 'p99: "30ms"'),
    uses='"shop.stock.v0": { operations: ["GET /stock/{number}"] }',
    more=EVENTS,
)
ORDERS = service(
    "orders",
    operation(
        "POST",
        "/orders",
        'calls: { "shop.catalog.v0": ["GET /products/{id}", "GET /prices/{id}"] }',
        'p99: "0.2s"',
    ),
    operation("GET", "/orders/{id}"),
    uses='"shop.catalog.v0": { operations: ["GET /products/{id}", "GET /prices/{id}"], events: ["product_event"] }',
)


def shop(**texts: str) -> Library:
    """The library of the three services, or of others under their names."""
    texts = {"orders": ORDERS, "catalog": CATALOG, "stock": STOCK, **texts}
    return library_of({**texts, "common": COMMON}, *texts)


def changed(text: str, old: str, new: str) -> str:
    """A text with something else in it."""
    assert old in text, old
    return text.replace(old, new, 1)
