"""The report in a real browser: what it shows, how it is walked, and that it reaches nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from strangler.cli.report_file import declared, project_facts
from strangler.cli.source_folder import source_folder
from strangler.model.system import SystemFacts
from strangler.report.document.comparison import Comparison
from strangler.report.document.grouping import DeclaredService
from strangler.report.document.project_facts import NOTHING_KNOWN, ProjectFacts
from strangler_analyzers.graph.difference import difference
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts
from tests.report.opened import OpenedReport, chromium, opened, until
from tests.report.test_page import HOSTILE, hostile_shop, page
from tests.sample_monolith import ROOT, sample_facts

pytestmark = pytest.mark.browser

VIEWS = {
    "overview": "overview",
    "graph": "graph",
    "graph-list": "graph?list=1",
    "graph-table": "graph?sel=table:orders_order",
    "graph-impact": "graph?sel=module:shop.orders.models&impact=in",
    "graph-find": "graph?find=orders+-services",
    "graph-near": "graph?zoom=4,8000,2500",
    "routes": "routes?at=route:POST+/cart/checkout",
    "routes-function": "routes?at=route:POST+/cart/checkout&sel=function:shop.orders.services:place_order"
    "&toggled=step+2&toggled=writes",
    "matrix": "matrix",
    "matrix-inside": "matrix?inside=shop.catalog",
    "boundaries": "boundaries",
    "boundaries-read": "boundaries?q=read",
    "boundaries-what-if": "boundaries?move=table:cart_cart>goods&move=group:shop.payments>money&sel=table:cart_cart",
    "migration": "migration",
    "tables": "tables",
    "tables-table": "tables?sel=table:orders_order",
    "tables-key": "tables?q=orders",
    "matrix-list": "matrix?list=1",
    "matrix-pinned": "matrix?sel=group:shop.orders",
    "overview-pinned": "overview?sel=module:shop.orders.models",
    "graph-path": "graph?sel=module:shop.orders.views&to=table:catalog_product",
    "graph-focus": "graph?sel=group:shop.orders&focus=group:shop.orders&closed=shop.cart",
    "migration-pinned": "migration?sel=table:reviews_review",
    "findings": "findings?toggled=cycle+1",
    "findings-rule": "findings?q=transaction",
    "findings-pinned": "findings?sel=table:cart_cart",
}
"""Every view, also with something pinned; of some what else it can show."""
DISTURBING = """() => {
    const signs = /[\\u0000-\\u0009\\u000b-\\u001f\\u202e]/, own = ["href", "id", "value", "data-node"];
    const report = document.querySelector("#report"), texts = document.createTreeWalker(report, NodeFilter.SHOW_TEXT);
    const found = [...report.querySelectorAll("*")].flatMap(({ attributes }) => [...attributes])
        .filter(({ name, value }) => !own.includes(name) && signs.test(value)).map(({ value }) => value);
    while (texts.nextNode()) if (signs.test(texts.currentNode.data)) found.push(texts.currentNode.data);
    return found;
}"""
"""Texts that would move what stands around them, also those that are only read aloud."""
BARE = ("overview", "graph", "matrix", "routes", "tables", "boundaries", "migration", "findings")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this file."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the sample monolith."""
    source, facts = source_folder(ROOT), sample_facts()
    known = project_facts(source, SystemGraph(facts))
    return written(tmp_path_factory.mktemp("sample"), facts, declared(source), known)


@pytest.fixture
def report(browser: Browser, sample: Path) -> Iterator[OpenedReport]:
    """The sample's report in a page of its own, which in the end has complained of nothing and asked for nothing."""
    found = opened(browser, sample)
    yield found
    assert found.complaints == []
    assert [address for address in found.requests if not address.startswith("file:")] == []
    found.page.close()


def written(
    folder: Path,
    facts: SystemFacts,
    services: Sequence[DeclaredService] = (),
    project: ProjectFacts = NOTHING_KNOWN,
) -> Path:
    """The report of some facts in a file."""
    file = folder / "report.html"
    file.write_text(page(facts, services, project), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("overview", ["675", "modules", "What became of every call"]),
        (
            "routes?at=route:POST /orders",
            ["shop.orders.loyalty:add_points", "begins", "recursive", "in a loop", "⇄ shop.catalog"],
        ),
        (
            "tables?sel=table:orders_order",
            ["orders_order", "shop.payments.client:charge", "accounts_customer", "Routes that reach it (2)"],
        ),
        (
            "graph?list=1&sel=module:shop.orders.services",
            ["Between groups", "shop.catalog", "Used by (2)", "shop.payments.client"],
        ),
        ("routes?at=entry:command expire_stock", ["command expire_stock", "catalog_stock"]),
        ("findings", ["shop/legacy/report.py", "syntax error at line 3", "shop.orders (1)"]),
    ],
)
def test_shows_what_the_facts_say(browser: Browser, tmp_path: Path, place: str, expected: list[str]) -> None:
    """Every view, on the small shop."""
    report = opened(browser, written(tmp_path, shop_facts()))
    body = report.show(place).locator("body")
    for text in expected:
        expect(body).to_contain_text(text)
    assert report.complaints == []


def test_shows_hostile_names_as_they_are(browser: Browser, tmp_path: Path) -> None:
    """Markup in a name is shown, never run; what turns the direction of writing is spelt out."""
    report = opened(browser, written(tmp_path, hostile_shop()))
    for place in ("overview?sel=table:" + quote(HOSTILE), "graph?list=1", *BARE[2:]):
        shown = report.show(place)
        assert shown.locator("img").count() == 0
        assert shown.evaluate(DISTURBING) == [], place
    expect(report.show("routes").locator("body")).to_contain_text("</script><img src=x onerror=")
    expect(report.page.locator("h1")).to_contain_text("\\u202e\\u0007")
    assert report.complaints == []


def test_an_empty_system_has_a_report(browser: Browser, tmp_path: Path) -> None:
    """Nothing to list is said, not failed at."""
    report = opened(browser, written(tmp_path, SystemFacts("empty")))
    expect(report.show("overview").locator("body")).to_contain_text("Nothing stands out.")
    for place in ("graph", "graph?list=1", "matrix", "routes", "tables", "boundaries", "migration", "findings"):
        report.show(place)
    assert report.complaints == []


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_can_be_read_by_everybody(report: OpenedReport, name: str) -> None:
    """Axe finds nothing, in both themes, and a picture of each is kept; an address shows the same thing again."""
    place = VIEWS[name]
    shown = report.show(f"{place}{'&' if '?' in place else '?'}theme=dark")
    report.screenshot(f"{name}-dark")
    address, text = shown.url, shown.locator("#report").inner_text()
    report.reload()
    assert (shown.url, shown.locator("#report").inner_text()) == (address, text)
    shown.get_by_role("button", name="Colours: dark").click()
    shown.get_by_role("button", name="Colours: auto, as the system").click()
    report.wait(place.partition("?")[0])
    report.screenshot(f"{name}-light")
    assert report.violations() == []


@pytest.mark.parametrize("view", BARE)
def test_a_dialog_over_any_view_can_be_read_by_everybody(report: OpenedReport, view: str) -> None:
    """The search, and what is moved: both over each view, with something found; Esc leaves the view as it was.

    What lies beneath is looked at by itself, and once together with what lies above it.
    """
    shown = report.show(view)
    address = shown.url
    for key, name in (("/", "search"), ("m", "what-to-move")):
        shown.keyboard.press(key)
        shown.keyboard.type("order")
        expect(shown.get_by_role("option").first).to_be_visible()
        if view == "overview":
            report.screenshots(name)
        assert report.violations("html" if view == "overview" else "dialog") == []
        shown.keyboard.press("Escape")
        expect(shown.get_by_role("dialog")).to_have_count(0)
    assert shown.url == address


def test_a_key_right_behind_escape_counts(report: OpenedReport) -> None:
    """Chromium tells the end of a dialog later than it takes the next key, which went into the dialog that was gone."""
    shown = report.show("overview")
    shown.get_by_role("link", name="Findings").focus()
    shown.keyboard.press("/")
    expect(shown.get_by_role("dialog", name="Search everything")).to_be_visible()
    focused: str = shown.evaluate(
        """async () => {
            document.querySelector("dialog").dispatchEvent(new Event("cancel", { cancelable: true }));
            await null;
            const focused = document.activeElement.textContent;
            document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "m", bubbles: true }));
            return focused;
        }"""
    )
    assert focused == "Findings"
    expect(shown.get_by_role("dialog", name="What to move")).to_be_visible()


def test_what_has_changed_can_be_read_by_everybody(browser: Browser, tmp_path: Path) -> None:
    """New and gone dependencies with their places, and which apps hang together more; from the overview on."""
    after = shop_facts()
    calls = tuple(call for call in after.calls if "payments" not in call.callee)
    before = replace(after, calls=calls, accesses=after.accesses[1:], imports=after.imports[:-1])
    comparison = Comparison("v1.2", difference(before, after))
    report = opened(browser, written(tmp_path, after, project=ProjectFacts(comparison)))
    shown = report.show("overview")
    shown.get_by_role("link", name="What has changed since v1.2").click()
    expect(shown.get_by_role("table", name="Apps that hang together")).to_contain_text("shop.payments")
    expect(shown.get_by_role("table", name="New dependencies")).to_contain_text("shop.payments.client:charge")
    report.screenshots("changes")
    assert report.violations() == []
    assert report.complaints == []


def test_who_writes_a_table_is_found_by_keys_alone(report: OpenedReport) -> None:
    """`/`, its name, Enter."""
    report.show("overview")
    report.page.keyboard.press("/")
    report.page.keyboard.type("orders_order")
    report.page.keyboard.press("Enter")
    inspector = report.page.get_by_role("complementary")
    expect(inspector).to_contain_text("Written by")
    expect(inspector).to_contain_text("shop.orders.services:")
    report.page.keyboard.press("Escape")
    expect(inspector).to_have_count(0)


def test_escape_closes_what_is_pinned_then_ends_the_focus(report: OpenedReport) -> None:
    """One after the other: the second is what the button does."""
    shown = report.show("graph?sel=group:shop.orders&focus=group:shop.orders")
    end = shown.get_by_role("button", name="End focus")
    shown.keyboard.press("Escape")
    expect(shown.get_by_role("complementary")).to_have_count(0)
    expect(end).to_have_count(1)
    shown.keyboard.press("Escape")
    expect(end).to_have_count(0)


def test_a_class_that_answers_a_route_is_a_link_to_its_method(report: OpenedReport) -> None:
    """Views of Django are classes, which are no part of the graph; their methods are."""
    shown = report.show("routes?at=route:POST /cart/checkout")
    expect(shown.locator(".detail").get_by_role("link", name="CheckoutView.post").first).to_be_visible()


def test_what_a_request_does_is_found_by_keys_alone(report: OpenedReport) -> None:
    """`/`, method and path, Enter: the waterfall."""
    report.show("overview")
    report.page.keyboard.press("/")
    report.page.keyboard.type("POST /cart/checkout")
    report.page.keyboard.press("Enter")
    steps = report.page.get_by_role("table", name="Steps in static order")
    expect(steps).to_contain_text("orders_order")
    expect(steps).to_contain_text("begins")


def test_enter_goes_to_what_is_typed_and_not_to_what_is_drawn(report: OpenedReport) -> None:
    """Who types faster than the list is drawn would else come to what was found for half a name."""
    report.show("overview")
    report.page.keyboard.press("/")
    report.page.evaluate(
        """() => {
            const input = document.querySelector("dialog.search input");
            input.value = "POST /cart/checkout";
            input.dispatchEvent(new Event("input", {bubbles: true}));
            input.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
        }"""
    )
    expect(report.page.get_by_role("table", name="Steps in static order")).to_contain_text("orders_order")


def test_what_a_service_costs_to_take_out_is_one_step_away(report: OpenedReport) -> None:
    """The terms, and from each kind of crossing to its places and what to do."""
    shown = report.show("overview")
    shown.get_by_role("link", name="Boundaries", exact=True).click()
    expect(shown.get_by_role("table", name="The cut, term by term")).to_contain_text("transaction")
    shown.get_by_role("button", name=re.compile("^transaction [0-9]")).click()
    expect(shown.get_by_role("table", name="What crosses")).to_contain_text("outbox")
    assert "q=transaction" in shown.url
    crossings = shown.get_by_role("table", name="What crosses")
    crossings.get_by_role("button", name="What", exact=True).click()
    expect(crossings.get_by_role("columnheader", name="What", exact=True)).to_have_attribute("aria-sort", "ascending")
    assert "sort=What+crosses%3AWhat" in shown.url


def test_the_map_is_walked_by_keys(report: OpenedReport) -> None:
    """Arrows go from rectangle to rectangle, Enter comes near, f fits, plus and minus zoom, Esc lets go."""
    shown = report.show("graph")
    shown.locator("canvas").focus()
    shown.keyboard.press("ArrowRight")
    expect(shown.get_by_role("complementary")).to_contain_text("an app of the monolith")
    first = shown.url
    shown.keyboard.press("ArrowDown")
    expect(shown).not_to_have_url(first)
    shown.keyboard.press("Enter")
    expect(shown).to_have_url(re.compile("zoom="))
    shown.keyboard.press("f")
    expect(shown).not_to_have_url(re.compile("zoom="))
    shown.keyboard.press("+")
    expect(shown).to_have_url(re.compile("zoom="))
    near = shown.url
    shown.keyboard.press("-")
    expect(shown).not_to_have_url(near)
    shown.keyboard.press("Escape")
    expect(shown).not_to_have_url(re.compile("sel="))


def test_keys_that_come_before_a_drawing_count(report: OpenedReport) -> None:
    """A second key goes on from the first, even when the map has not been drawn in between."""
    shown = report.show("graph")
    _press_at_once(shown, "ArrowRight")
    first = shown.url
    report.show("graph")
    _press_at_once(shown, "ArrowRight", "ArrowDown")
    assert shown.url != first
    _press_at_once(shown, "Enter")
    near = shown.url
    _press_at_once(shown, "Escape", "ArrowRight", "ArrowDown", "f", "Enter", "+", "-")
    assert shown.url == near


def _press_at_once(shown: Page, *keys: str) -> None:
    """Press keys on the map without a frame between them."""
    shown.locator("canvas").evaluate(
        """(canvas, keys) => keys.forEach((key) => canvas.dispatchEvent(
            new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))""",
        list(keys),
    )


def test_a_click_on_the_map_pins_what_is_there(report: OpenedReport) -> None:
    """And a click beside everything lets go."""
    shown = report.show("graph")
    box = shown.locator("canvas").bounding_box()
    assert box is not None
    shown.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(shown.get_by_role("complementary")).to_be_visible()
    shown.mouse.move(box["x"] + 300, box["y"] + 300)
    shown.mouse.wheel(0, -400)
    expect(shown).to_have_url(re.compile("zoom="))


def test_a_pinned_table_is_brought_into_sight(report: OpenedReport) -> None:
    """However far below it stands: who searched for it sees its row."""
    report.page.set_viewport_size({"width": 1440, "height": 500})
    shown = report.show("tables?sel=table:shipping_shippingmethod")
    expect(
        shown.get_by_role("region", name="Ownership matrix").get_by_role("row", name="shipping_shippingmethod")
    ).to_be_in_viewport()


def test_back_goes_back(report: OpenedReport) -> None:
    """Every step of a reader is one of the browser's history."""
    shown = report.show("overview")
    shown.get_by_role("link", name="Tables", exact=True).click()
    owners = shown.get_by_role("table", name="Who reads and writes each table")
    owners.get_by_role("link", name="orders_order", exact=True).click()
    expect(shown.get_by_role("complementary")).to_be_visible()
    shown.go_back()
    expect(shown.get_by_role("complementary")).to_have_count(0)
    shown.go_back()
    expect(shown.locator('body[data-ready="overview"]')).to_have_count(1)


def test_a_map_that_was_moved_is_drawn_whole_again(report: OpenedReport) -> None:
    """While it moves, pictures of it may stand in; when it lies still it is as if drawn there at once."""
    shown = report.show("graph")
    shown.evaluate(
        """() => {
            const canvas = document.querySelector("canvas"), common = {bubbles: true, cancelable: true, view: window};
            const at = (x, y) => ({...common, clientX: x, clientY: y});
            for (let n = 0; n < 6; n++) canvas.dispatchEvent(new WheelEvent("wheel", {...at(400, 300), deltaY: -150}));
            canvas.dispatchEvent(new MouseEvent("mousedown", at(400, 300)));
            for (const n of [2, 5, 8]) window.dispatchEvent(new MouseEvent("mousemove", at(400 + 20 * n, 300 + 9 * n)));
            window.dispatchEvent(new MouseEvent("mouseup", at(560, 372)));
        }"""
    )
    expect(shown).to_have_url(re.compile("zoom="))
    picture = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
        () => done(document.querySelector("canvas").toDataURL()))))"""
    moved = shown.evaluate(picture)
    shown.get_by_label("foreign keys").focus()
    shown.keyboard.press("Space")
    until(shown, "(moved) => document.querySelector('canvas').toDataURL() !== moved", moved)
    shown.keyboard.press("Space")
    until(shown, "(moved) => document.querySelector('canvas').toDataURL() === moved", moved)
