"""Whom a change of a document reaches."""

from __future__ import annotations

import pytest

from strangler.contracts.comparison.reach import Versions, reaches
from strangler.contracts.library import Library
from tests.contracts.dependencies.shop_documents import CATALOG, changed, operation, service, shop

_SEARCH = service("search", uses='"shop.catalog.v0": { events: ["product_event"] }')
_ALL = service(
    "all",
    uses='"shop.catalog.v0": { operations: ["GET /products/{id}", "GET /prices/{id}"], events: ["product_event"] }',
)
_PARTNER = changed(
    changed(service("partner", operation("GET", "/mine")), '["common.json5"]', '["common.json5", "catalog.json5"]'),
    '"200": { type: "unit" }',
    '"200": { type: "shop.catalog.v0.models.product" }',
)
_OLD = changed(
    CATALOG,
    '"200": { type: "unit" }, "404": { type: "unit" } }, p99: "50ms"',
    '"200": { type: "product" } }, p99: "50ms"',
)
_NOTHING: set[tuple[str, tuple[str, ...]]] = set()


def _company(catalog: str = _OLD) -> Library:
    return shop(catalog=catalog, search=_SEARCH, all=_ALL, partner=_PARTNER)


def _told(*pairs: tuple[str, str], old: str = _OLD) -> set[tuple[str, tuple[str, ...] | None]]:
    """Breaking changes by their subjects, with whom they reach, where the catalog has other texts."""
    text = old
    for before, after in pairs:
        text = changed(text, before, after)
    library, later = _company(old), shop(catalog=text)
    versions = Versions(library.document("catalog"), library, later.document("catalog"), later)
    found = reaches(versions, library)
    assert [item.change for item in found] == [*versions.changes()]
    return {(item.change.subject, item.users) for item in found if item.change.breaking}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"/prices/{id}"', '"/amounts/{id}"', {("GET /prices/{id}", ("all", "orders"))}),
        (
            'product: { description: "Sold.", fields: [{ name: "id", type: "uuid" }] }',
            'product: { description: "Sold.", fields: [{ name: "id", type: "string" }] }',
            {("product.id", ("all", "orders", "partner", "search"))},
        ),
        (
            'types: [{ type: "product_upserted" }, { type: "product_deleted" }]',
            'types: [{ type: "product_upserted" }]',
            _NOTHING,
        ),
        (
            'types: [{ type: "product_upserted" },',
            'types: [{ type: "product_upserted" }, { type: "product_deleted", discriminator_value: "lost" },',
            {("product_event.lost", ("all", "orders", "search"))},
        ),
        (
            "catalog.v0.product_event.json",
            "catalog.v0.product.json",
            {("catalog.v0.product_event.json", ("all", "orders", "search"))},
        ),
        (
            "models: {",
            'headers: [{ name: "X-Tenant", type: "string" }], models: {',
            {("header X-Tenant", ("all", "orders"))},
        ),
        ('path: "/_internal_"', 'path: "/internal"', {("GET /_internal_/healthcheck", ())}),
    ],
)
def test_a_change_reaches_who_uses_what_it_changes(
    old: str, new: str, expected: set[tuple[str, tuple[str, ...]]]
) -> None:
    """Operations, events and types, each by those who use them; what nobody uses reaches nobody."""
    assert _told((old, new)) == expected


def test_a_type_that_is_gone_reaches_who_imports_it() -> None:
    """The operation that had it reaches its users besides."""
    product = 'product: { description: "Sold.", fields: [{ name: "id", type: "uuid" }] }'
    found = _told(
        (product, product.replace("product", "ware")),
        ('{ name: "product", type: "product" }', '{ name: "product", type: "ware" }'),
        ('{ name: "product", type: "product" }', '{ name: "product", type: "ware" }'),
        ('"200": { type: "product" }', '"200": { type: "ware" }'),
    )
    assert found == {("product", ("partner",))}


def test_a_new_major_version_is_none_of_what_is_used() -> None:
    """Who uses the old namespace is named for what is gone from it."""
    found = _told(("shop.catalog.v0", "shop.catalog.v1"), ('"/prices/{id}"', '"/amounts/{id}"'))
    assert ("GET /prices/{id}", ("all", "orders")) in found


def test_without_documents_nobody_is_known() -> None:
    """That is not nobody."""
    library, later = _company(), _company(changed(_OLD, '"/prices/{id}"', '"/amounts/{id}"'))
    versions = Versions(library.document("catalog"), library, later.document("catalog"), later)
    assert {item.users for item in reaches(versions, None)} == {None}
