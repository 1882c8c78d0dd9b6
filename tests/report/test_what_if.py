"""What it would cost to draw boundaries otherwise: tried in a real browser, held to what Python says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from strangler.cli.report_file import declared
from strangler.cli.source_folder import source_folder
from strangler_analyzers.boundaries.constraints_file import load_constraints
from strangler_analyzers.boundaries.suggestion import study, suggest
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.report.cuts import Cuts, counts_of, cuts
from tests.report.opened import OpenedReport, chromium, opened, until
from tests.report.test_browser import written
from tests.sample_monolith import ROOT, sample_facts

pytestmark = pytest.mark.browser

SERVICES = ("sales", "goods", "reviews", "the rest", "shared")
TERMS = """() => Object.fromEntries([...document.querySelectorAll("table.terms tbody tr")].map(
    (row) => [row.cells[0].textContent, Number(row.cells[1].textContent.replace(/\\D/g, ""))]))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this file."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the sample monolith."""
    return written(tmp_path_factory.mktemp("sample"), sample_facts(), declared(source_folder(ROOT)))


@pytest.fixture
def report(browser: Browser, file: Path) -> Iterator[OpenedReport]:
    """The sample's report in a page of its own, which in the end has complained of nothing and asked for nothing."""
    found = opened(browser, file)
    yield found
    assert found.complaints == []
    assert [address for address in found.requests if not address.startswith(("file:", "data:"))] == []
    found.page.close()


@pytest.fixture(scope="module")
def sample() -> Cuts:
    """The sample, as Python draws its boundaries."""
    return cuts(SystemGraph(sample_facts()), declared(source_folder(ROOT)))


@pytest.fixture(scope="module")
def shown(browser: Browser, file: Path) -> Page:
    """The Boundaries of the sample's report, in which places are visited one after the other."""
    return opened(browser, file).show("boundaries")


def terms(page: Page) -> Mapping[str, int]:
    """The cut vector the page shows."""
    found: Mapping[str, int] = page.evaluate(TERMS)
    return found


@settings(max_examples=60)
@given(data=st.data())
def test_a_what_if_costs_what_python_says(shown: Page, sample: Cuts, data: st.DataObject) -> None:
    """Whatever is moved: tables, modules and whole apps, to services that are there, new ones, none and back."""
    one = st.tuples(st.sampled_from(sample.movable), st.sampled_from(SERVICES))
    moves = [f"{node}>{service}" for node, service in data.draw(st.lists(one, max_size=8))]
    query = "&".join(f"move={quote(move, safe='')}" for move in moves)
    shown.evaluate(
        """async (hash) => { location.hash = hash; await new Promise((done) => setTimeout(done)); }""",
        f"#/boundaries?{query}",
    )
    expected = counts_of(sample.after(moves))
    until(shown, f"(expected) => JSON.stringify(({TERMS})()) === JSON.stringify(expected)", expected)


def test_a_whole_what_if_by_keys_alone(report: OpenedReport, sample: Cuts) -> None:
    """Find a table, move it to a new service, take that back, make it again, move another, and export."""
    page = report.show("boundaries")
    before = terms(page)
    move(page, "catalog_product", "goods")
    after = ["table:catalog_product>goods"]
    expect(page.get_by_role("status").first).to_contain_text("1 move made")
    assert terms(page) == counts_of(sample.after(after)) != before
    page.keyboard.press("u")
    expect(page.get_by_role("status").first).to_have_text("")
    assert terms(page) == before
    page.keyboard.press("Shift+U")
    expect(page.get_by_role("status").first).to_contain_text("1 move made")
    page.keyboard.press("Escape")
    move(page, "shop.payments", "money", pinned=False)
    expect(page.get_by_role("status").first).to_contain_text("2 moves made")
    after.append("group:shop.payments>money")
    assert terms(page) == counts_of(sample.after(after))
    page.get_by_role("button", name="Export boundaries.toml").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text('catalog_product = "goods"')
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    address = page.url
    report.reload()
    assert page.url == address
    assert terms(page) == counts_of(sample.after(after))


def move(page: Page, name: str, service: str, *, pinned: bool = True) -> None:
    """Move a thing, found by its name first or from within the dialog."""
    if pinned:
        page.keyboard.press("/")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.get_by_role("complementary")).to_contain_text(name)
        page.keyboard.press("m")
    else:
        page.keyboard.press("m")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Enter moves")
    page.keyboard.type(service)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_table_is_dragged_to_another_service(report: OpenedReport, sample: Cuts) -> None:
    """From card to card, both in sight."""
    report.page.set_viewport_size({"width": 1440, "height": 3000})
    page = report.show("boundaries")
    page.get_by_role("button", name="catalog_product", exact=True).drag_to(page.get_by_role("region", name="reviews"))
    expect(page.get_by_role("region", name="reviews")).to_contain_text("catalog_product")
    assert terms(page) == counts_of(sample.after(["table:catalog_product>reviews"]))


def test_suggest_reads_what_is_exported(report: OpenedReport, sample: Cuts, tmp_path: Path) -> None:
    """The file says what was tried: the tables of a service are together, and named so."""
    report.show("boundaries?move=group:shop.payments>money&move=table:catalog_tag>shared")
    report.page.get_by_role("button", name="Export boundaries.toml").click()
    with report.page.expect_download() as download:
        report.page.get_by_role("link", name="Save").click()
    kept = tmp_path / download.value.suggested_filename
    download.value.save_as(kept)
    assert kept.name == "boundaries.toml"
    constraints = load_constraints(kept, sample.graph)
    assert constraints.shared == ("catalog_tag",)
    suggestion = suggest(study(sample.graph, constraints))
    services = {service.name: service for service in suggestion.services}
    assert "payments_payment" in services["money"].tables
    assert {"reviews_review", "reviews_vote"} <= set(services["reviews"].tables)
    assert "shop.payments.models" in services["money"].modules


def test_the_dialogs_can_be_read_by_everybody(report: OpenedReport) -> None:
    """What to move, where to, and the file that is made of it."""
    page = report.show("boundaries?move=table:catalog_product>goods")
    page.keyboard.press("m")
    page.keyboard.type("orders")
    expect(page.get_by_role("option").first).to_be_visible()
    assert report.violations() == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Enter moves")
    report.screenshots("move")
    assert report.violations() == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Export boundaries.toml").click()
    expect(page.get_by_role("dialog")).to_contain_text("[labels]")
    report.screenshots("export")
    assert report.violations() == []


def test_what_an_app_would_cost_is_found_where_nothing_is_declared(browser: Browser, tmp_path: Path) -> None:
    """Every app by itself, and one click tries it."""
    report = opened(browser, written(tmp_path, sample_facts()))
    page = report.show("boundaries")
    expect(page.locator("body")).to_contain_text("No service is declared")
    page.get_by_role("button", name="Take out shop.reviews").click()
    expect(page.get_by_role("table", name="What crosses")).to_contain_text("reviews_review")
    bare = cuts(SystemGraph(sample_facts()))
    assert terms(page) == counts_of(bare.after(["group:shop.reviews>reviews"]))
    assert report.complaints == []
