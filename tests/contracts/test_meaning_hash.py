"""What a document says as one number."""

from __future__ import annotations

from strangler.contracts.meaning_hash import meaning_hash
from tests.contracts.dependencies.shop_documents import CATALOG, ORDERS, changed, shop


def _hash(service: str, **texts: str) -> str:
    library = shop(**texts)
    return meaning_hash(library.document(service), library, ())


def test_what_is_used_of_others_does_not_count() -> None:
    """Neither do calls and targets: what was generated and proven stays so."""
    text = changed(ORDERS, 'calls: { "shop.catalog.v0": ["GET /products/{id}", "GET /prices/{id}"] }, p99: "0.2s"', "")
    text = changed(text, 'operations: ["GET /products/{id}", "GET /prices/{id}"], ', "")
    assert _hash("orders", orders=text) == _hash("orders")
    assert _hash("orders", orders=changed(text, '"POST"', '"PUT"')) != _hash("orders")


def test_a_value_of_such_a_name_counts() -> None:
    """It is what is sent."""
    field = '{ name: "id", type: "uuid" }] },'
    one, other = (
        changed(CATALOG, field, field.replace("}]", f"}}, {{ name: 'x', type: 'object', default: {{ calls: {n} }} }}]"))
        for n in (1, 2)
    )
    assert _hash("catalog", catalog=one) != _hash("catalog", catalog=other)
