"""``strangler why``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strangler.cli.main import run
from tests.cli.saved_shop import save_shop


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the analysed shop, which is the current folder, and a terminal of 110 columns."""
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.chdir(save_shop(tmp_path))


def test_prints_every_hop_with_its_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    """From a route to a table it never mentions."""
    assert run(["why", "POST /orders", "accounts_customer"]) == 0
    assert capsys.readouterr().out == ROUTE_TO_TABLE


def test_packages(capsys: pytest.CaptureFixture[str]) -> None:
    """A package stands for its modules."""
    assert run(["why", "shop.catalog", "shop.orders"]) == 0
    assert capsys.readouterr().out == PACKAGES


def test_no_dependency_is_a_finding_that_looks_the_other_way(capsys: pytest.CaptureFixture[str]) -> None:
    """The reverse question is proposed when it has an answer."""
    assert run(["why", "shop.utils", "create"]) == 1
    assert capsys.readouterr().out == (
        "module:shop.utils does not depend on function:shop.orders.views:create\n"
        "function:shop.orders.views:create depends on module:shop.utils: "
        "strangler why 'function:shop.orders.views:create' 'module:shop.utils'\n"
    )


def test_a_request_names_its_route(capsys: pytest.CaptureFixture[str]) -> None:
    """A concrete path does, as for trace."""
    assert run(["why", "GET /products/17", "reviews_review"]) == 0
    assert capsys.readouterr().out.startswith("route:ANY /products/{id} depends on table:reviews_review in 2 steps\n")


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Hops with the attributes of their edges; null when there is no path."""
    assert run(["why", "catalog_stock", "catalog_product", "--json"]) == 0
    (hop,) = json.loads(capsys.readouterr().out)["hops"]
    assert hop == {
        "source": "table:catalog_stock",
        "target": "table:catalog_product",
        "kind": "references",
        "location": {"file": "shop/catalog/models.py", "line": 32},
        "attributes": {"from_column": "product_id", "to_column": "id", "on_delete": "CASCADE"},
    }
    assert run(["why", "catalog_product", "catalog_stock", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["hops"] is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("models", "error: 'models' can mean 3 things; say which: module:shop.accounts.models, "),
        ("GET /ordrs", "error: no route answers 'GET /ordrs'; did you mean `GET /orders`"),
        ("orders_ordr", "error: nothing in the graph is called 'orders_ordr'; did you mean `table:orders_order`?"),
    ],
)
def test_names_that_name_nothing_or_too_much(name: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is guessed."""
    assert run(["why", name, "shop.utils"]) == 2
    assert capsys.readouterr().err.startswith(message)


ROUTE_TO_TABLE = """\
route:POST /orders depends on table:accounts_customer in 5 steps
  is handled by function:shop.orders.views:create                          shop/orders/views.py:3
          calls function:shop.orders.services:place_order                  shop/orders/views.py:24
          calls function:shop.orders.models:Order.save                     shop/orders/services.py:34
          calls function:shop.orders.loyalty:add_points [signal] [likely]  shop/orders/models.py:55
         writes table:accounts_customer [update]                           shop/orders/loyalty.py:9
"""
PACKAGES = """\
module:shop.catalog depends on module:shop.orders in 1 step
       contains module:shop.catalog.models            shop/catalog/models.py:1
        imports module:shop.orders.models [deferred]  shop/catalog/models.py:40
     is part of module:shop.orders                    shop/orders/models.py:1
"""
