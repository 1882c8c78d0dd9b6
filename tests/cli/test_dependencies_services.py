"""``strangler dependencies services``: who needs whom, by the documents of a project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strangler.cli.main import run
from tests.contracts.dependencies.shop_documents import CATALOG, ORDERS, STOCK, changed, operation, service
from tests.contracts.documents import COMMON

_USES = '"shop.catalog.v0": { events: ["product_event"] }, "mail": { operations: ["POST /x"] }'


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project of services that use each other, and one that nobody uses; its folder is the current one."""
    texts = {
        "orders": ORDERS,
        "catalog": CATALOG,
        "stock": STOCK,
        "search": service("search", uses=_USES),
        "blog": service("blog"),
    }
    (tmp_path / "design").mkdir()
    for name, text in {**texts, "common": COMMON}.items():
        (tmp_path / "design" / f"{name}.json5").write_text(text)
    (tmp_path / "strangler.toml").write_text(
        "".join(f'[services.{name}]\ndesign = "design/{name}.json5"\n' for name in texts)
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "60")
    return tmp_path


def _told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["dependencies", "services", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


@pytest.mark.usefixtures("shop")
def test_who_needs_whom_is_a_tree_with_the_deepest_calls(capsys: pytest.CaptureFixture[str]) -> None:
    """Who calls is above who is called; calls and events are kept apart, and what is alone is named."""
    assert _told(capsys) == (
        "orders  shop.orders.v0\n"
        "├─ calls catalog: GET /products/{id}, GET /prices/{id}\n"
        "│  └─ calls stock: GET /stock/{id}\n"
        "└─ follows catalog: product_event\n"
        "depth 2: POST /orders (200 ms) -> catalog GET /products/{id} (50 ms) -> stock GET /stock/{id} (20 ms)\n"
        "  waits at least 80 ms\n"
        "\n"
        "search  shop.search.v0\n"
        "├─ calls mail: POST /x [no document]\n"
        "└─ follows catalog: product_event\n"
        "\n"
        "use no other service: blog\n"
    )


@pytest.mark.usefixtures("shop")
def test_one_service_is_shown_with_what_it_needs_or_who_needs_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Whose calls lead to it, however far."""
    assert _told(capsys, "catalog") == (
        "catalog  shop.catalog.v0\n"
        "└─ calls stock: GET /stock/{id}\n"
        "depth 1: GET /products/{id} (50 ms) -> stock GET /stock/{id} (20 ms)\n"
        "  waits at least 20 ms\n"
    )
    assert _told(capsys, "stock", "--reverse") == (
        "stock  shop.stock.v0\n"
        "└─ called by catalog: GET /stock/{id}\n"
        "   ├─ called by orders: GET /products/{id}, GET /prices/{id}\n"
        "   ├─ followed by orders: product_event\n"
        "   └─ followed by search: product_event\n"
    )
    assert _told(capsys, "blog") == "blog  shop.blog.v0\n"


def test_calls_in_a_circle_have_no_depth(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The way around is shown; everybody is in the tree once."""
    uses = '"shop.orders.v0": { operations: ["GET /orders/{id}"] }'
    (shop / "design" / "stock.json5").write_text(service("stock", operation("GET", "/stock/{id}"), uses=uses))
    text = _told(capsys)
    assert "depth" not in text
    assert text.startswith(
        "search  shop.search.v0\n"
        "├─ calls mail: POST /x [no document]\n"
        "└─ follows catalog: product_event\n"
        "\n"
        "catalog  shop.catalog.v0\n"
        "└─ calls stock: GET /stock/{id}\n"
        "   └─ calls orders: GET /orders/{id}\n"
        "      ├─ calls catalog: GET /products/{id}, GET /prices/{id} [circle]\n"
        "      └─ follows catalog: product_event\n"
    )
    assert text.endswith(
        "Circles of calls (1), see strangler design lint\n"
        "  catalog GET /products/{id} (50 ms) -> stock GET /stock/{id} (no target)"
        " -> orders GET /orders/{id} (no target) -> catalog GET /products/{id} (50 ms)\n"
    )
    found = json.loads(_told(capsys, "--json"))
    assert [(item["name"], item["depth"]) for item in found["services"]] == [
        ("blog", 0),
        ("catalog", None),
        ("mail", 0),
        ("orders", None),
        ("search", 0),
        ("stock", None),
    ]
    assert [len(circle) for circle in found["circles"]] == [3]


@pytest.mark.usefixtures("shop")
def test_programs_get_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Both ways, with depth, chain and time."""
    orders, catalog, stock = json.loads(_told(capsys, "orders", "--json"))["services"]
    assert orders == {
        "name": "orders",
        "namespace": "shop.orders.v0",
        "document": "design/orders.json5",
        "calls": [
            {
                "name": "catalog",
                "namespace": "shop.catalog.v0",
                "operations": ["GET /products/{id}", "GET /prices/{id}"],
            }
        ],
        "follows": [{"name": "catalog", "namespace": "shop.catalog.v0", "events": ["product_event"]}],
        "called_by": [],
        "followed_by": [],
        "depth": 2,
        "chain": [
            {"name": "orders", "namespace": "shop.orders.v0", "operation": "POST /orders", "p99_ms": 200.0},
            {"name": "catalog", "namespace": "shop.catalog.v0", "operation": "GET /products/{id}", "p99_ms": 50.0},
            {"name": "stock", "namespace": "shop.stock.v0", "operation": "GET /stock/{id}", "p99_ms": 20.0},
        ],
        "waits_ms": 80.0,
    }
    assert [item["name"] for item in catalog["followed_by"]] == ["orders", "search"]
    assert (stock["depth"], stock["chain"], stock["waits_ms"]) == (0, [], 0)


@pytest.mark.usefixtures("shop")
def test_pictures_are_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """Events are broken lines; braces are no syntax."""
    assert _told(capsys, "stock", "--reverse", "--format", "mermaid") == (
        "flowchart LR\n"
        '  s0["stock"]\n'
        '  s1["catalog"]\n'
        '  s2["orders"]\n'
        '  s3["search"]\n'
        '  s1 -->|"GET /stock/#123;id#125;"| s0\n'
        '  s2 -->|"2 operations"| s1\n'
        '  s2 -.->|"product_event"| s1\n'
        '  s3 -.->|"product_event"| s1\n'
    )
    assert _told(capsys, "catalog", "--format", "dot") == (
        "digraph services {\n"
        "  rankdir=LR;\n"
        '  node [shape=box fontname="sans-serif" fontsize=10];\n'
        '  "shop.catalog.v0" [label="catalog"];\n'
        '  "shop.stock.v0" [label="stock"];\n'
        '  "shop.catalog.v0" -> "shop.stock.v0" [style=solid label="GET /stock/{id}"];\n'
        "}\n"
    )


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["stok"], 2, "there is no service stok in strangler.toml"),
        (["--json", "--format", "dot"], 2, "--json and --format dot are two formats; leave one of them out"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_what_can_not_be_shown_is_told(
    arguments: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line."""
    assert run(["dependencies", "services", *arguments]) == status
    assert message in capsys.readouterr().err


def test_a_service_without_a_document_is_not_looked_at(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever asks for it is told what to write; nothing uses others where nobody says so."""
    (shop / "strangler.toml").write_text('[services.blog]\ndesign = "design/blog.json5"\n[services.orders]\n')
    assert run(["dependencies", "services", "orders"]) == 3
    assert "[services.orders] names no design document" in capsys.readouterr().err
    assert _told(capsys) == "blog  shop.blog.v0\n"
    (shop / "design" / "blog.json5").write_text(changed(service("blog"), "uses: {  },", ""))
    assert _told(capsys, "--reverse") == "blog  shop.blog.v0\n"


def test_what_the_other_one_does_not_have_is_marked(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Operations and events alike; where there is no document at all, that is said."""
    uses = '"shop.catalog.v0": { operations: ["GET /gone/{id}", "GET /prices/{id}"], events: ["no_event"] }'
    (shop / "design" / "search.json5").write_text(service("search", uses=uses))
    told = _told(capsys, "search")
    assert "calls catalog: GET /gone/{id} [not there], GET /prices/{id}\n" in told
    assert "follows catalog: no_event [not there]\n" in told


def test_circles_that_share_an_operation_are_counted_as_lint_tells_them(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each way around is one: stock waits for itself over orders, and over the catalog alone."""
    others = '"shop.orders.v0": { operations: ["GET /orders/{id}"] }, "shop.blog.v0": { operations: ["GET /blog"] }'
    (shop / "design" / "stock.json5").write_text(service("stock", operation("GET", "/stock/{id}"), uses=others))
    back = '"shop.stock.v0": { operations: ["GET /stock/{id}"] }'
    (shop / "design" / "blog.json5").write_text(service("blog", operation("GET", "/blog"), uses=back))
    assert "Circles of calls (2), see strangler design lint\n" in _told(capsys)
    assert len(json.loads(_told(capsys, "--json"))["circles"]) == 2
    run(["design", "lint", "--json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    ways = {
        frozenset(one["message"].partition(": ")[2].replace(", 50 ms", "").split(" -> "))
        for one in findings
        if one["rule"] == "call-circle"
    }
    assert len(ways) == 2
