"""The sample monolith as its visitors see it, with the gateway in front of it and without."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from strangler.demo.processes import Processes, free_port
from strangler.demo.shop import SEED_SECONDS
from strangler.demo.stage import Databases, build_stage
from strangler.project import Address
from tests.gateway.crawl.browser import HOST, Browser, Exchange
from tests.gateway.crawl.sameness import APPLICATION_DRAWS, Mask, differences
from tests.gateway.crawl.visitor import Visitor
from tests.sample_monolith import ROOT

pytestmark = pytest.mark.realworld

ORDERS = 20
MOST = 80
"""Addresses that are asked for in one walk."""
AVOIDED = re.compile(r"logout|/close|maintenance|^/admin/jsi18n")
ANSWERS = {
    "q": "a", "email": "new@example.com", "name": "Nell", "display_name": "Nell", "password": "demo",
    "code": "WELCOME10", "street": "Mill Lane 1", "postcode": "10115", "city": "Berlin", "country": "DE",
    "quantity": "2", "rating": "4", "title": "Good", "text": "Does what it should.", "reason": "Too blue.",
    "payment_token": "tok_visa", "sku": "HL-1", "reference": "r1",
}  # fmt: skip
TODAY = f"{datetime.now(UTC):%Y-%m-%d}T".encode()
SHOP_DRAWS = (
    *APPLICATION_DRAWS,
    Mask("the gateway gives an id to a request that has none, the shop does else", re.compile(rb"X-Request-ID: (\S+)")),
    Mask("orders and returns have random numbers", re.compile(rb"[A-Z]-\d{6}-([0-9A-F]{8})")),
    Mask("so have parcels", re.compile(rb"HL([0-9A-F]{10})")),
    Mask("so have payments", re.compile(rb"\b(?:ch|re)_([0-9a-f]{16})\b")),
    Mask("tokens are random", re.compile(rb'(?:"token": "|Token |key=|key" value=")([0-9a-f]{40})')),
    Mask("and what is signed with such numbers", re.compile(rb"X-Signature: (\w+)")),
    Mask("what happened to an order just now", re.compile(rb"<li>[0-9]+ \w+ [0-9]{4}, (.+?): "), elastic=True),
    Mask("what was written just now", re.compile(TODAY + rb"([0-9:.]+)"), elastic=True),
    Mask("and how long ago", re.compile(rb">(now|(?:a|[0-9]+)\W{1,2}(?:second|minute)s? ago)<"), elastic=True),
)
GET = b"GET / HTTP/1.1\r\nHost: %b\r\n" % HOST


def test_a_crawl_is_the_same_behind_the_gateway(tmp_path: Path) -> None:
    """Visitors, customers and staff: pages, forms, the API, files, and what programs ask for; byte for byte."""
    with two_shops(tmp_path) as addresses, ThreadPoolExecutor(2) as crawlers:
        direct, through = crawlers.map(crawl, addresses)
    print(f"{len(direct)} requests")  # noqa: T201 - shown with -rP
    assert differences(direct, through, SHOP_DRAWS) == []
    assert len(direct) >= 450
    assert {200, 201, 204, 206, 301, 302, 304, 400, 401, 403, 404, 405, 409} <= {one.status for one in direct}


@contextmanager
def two_shops(folder: Path) -> Generator[tuple[Address, Address]]:
    """Run the shop twice on equal databases, the second behind a gateway; yields where each is to be visited."""
    first, second = (folder / f"{name}.sqlite3" for name in ("direct", "behind"))
    databases = Databases(f"sqlite:///{second}", f"sqlite:///{folder / 'reviews.sqlite3'}")
    with Processes(folder / "logs") as processes:
        stage = build_stage(folder, ROOT, processes, databases, os.environ)
        stage.write_project()
        # One worker: each has a cache of its own.
        behind = replace(stage.shop, workers=1)
        alone = replace(behind, database=f"sqlite:///{first}", port=free_port())
        behind.migrate(processes)
        assert behind.start_seed(processes, ORDERS).wait(SEED_SECONDS) == 0
        shutil.copy(second, first)
        alone.serve(processes)
        behind.serve(processes)
        stage.serve_gateway()
        yield Address("127.0.0.1", alone.port), Address("127.0.0.1", stage.gateway_port)


def crawl(address: Address) -> list[Exchange]:
    """Do what people and programs do with a shop."""
    with Browser(address) as browser:
        visitor = Visitor(browser, ANSWERS, AVOIDED)
        visitor.walk("/", MOST)
        ask_like_a_program(browser)
        for who, start in (("customer1", "/"), ("admin", "/backoffice/"), ("admin", "/admin/")):
            visitor.new_identity()
            log_in(visitor, who)
            visitor.walk(start, MOST)
            visitor.fill("/", "logout", {})
        return browser.record


def log_in(visitor: Visitor, name: str) -> None:
    """Log in with the form, after a mistake."""
    for password in ("wrong", "demo"):
        visitor.fill("/accounts/login", "login", {"username": f"{name}@example.com", "password": password})


def ask_like_a_program(browser: Browser) -> None:
    """Use the API, and HTTP where pages do not."""
    for target in ("/api/products?q=a&page=2", "/api/products/1", "/api/products/1/reviews?sort=best", "/api/whoami"):
        browser.ask(target)
        browser.ask(target, "HEAD")
        browser.ask(target, "OPTIONS")
    token = b"Authorization: Token demo-token-1"
    asked = (
        ("GET", "/api/whoami", None),
        ("GET", "/api/me/orders", None),
        ("POST", "/api/cart/items", b'{"product_id": 1, "quantity": 1}'),
        ("POST", "/api/cart/items", b'{"product_id": 1, "quantity": 99999}'),
        ("POST", "/api/cart/checkout", b'{"payment_token": "tok_declined"}'),
        ("POST", "/api/cart/checkout", b'{"payment_token": "ok"}'),
        ("POST", "/api/products/2/reviews", b'{"rating": 5, "title": "\xc3\xa4", "text": "Does what it should."}'),
        ("POST", "/api/products/2/reviews", b'{"rating": 9}'),
        ("POST", "/api/products/2/reviews", b"{"),
        ("PATCH", "/api/reviews/1", b'{"rating": 1}'),
        ("POST", "/api/reviews/1/votes", b'{"value": 1}'),
        ("DELETE", "/api/reviews/1/votes", b""),
        ("POST", "/api/logout", b""),
    )
    for number, (method, target, body) in enumerate(asked):
        fields = (token, b"X-Request-ID: crawl-%d" % number, b"content-TYPE: application/json")
        browser.ask(target, method, fields, body)
    sheet = browser.ask("/static/shop.css")
    kept = (sheet.header(b"etag"), sheet.header(b"last-modified"))
    for fields in (
        (b"Range: bytes=10-19",),
        (b"Range: bytes=-5",),
        (b"Range: bytes=999999-",),
        *((b"If-None-Match: %b" % tag,) for tag in kept[:1] if tag),
        *((b"If-Modified-Since: %b" % date,) for date in kept[1:] if date),
        (b"Accept-Encoding: gzip, br",),
    ):
        browser.ask("/static/shop.css", fields=fields)
        browser.ask("/static/shop.css", "HEAD", fields)
    for target in (
        "/nowhere",
        "/products",
        "/products/caf%C3%A9/",
        "/a%2Fb/..%2fc",
        "/products/?",
        "//",
        "/?q=%C3&&=x",
    ):
        browser.ask(target)
    browser.ask("/cart/add/skillet", "POST", body=b"quantity=1")
    for request in (GET + b"\r\n", b"HEAD / HTTP/1.1\r\nhOsT: %b\r\nX-Empty:\r\n\r\n" % HOST):
        browser.say(request)
    browser.say(b"GET /api/products HTTP/1.0\r\nHost: %b\r\n\r\n" % HOST)
    browser.say(b"GET /healthz HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % HOST)
    browser.say(
        b"POST /api/login HTTP/1.1\r\nHost: %b\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'5\r\n{"ema\r\n8\r\nil": "x"\r\n1\r\n}\r\n0\r\n\r\n' % HOST
    )
