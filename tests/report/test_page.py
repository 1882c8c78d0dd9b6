"""The report page, as bytes and in a real browser."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from strangler.model.system import SystemFacts
from strangler.report.page import report_page
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts
from tests.components import chromium_path

CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,900",
    "--virtual-time-budget=10000",
)
HOSTILE = '</script><img src=x onerror="document.title=1">$title'


def page(facts: SystemFacts | None = None) -> str:
    """The report of the shop, or of other facts."""
    graph = SystemGraph(facts or shop_facts())
    return report_page(graph, summarise(graph)).decode()


def hostile_shop() -> SystemFacts:
    """A shop with names that look like markup."""
    facts = shop_facts()
    route = replace(facts.routes[0], path=f"/{HOSTILE}")
    table = replace(facts.tables[0], name=HOSTILE)
    return replace(facts, root=HOSTILE, routes=(route, *facts.routes[1:]), tables=(table, *facts.tables[1:]))


def test_equal_facts_give_equal_bytes() -> None:
    """A report can be compared and cached."""
    assert page() == page()


def test_holds_its_data_compressed() -> None:
    """Base64 of gzip of JSON."""
    found = re.search(r'id="data">([A-Za-z0-9+/=]+)</script>', page())
    assert found is not None
    data = json.loads(gzip.decompress(base64.b64decode(found[1])))
    assert data["summary"]["root"] == "shop"


def test_allows_its_own_script_and_style_and_nothing_else() -> None:
    """The hashes of the policy are those of the page's contents; no address is fetched."""
    text = page()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    for name, element in (("script-src", "script"), ("style-src", "style")):
        content = re.search(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy[1]
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)


def test_names_from_the_source_stay_text() -> None:
    """No name can end a script or start an element."""
    text = page(hostile_shop())
    assert text.count("</script>") == page().count("</script>")
    assert "<img" not in text
    assert "<title>&lt;/script&gt;" in text


@pytest.mark.browser
@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("", ["675", "lines of code", "orders_order", "shop.orders (1), shop.payments (1)", "expire_stock"]),
        ("routes/1", ["POST", "/orders", "shop.orders.loyalty:add_points", "same transaction", "api.pay.example"]),
        ("routes/1", ["shop/orders/services.py:31", "savepoint shop/catalog/stock.py:13", "recursive", "in a loop"]),
        ("tables/5", ["orders_order", "shop.payments.client:charge", "accounts_customer", "Routes that reach it (2)"]),
        ("modules/8", ["shop.orders.services", "Used by (2)", "shop.payments.client"]),
        ("entries/0", ["command expire_stock", "catalog_stock"]),
        ("skipped", ["shop/legacy/report.py", "syntax error at line 3"]),
        ("map", ["Strongest between apps", "shop.orders → shop.catalog"]),
    ],
)
def test_shows(tmp_path: Path, place: str, expected: list[str]) -> None:
    """Every section draws what the facts say."""
    shown = visible(tmp_path, page(), place)
    for text in expected:
        assert text in shown


@pytest.mark.browser
def test_shows_hostile_names_as_they_are(tmp_path: Path) -> None:
    """Markup in a route is shown, never run."""
    shown = visible(tmp_path, page(hostile_shop()), "routes/0")
    assert "&lt;/script&gt;&lt;img src=x onerror=" in shown
    assert "<img" not in shown


@pytest.mark.browser
def test_an_empty_system_has_a_page(tmp_path: Path) -> None:
    """Nothing to list is said, not failed at."""
    shown = visible(tmp_path, page(SystemFacts("empty")), "overview")
    assert "Nothing stands out." in shown


def visible(folder: Path, text: str, place: str) -> str:
    """What the browser makes of a section: its elements, without scripts and tags inside sentences."""
    chromium = chromium_path()
    assert chromium is not None
    file = folder / "report.html"
    file.write_text(text, encoding="utf-8")
    command = [
        chromium,
        *CHROMIUM_FLAGS,
        f"--user-data-dir={folder / 'profile'}",
        "--dump-dom",
        f"{file.as_uri()}#/{place}",
    ]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    document = done.stdout.decode()
    body = re.search(r'<body data-ready="(\w+)">(.*)<noscript>', document, re.DOTALL)
    assert body is not None, document[-2000:]
    assert body[1] == (place or "overview").partition("/")[0]
    assert body[2].count("<main") == 1
    return re.sub(r"</?(code|b|i|span|small|a)\b[^>]*>", "", body[2])
