"""``strangler trace``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from strangler.cli.main import run
from strangler.model.location import Location
from strangler.model.system import EntryKind, EntryPoint
from strangler.store import ArtefactStore
from strangler_analyzers.graph.codec import save_facts
from tests.analyzers.shop_facts import shop_facts
from tests.cli.closed_folder import close
from tests.cli.saved_shop import save_shop


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the analysed shop, which is the current folder, and a terminal of 110 columns."""
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.chdir(save_shop(tmp_path))
    return tmp_path


def test_prints_the_way_of_a_request(capsys: pytest.CaptureFixture[str]) -> None:
    """Every line ends with its place."""
    assert run(["trace", "POST /orders"]) == 0
    assert capsys.readouterr().out == POST_ORDERS


def test_every_line_names_a_place_in_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Places are never cut or wrapped."""
    monkeypatch.setenv("COLUMNS", "40")
    assert run(["trace", "POST /orders"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(POST_ORDERS.splitlines())
    assert all(line.rpartition(":")[2].isdecimal() for line in lines)


def test_only_what_has_an_effect(capsys: pytest.CaptureFixture[str]) -> None:
    """Calls that touch nothing are left out, and what a package computes."""
    assert run(["trace", "POST /orders", "--effects"]) == 0
    idle = ("paginate", "models:Order [")
    lines = [line for line in POST_ORDERS.splitlines(keepends=True) if not any(name in line for name in idle)]
    assert capsys.readouterr().out == "".join(lines)


def test_a_depth_limit(capsys: pytest.CaptureFixture[str]) -> None:
    """What lies deeper is marked."""
    assert run(["trace", "POST /orders", "--depth", "0"]) == 0
    assert "place_order [deeper steps left out]" in capsys.readouterr().out


def test_traces_an_entry_point_and_a_function(capsys: pytest.CaptureFixture[str]) -> None:
    """Jobs have a way too."""
    assert run(["trace", "expire_stock"]) == 0
    assert capsys.readouterr().out == EXPIRE_STOCK


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The same steps as records."""
    assert run(["trace", "POST /orders", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["functions"] == []
    (request,) = printed["requests"]
    assert request["location"] == {"file": "shop/orders/views.py", "line": 3}
    assert request["writes"] == ["accounts_customer", "catalog_stock", "orders_order"]
    (handler,) = request["handler_steps"]
    assert [step["function"] for step in handler["steps"]] == [
        "shop.utils:paginate",
        "shop.orders.services:place_order",
    ]
    save = handler["steps"][1]["steps"][2]["steps"][0]
    assert save == {
        "step": "access",
        "location": {"file": "shop/orders/models.py", "line": 52},
        "column": 8,
        "table": "orders_order",
        "mode": "write",
        "operation": "save",
        "confidence": "certain",
        "in_loop": False,
        "transaction": {
            "begin": {"file": "shop/orders/services.py", "line": 30},
            "inherited": True,
            "savepoint": None,
        },
    }


def test_json_of_a_function_has_the_same_shape(capsys: pytest.CaptureFixture[str]) -> None:
    """Requests and functions always stand in lists of their own."""
    assert run(["trace", "expire_stock", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["requests"] == []
    (start,) = printed["functions"]
    assert start["id"] == "entry:command:expire_stock"
    assert start["location"] == {"file": "shop/catalog/stock.py", "line": 28}
    assert start["steps"][0]["function"] == "shop.catalog.stock:expire"


def test_every_receiver_of_a_signal_is_traced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One id may stand for several functions: each has its tree."""
    facts = shop_facts()
    first = facts.entry_points[0]
    second = replace(first, function="shop.catalog.stock:reserve", location=Location("shop/catalog/stock.py", 10))
    save_facts(ArtefactStore.beside(tmp_path), replace(facts, entry_points=(first, second)))
    assert run(["trace", f"entry:{first.kind}:{first.name}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines].count(f"entry:{first.kind}:{first.name}") == 2
    assert "└─ shop.catalog.stock:reserve" in "\n".join(lines)


def test_ids_with_a_slash_name_what_they_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The health check of a worker's own server is no route of the application, though it has a path."""
    facts = shop_facts()
    health = EntryPoint(EntryKind.SERVER, "GET /health", "shop.catalog.stock:expire", Location("shop/worker.py", 3))
    save_facts(ArtefactStore.beside(tmp_path), replace(facts, entry_points=(health,)))
    assert run(["trace", "entry:server:GET /health"]) == 0
    assert capsys.readouterr().out.startswith("entry:server:GET /health ")
    assert run(["trace", "route:POST /orders"]) == 0
    assert capsys.readouterr().out == POST_ORDERS


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file name that clears the screen or begins a line is spelled out."""
    facts = shop_facts()
    odd = EntryPoint(EntryKind.COMMAND, "odd", "shop.catalog.stock:expire", Location("a\x1b[2J\nb.py", 1))
    save_facts(ArtefactStore.beside(tmp_path), replace(facts, entry_points=(odd,)))
    assert run(["trace", "odd"]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith("a\\x1b[2J\\nb.py:1")


@pytest.mark.parametrize(
    ("request_", "status", "message"),
    [
        ("PUT /orders", 2, "error: the path exists, but does not answer 'PUT /orders'; did you mean `GET /orders`"),
        ("GET /ordrs", 2, "error: no route answers 'GET /ordrs'; did you mean `GET /orders`"),
        (
            "POST /admin/shop/item/add/",
            2,
            "error: no route answers 'POST /admin/shop/item/add/'; the report and",
        ),
        ("shop.utils", 2, 'error: module:shop.utils does not run; trace a request ("GET /path"), a function or'),
        ("orde", 2, "error: nothing in the graph is called 'orde'; did you mean `GET /orders`"),
        ("expire_stocks", 2, "error: nothing in the graph is called 'expire_stocks'; did you mean `entry:command:exp"),
        ("POST", 2, "error: nothing in the graph is called 'POST'; trace a request (\"GET /path\"), a function or"),
    ],
)
def test_what_can_not_be_traced(request_: str, status: int, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says why, and what could have been meant."""
    assert run(["trace", request_]) == status
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert error.count("\n") == 1


def test_without_a_graph(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the command to run first."""
    (tmp_path / ".strangler" / "graph.json").unlink()
    assert run(["trace", "GET /"]) == 3
    assert capsys.readouterr().err == "error: .strangler/graph.json: there is no such file; run: strangler analyze\n"


def test_a_path_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """The graph of a folder above does not answer for it."""
    assert run(["trace", "GET /orders", "shop/nonexistent"]) == 3
    assert capsys.readouterr().err == (
        "error: shop/nonexistent: there is no such folder; name the folder that was analysed\n"
    )


@pytest.mark.parametrize(
    ("path", "reason"), [("closed", "Permission denied"), ("x" * 5_000, "File name too long")], ids=["closed", "long"]
)
def test_a_path_that_can_not_be_looked_at(
    path: str, reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad input, no bug."""
    close(monkeypatch, "closed")
    assert run(["trace", "GET /orders", path]) == 3
    assert capsys.readouterr().err == f"error: {path}: cannot be read: {reason}\n"


def test_the_folder_of_the_results_may_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `analyze --output DIR` left it."""
    (tmp_path / ".strangler").rename(tmp_path / "results")
    assert run(["trace", "POST /orders", "results"]) == 0
    assert capsys.readouterr().out == POST_ORDERS


def test_finds_the_graph_of_the_folder_above_and_of_the_only_one_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the folder of the source nor that of the project has to be named."""
    inner = tmp_path / "shop" / "orders"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert run(["trace", "GET /orders"]) == 0
    project = tmp_path / "elsewhere"
    save_shop(project / "app")
    (tmp_path / ".strangler" / "graph.json").unlink()
    monkeypatch.chdir(project)
    assert run(["trace", "GET /orders"]) == 0
    save_shop(project / "other")
    capsys.readouterr()
    assert run(["trace", "GET /orders"]) == 2
    assert "name one of them: app, other" in capsys.readouterr().err


POST_ORDERS = """\
POST /orders                                                            shop/orders/views.py:3
├─ middleware shop.accounts.middleware:AuthMiddleware.__call__          shop/orders/views.py:3
│  └─ reads auth_user get                                               shop/accounts/middleware.py:15
└─ handler shop.orders.views:create                                     shop/orders/views.py:3
   ├─ shop.utils:paginate                                               shop/orders/views.py:22
   └─ shop.orders.services:place_order                                  shop/orders/views.py:24
      ├─ shop.catalog.stock:reserve [in a loop] [T1]                    shop/orders/services.py:31
      │  ├─ reads catalog_stock select_for_update [T1]                  shop/catalog/stock.py:12
      │  └─ writes catalog_stock update [T1, savepoint shop/catalog/stock.py:13]  shop/catalog/stock.py:14
      ├─ shop.orders.models:Order [T1]                                  shop/orders/services.py:33
      ├─ shop.orders.models:Order.save [T1]                             shop/orders/services.py:34
      │  ├─ writes orders_order save [T1]                               shop/orders/models.py:52
      │  └─ shop.orders.loyalty:add_points [signal] [likely] [T1]       shop/orders/models.py:55
      │     └─ writes accounts_customer update [T1]                     shop/orders/loyalty.py:9
      ├─ shop.payments.client:charge [T1]                               shop/orders/services.py:36
      │  ├─ uses http api.pay.example httpx.post [T1]                   shop/payments/client.py:17
      │  ├─ shop.payments.client:retry [T1]                             shop/payments/client.py:18
      │  │  └─ shop.payments.client:charge [possible] [T1] [recursive]  shop/payments/client.py:30
      │  └─ writes orders_order update [T1]                             shop/payments/client.py:20
      └─ shop.notifications.tasks:send_receipt [later]                  shop/orders/services.py:40
         ├─ reads orders_order get                                      shop/notifications/tasks.py:20
         ├─ writes notifications_mail create                            shop/notifications/tasks.py:24
         └─ uses mail smtp send_mail                                    shop/notifications/tasks.py:26
T1 transaction, writes accounts_customer, catalog_stock, orders_order   shop/orders/services.py:30
"""
EXPIRE_STOCK = """\
entry:command:expire_stock                                                     shop/catalog/stock.py:28
└─ shop.catalog.stock:expire                                                   shop/catalog/stock.py:28
   └─ shop.catalog.stock:reserve [T1]                                          shop/catalog/stock.py:30
      ├─ reads catalog_stock select_for_update [T1]                            shop/catalog/stock.py:12
      └─ writes catalog_stock update [T1, savepoint shop/catalog/stock.py:13]  shop/catalog/stock.py:14
T1 transaction, writes catalog_stock                                           shop/catalog/stock.py:29
"""
