"""The report of an application that nobody here wrote answers what people ask of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.wheels import WheelUnavailableError, unpacked
from strangler.model.progress import SilentProgress
from strangler_analyzers.pipeline import analyze
from tests.report.opened import OpenedReport, chromium, opened
from tests.report.reader import Reader
from tests.report.test_browser import written

pytestmark = [pytest.mark.realworld, pytest.mark.browser]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this file."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def pretix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of pretix."""
    try:
        folder = unpacked("pretix==2026.8.0")
    except WheelUnavailableError as error:
        pytest.skip(str(error))
    return written(tmp_path_factory.mktemp("pretix"), analyze(folder, SilentProgress(), workers=2))


@pytest.fixture
def report(browser: Browser, pretix: Path) -> Iterator[OpenedReport]:
    """It complains of nothing, and asks nobody for anything."""
    found = opened(browser, pretix)
    yield found
    assert found.complaints == []
    assert [address for address in found.requests if not address.startswith("file:")] == []
    found.page.close()


def test_what_an_app_would_cost_to_take_out_and_why(report: OpenedReport) -> None:
    """Every term of the cut, and everything that would cross with its place."""
    reader = Reader(report)
    reader.view("Boundaries")
    reader.click(reader.page.get_by_role("button", name=re.compile("^Take out .*badges")))
    expect(reader.page.locator(".terms tbody")).to_contain_text("▲")
    why = reader.page.get_by_role("table", name="What crosses")
    expect(why).to_contain_text("badges_badge")
    expect(why.locator("tbody tr").first).to_contain_text(re.compile(r"pretix/[a-z_/]+\.py:\d+"))
    report.screenshot("pretix-boundaries")
    assert reader.interactions < 3


def test_who_writes_a_table(report: OpenedReport) -> None:
    """By its name."""
    reader = Reader(report)
    reader.search("pretixbase_order")
    expect(reader.page.get_by_role("region", name="Written by")).to_contain_text("pretix.base.models.orders:Order.save")
    report.screenshot("pretix-table")
    assert reader.interactions < 3


def test_what_happens_on_a_request(report: OpenedReport) -> None:
    """By its method and path."""
    reader = Reader(report)
    reader.search("POST orders mark_paid")
    steps = reader.page.get_by_role("table", name="Steps in static order")
    expect(steps).to_contain_text("pretixbase_order")
    report.screenshot("pretix-request")
    assert reader.interactions < 3


def test_the_map_is_shown(report: OpenedReport) -> None:
    """With the rectangles of its apps."""
    report.show("graph")
    report.screenshot("pretix-graph")
