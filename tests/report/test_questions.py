"""Questions people ask of a system, each answered in fewer than three interactions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from strangler.cli.report_file import declared
from strangler.cli.source_folder import source_folder
from tests.report.opened import chromium, opened
from tests.report.reader import Reader
from tests.report.test_browser import written
from tests.sample_monolith import ROOT, sample_facts

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this file."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def with_service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the sample, whose strangler.toml declares the reviews."""
    return written(tmp_path_factory.mktemp("declared"), sample_facts(), declared(source_folder(ROOT)))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the sample before anything is declared."""
    return written(tmp_path_factory.mktemp("bare"), sample_facts())


def test_what_a_declared_service_costs_to_take_out_and_why(browser: Browser, with_service: Path) -> None:
    """The terms, and the transactions that would be cut with their places."""
    reader = Reader(opened(browser, with_service))
    reader.view("Boundaries")
    expect(reader.page.get_by_role("table", name="The cut, term by term")).to_contain_text("remote hops")
    reader.click(reader.page.get_by_role("button", name=re.compile("^transaction [0-9]")))
    why = reader.page.get_by_role("table", name="What crosses")
    expect(why).to_contain_text("outbox event")
    expect(why.locator("tbody tr").first).to_contain_text(re.compile(r"shop/[a-z_/]+\.py:\d+"))
    assert reader.interactions < 3


def test_what_an_app_would_cost_to_take_out_and_why(browser: Browser, bare: Path) -> None:
    """Also where no service is declared."""
    reader = Reader(opened(browser, bare))
    reader.view("Boundaries")
    reader.click(reader.page.get_by_role("button", name="Take out shop.reviews"))
    expect(reader.page.locator(".terms tbody tr").first).to_contain_text("▲")
    why = reader.page.get_by_role("table", name="What crosses")
    expect(why).to_contain_text("reviews_review")
    expect(why.locator("tbody tr").first).to_contain_text(re.compile(r"shop/[a-z_/]+\.py:\d+"))
    assert reader.interactions < 3


def test_who_writes_a_table(browser: Browser, with_service: Path) -> None:
    """Every writer with its place, and who writes it by calling one of them."""
    reader = Reader(opened(browser, with_service))
    reader.search("orders_order")
    writers = reader.page.get_by_role("region", name="Written by")
    expect(writers).to_contain_text("shop.orders.services:cancel_order")
    expect(writers).to_contain_text("shop/orders/services.py:")
    others = reader.page.get_by_role("region", name="Written through others by")
    expect(others).to_contain_text("shop.orders.views:cancel")
    expect(others.get_by_role("listitem").first).to_contain_text("indirect")
    assert reader.interactions < 3


def test_what_happens_on_a_request(browser: Browser, with_service: Path) -> None:
    """Its steps with tables and transactions."""
    reader = Reader(opened(browser, with_service))
    reader.search("POST /orders cancel")
    steps = reader.page.get_by_role("table", name="Steps in static order")
    expect(steps).to_contain_text("shop.orders.services:cancel_order")
    expect(steps).to_contain_text("orders_order")
    expect(steps).to_contain_text("begins")
    assert reader.interactions < 3
