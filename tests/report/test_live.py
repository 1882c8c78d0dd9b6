"""The report on the admin listener of a gateway: the same file, with what happens while one looks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from playwright.sync_api import Browser, expect

from strangler.cli.report_file import declared
from strangler.cli.source_folder import source_folder
from strangler.demo.processes import free_port
from strangler.model.errors import InputError
from strangler.report.served import served_parts
from strangler.store import ArtefactStore
from strangler_analyzers.graph.codec import save_facts
from tests.report.opened import TIMEOUT, OpenedReport, chromium, opened_at, until
from tests.report.test_browser import BARE, written
from tests.report.test_page import page as report_of
from tests.sample_monolith import ROOT, sample_facts

ROUTE = "GET /api/products/{product_id}/reviews"
OPERATOR, READER = "open sesame", "only looking"
PROJECT = """
[monolith]
upstreams = ["{v1}"]

[services.reviews]
upstreams = ["{v2}"]

[[routes]]
match = {{ path = "/api/products/{{product_id}}/reviews", methods = ["GET"] }}
service = "reviews"
traffic = {{ v2 = 50, shadow = 100, sticky = "header:Authorization" }}

[gateway]
listen = "127.0.0.1:{data}"
admin = [{admins}]
token = "${{OPERATOR}}"
read_token = "${{READER}}"
"""

REQUESTS = """() => [...document.querySelector('[aria-labelledby="traffic"] tbody').rows].reduce(
    (sum, row) => sum + Number(row.cells[2].textContent.replace(/\\D/g, "")), 0)"""
"""How many requests the page tells of."""


class Answering(BaseHTTPRequestHandler):
    """An application that answers everything, with its side: both are right."""

    side = "v1"

    def do_GET(self) -> None:
        """Answer."""
        body = f'{{"stars": {self.side[1:]}}}'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class AnsweringOtherwise(Answering):
    """Its v2."""

    side = "v2"


@contextmanager
def application(kind: type[Answering]) -> Generator[str]:
    """An application on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where clients and administrators reach it."""

    data: str
    admin: str


@contextmanager
def gateways(folder: Path, count: int = 1, *options: str) -> Generator[list[Gateway]]:
    """Gateways of one plan, each in a process and with a project file of its own; the first one has the report."""
    folders = [folder / f"host{number}" for number in range(count)]
    data, admin = [free_port() for _ in folders], [free_port() for _ in folders]
    admins = ", ".join(f'"127.0.0.1:{port}"' for port in admin)
    with application(Answering) as v1, application(AnsweringOtherwise) as v2, ExitStack() as stack:
        for number, host in enumerate(folders):
            store = ArtefactStore.beside(host)
            store.folder.mkdir(parents=True)
            if number == 0:
                written(store.folder, sample_facts(), declared(source_folder(ROOT)))
                save_facts(store, sample_facts())
            (host / "strangler.toml").write_text(
                PROJECT.format(v1=v1, v2=v2, data=data[number], admins=admins), "utf-8"
            )
            stack.enter_context(_running(host, f"127.0.0.1:{admin[number]}", *options))
        ports = zip(data, admin, strict=True)
        yield [Gateway(f"http://127.0.0.1:{front}", f"http://127.0.0.1:{back}") for front, back in ports]


@contextmanager
def _running(folder: Path, admin: str, *options: str) -> Generator[None]:
    command = [sys.executable, "-m", "strangler", "gateway", "run", "--config", str(folder), "--admin", admin, *options]
    environment = {**os.environ, "OPERATOR": OPERATOR, "READER": READER}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    try:
        assert process.stderr.readline().startswith("gateway ready")
        yield
    finally:
        process.terminate()
        process.wait(20)
        process.stderr.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway in a process of its own, with the report of the sample beside its project file."""
    with gateways(tmp_path_factory.mktemp("project")) as (found,):
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this file."""
    with chromium() as started:
        yield started


def entered(browser: Browser, gateway: Gateway, token: str) -> OpenedReport:
    """The page of the gateway after somebody has shown a token."""
    report = opened_at(browser, f"{gateway.admin}/report")
    report.page.goto(f"{report.address}#/migration")
    report.page.get_by_label("Token").fill(token)
    report.page.keyboard.press("Enter")
    report.wait("migration")
    return report


def ask(gateway: Gateway, times: int) -> None:
    """Send requests as clients do."""
    with httpx.Client(base_url=gateway.data, timeout=60) as client:
        for number in range(times):
            assert client.get("/api/products/1/reviews", headers={"Authorization": f"user {number}"}).status_code == 200


def test_a_report_is_taken_apart_and_keeps_no_name_in_its_page() -> None:
    """The page may ask where it comes from, and nowhere else; without the data it knows nothing."""
    parts = served_parts(report_of().encode())
    assert b"connect-src 'self'" in parts.page
    assert b'id="data"></script>' in parts.page
    assert b"<title>strangler</title>" in parts.page
    assert re.fullmatch(rb"[A-Za-z0-9+/=]+", parts.data)
    with pytest.raises(InputError):
        served_parts(b"<!doctype html>")


def test_the_data_need_a_token(gateway: Gateway) -> None:
    """The page is for everybody, what it shows is not."""
    with httpx.Client(base_url=gateway.admin, timeout=60) as client:
        assert client.get("/report").status_code == 200
        for path in ("/report/data", "/report/events"):
            assert client.get(path).status_code == 401
            assert client.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/report/data", headers={"Authorization": f"Bearer {READER}"}).status_code == 200


@pytest.mark.browser
def test_traffic_is_shown_while_it_happens(browser: Browser, gateway: Gateway) -> None:
    """Requests of each side of a route, and how the applications are; nobody else is asked."""
    ask(gateway, 40)
    report = entered(browser, gateway, READER)
    traffic = report.page.get_by_role("table", name="Traffic now")
    expect(traffic).to_contain_text("/api/products/{product_id}/reviews")
    expect(traffic).to_contain_text("v2")
    before = report.page.evaluate(REQUESTS)
    ask(gateway, 20)
    until(report.page, f"(least) => ({REQUESTS})() >= least", before + 20)
    expect(report.page.get_by_role("table", name="Applications")).to_contain_text("closed")
    differences = report.page.get_by_role("table", name="Differences of answers")
    expect(differences).to_contain_text("/stars")
    expect(differences).to_contain_text("value")
    assert {address.split("/")[2] for address in report.requests} == {gateway.admin.removeprefix("http://")}
    assert report.complaints == []
    report.page.close()


@pytest.mark.browser
def test_who_may_only_look_is_told_why(browser: Browser, gateway: Gateway) -> None:
    """Every order is there, none can be given; also by axe nothing is amiss."""
    ask(gateway, 2)
    report = entered(browser, gateway, READER)
    report.page.evaluate("location.hash = '#/migration'")
    orders = report.page.get_by_role("group", name="Orders for reviews")
    expect(orders).to_contain_text("looking only")
    for button in orders.get_by_role("button").all():
        expect(button).to_be_disabled()
    report.screenshots("live")
    assert report.violations() == []
    report.page.close()


@pytest.mark.browser
def test_every_live_view_can_be_read_by_everybody(browser: Browser, gateway: Gateway) -> None:
    """Each as in a file, the one with what happens now also with something pinned and beneath the search.

    And the question for the token before that. What is pinned over the others, and the search, are those of a file.
    """
    asking = opened_at(browser, f"{gateway.admin}/report")
    asking.page.goto(asking.address)
    expect(asking.page.get_by_label("Token")).to_be_visible()
    assert asking.violations() == []
    asking.page.close()
    report = entered(browser, gateway, OPERATOR)
    for place in (*BARE, "migration?sel=table:orders_order"):
        report.page.evaluate("(hash) => { location.hash = hash }", f"#/{place}")
        report.wait(place.partition("?")[0])
        assert report.violations() == [], place
    report.page.keyboard.press("/")
    report.page.keyboard.type("order")
    expect(report.page.get_by_role("option").first).to_be_visible()
    assert report.violations() == []
    assert report.complaints == []
    report.page.close()


@pytest.mark.browser
def test_an_operator_shifts_and_rolls_back(browser: Browser, gateway: Gateway) -> None:
    """By keys alone; asked twice, and seen at once."""
    report = entered(browser, gateway, OPERATOR)
    orders = report.page.get_by_role("group", name="Orders for reviews")
    orders.get_by_label("Share of reads").fill("20")
    for name in ("Shift reviews to 20 %", "Really: Shift reviews to 20 %?"):
        orders.get_by_role("button", name=name, exact=True).press("Enter")
    expect(orders).to_contain_text("20 % of GET /api/products/{product_id}/reviews")
    for name in ("Roll back reviews", "Really: Roll back reviews?"):
        orders.get_by_role("button", name=name, exact=True).press("Enter")
    expect(orders).to_contain_text("nobody is sent to v2")
    expect(orders.get_by_role("button", name="Roll back reviews")).to_be_disabled()
    decisions = report.page.get_by_role("table", name="Decisions")
    expect(decisions).to_contain_text("gateway rollback: confirmed")
    expect(decisions).to_contain_text("traffic: 20 % to v2")
    expect(decisions).to_contain_text("at the report")
    assert report.complaints == []
    report.page.close()


@pytest.mark.browser
def test_an_order_is_for_all_gateways_of_the_plan(browser: Browser, tmp_path: Path) -> None:
    """Whichever of them serves the page; the project file has it then, and one that is silent is named."""
    with gateways(tmp_path, 2) as (first, second):
        report = entered(browser, first, OPERATOR)
        orders = report.page.get_by_role("group", name="Orders for reviews")
        shift = "Shift reviews to 20 %"
        orders.get_by_label("Share of reads").fill("20")
        for name in (shift, f"Really: {shift}?"):
            orders.get_by_role("button", name=name, exact=True).press("Enter")
        expect(orders).to_contain_text(f"{second.admin.removeprefix('http://')} confirmed")
        for host in (first, second):
            status = httpx.get(f"{host.admin}/status", headers={"Authorization": f"Bearer {READER}"}, timeout=60).json()
            assert status["services"]["reviews"]["shares"] == {ROUTE: 20}
        assert "v2 = 20" in (tmp_path / "host0" / "strangler.toml").read_text("utf-8")
        assert report.complaints == []
        report.page.close()


@pytest.mark.browser
def test_what_is_known_of_the_migration_is_shown_as_it_is_now(browser: Browser, gateway: Gateway) -> None:
    """Steps that the gateway can look at, also in the map; for the others who can."""
    report = entered(browser, gateway, READER)
    steps = report.page.get_by_role("table", name="Steps of reviews")
    expect(steps.get_by_role("row").filter(has_text="map the monolith")).to_contain_text("41 tables", timeout=TIMEOUT)
    expect(steps.get_by_role("row").filter(has_text="retire")).to_contain_text("is left")
    expect(steps.get_by_role("row").filter(has_text="front")).to_contain_text("1 of 1 know both sides")
    expect(steps.get_by_role("row").filter(has_text="seed")).to_contain_text("strangler etl run reviews")
    report.page.close()


@pytest.mark.browser
def test_the_way_of_a_request_has_its_measured_times(browser: Browser, gateway: Gateway) -> None:
    """By side, where a rule of the gateway is for that route."""
    ask(gateway, 20)
    report = entered(browser, gateway, READER)
    report.page.evaluate("(id) => { location.hash = `#/routes?at=${encodeURIComponent(id)}` }", f"route:{ROUTE}")
    measured = report.page.get_by_role("table", name="Measured by the gateway")
    expect(measured).to_contain_text("v1")
    expect(measured).to_contain_text("ms")
    report.page.close()


@pytest.mark.browser
@pytest.mark.envoy
def test_envoy_carries_the_bytes_and_the_report_is_there(browser: Browser, tmp_path: Path) -> None:
    """With the same data, the same events and the same orders."""
    with gateways(tmp_path, 1, "--engine", "envoy") as (found,):
        ask(found, 10)
        report = entered(browser, found, OPERATOR)
        expect(report.page.get_by_role("table", name="Traffic now")).to_contain_text(
            "/api/products/{product_id}/reviews"
        )
        orders = report.page.get_by_role("group", name="Orders for reviews")
        for name in ("Shift all reads of reviews", "Really: Shift all reads of reviews?"):
            orders.get_by_role("button", name=name, exact=True).press("Enter")
        expect(orders).to_contain_text(f"100 % of {ROUTE}")
        assert report.complaints == []
        report.page.close()
