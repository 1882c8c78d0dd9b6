"""django-oscar in a project of its own, as a new user puts the gateway in front of it: first all v1, then a canary."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from strangler.demo.processes import Process, Processes, Program, answers, free_port
from strangler.demo.stage import SCRUBBED
from strangler.project import Address
from tests.gateway.crawl.browser import Browser, Exchange
from tests.gateway.crawl.sameness import APPLICATION_DRAWS, Mask, differences
from tests.gateway.crawl.visitor import Visitor
from tests.realworld.environment import environment

pytestmark = pytest.mark.realworld

REQUIREMENTS = (
    "django-oscar==4.2.1", "django==5.2.19", "sorl-thumbnail==13.4.0", "gunicorn==27.0.1", "whitenoise==6.12.0",
)  # fmt: skip
PROJECT = Path(__file__).parent / "samples" / "oscar_shop"
FILL_SECONDS = 300.0
READERS = 20
STRANGLER = """
[monolith]
upstreams = ["http://127.0.0.1:{v1}"]

[services.catalogue]
upstreams = ["http://127.0.0.1:{v2}"]

[gateway]
listen = "127.0.0.1:{listen}"
admin = ["127.0.0.1:{admin}"]
token = "${{TOKEN}}"

[[routes]]
match = {{ path = "/catalogue/{{rest:path}}", methods = ["GET"] }}
service = "catalogue"
traffic = {{ v2 = 0, sticky = "cookie:sessionid" }}
"""
AVOIDED = re.compile(r"logout|delete|/admin/|reset|^/i18n")
ANSWERS = {
    "q": "book", "title": "Good", "body": "It can be read.", "score": "4", "quantity": "1", "code": "NONE",
    "name": "List", "email": "someone@example.com",
}  # fmt: skip
ADDRESS = {
    "first_name": "Ada", "last_name": "Reader", "line1": "1 Mill Lane", "line4": "London", "postcode": "N1 9GU",
    "country": "GB", "phone_number": "",
}  # fmt: skip
OSCAR_DRAWS = (
    *APPLICATION_DRAWS,
    Mask("a digest of a page with such a token", re.compile(rb'(?:ETag|If-None-Match): (?:W/)?"([0-9a-f]{32})"')),
    Mask("a page says when it was made", re.compile(rb'"created" content="[^"]* ([0-9]{2}:[0-9]{2})"')),
    Mask("a wish list has a random name", re.compile(rb"/wishlists/([0-9a-z]{6})/")),
)


@dataclass(slots=True)
class Shops:
    """One shop alone, and one behind a gateway that can send its catalogue's readers to a second copy."""

    direct: Address
    behind: Address
    processes: Processes
    project: Path
    environment: dict[str, str]
    copies: dict[str, Process]

    def strangler(self, *arguments: str) -> Process:
        """Run a command to its end."""
        command = (sys.executable, "-m", "strangler", *arguments, "--progress", "none")
        return self.processes.run(Program("strangler", command, self.project, self.environment), 60)

    def sessions(self, copy: str) -> set[str]:
        """The sessions in which a copy was asked for its catalogue."""
        said = self.copies[copy].said()
        return set(re.findall(r"(?m)^GET /catalogue/\S* HTTP/1\.1 .*\bsessionid=(\w+)", said))


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Generator[Shops]:
    """Run them."""
    with running(Path(tmp_path_factory.mktemp("oscar"))) as everything:
        yield everything


@contextmanager
def running(folder: Path) -> Generator[Shops]:
    """Install, fill and serve the shops, and the gateway."""
    python = environment("django-oscar", *REQUIREMENTS) / "bin" / "python"
    project = shutil.copytree(PROJECT, folder / "shop")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(SCRUBBED)}
    ports = {name: free_port() for name in ("direct", "v1", "v2", "listen", "admin")}
    with Processes(folder / "logs") as processes:

        def program(name: str, database: str, *arguments: str) -> Program:
            said = {"DJANGO_SETTINGS_MODULE": "settings", "SHOP_FILE": str(folder / database)}
            return Program(name, (str(python), *arguments), project, {**clean, **said})

        fill = processes.run(program("fill", "behind.sqlite3", "fill.py"), FILL_SECONDS)
        assert fill.status == 0, fill.said()
        shutil.copy(folder / "behind.sqlite3", folder / "direct.sqlite3")
        copies: dict[str, Process] = {}
        for name, database in (("direct", "direct.sqlite3"), ("v1", "behind.sqlite3"), ("v2", "behind.sqlite3")):
            copies[name] = processes.start(
                program(
                    name, database, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()",
                    "--bind", f"127.0.0.1:{ports[name]}", "--worker-class", "gthread", "--threads", "4",
                    "--keep-alive", "30", "--log-level", "warning", "--no-control-socket",
                    "--access-logfile", "-", "--access-logformat", "%(r)s %({Cookie}i)s",
                )
            )  # fmt: skip
        (folder / "strangler.toml").write_text(STRANGLER.format(**ports))
        gateway_environment = {**clean, "TOKEN": "open sesame"}
        command = (sys.executable, "-m", "strangler", "gateway", "run")
        gateway = processes.start(Program("gateway", command, folder, gateway_environment))
        for name, copy in copies.items():
            copy.wait_until(answers(f"http://127.0.0.1:{ports[name]}/basket/"))
        gateway.wait_until(answers(f"http://127.0.0.1:{ports['listen']}/basket/"))
        direct, behind = (Address("127.0.0.1", ports[name]) for name in ("direct", "listen"))
        yield Shops(direct, behind, processes, folder, gateway_environment, copies)


def test_a_crawl_is_the_same_behind_the_gateway_and_beside_a_canary(shops: Shops) -> None:
    """Guests and customers buy, the staff looks around; then half of the sessions read from a second copy."""
    first = crawled(shops, everybody)
    assert len(first) >= 200
    assert {200, 206, 301, 302, 304, 400, 403, 404, 405} <= {one.status for one in first}
    earlier = shops.sessions("v1")
    assert shops.sessions("v2") == set()
    shift = shops.strangler("gateway", "shift", "catalogue", "--to", "50%")
    assert shift.status == 0, shift.said()
    second = crawled(shops, readers)
    moved, stayed = shops.sessions("v2"), shops.sessions("v1") - earlier
    print(f"{len(first)} requests, then {len(second)} in sessions of which {len(moved)} moved, {len(stayed)} stayed")  # noqa: T201
    assert (len(moved | stayed), moved & stayed) == (READERS, set())
    assert len(moved) > 0 < len(stayed)


def crawled(shops: Shops, crawl: Callable[[Address], list[Exchange]]) -> Sequence[Exchange]:
    """Let both shops be crawled, and compare."""
    with ThreadPoolExecutor(2) as crawlers:
        direct, through = crawlers.map(crawl, (shops.direct, shops.behind))
    assert differences(direct, through, OSCAR_DRAWS) == []
    return direct


def everybody(address: Address) -> list[Exchange]:
    """Look around and buy as a guest and as a customer; look at the shop from behind as its staff."""
    with Browser(address) as guest, Browser(address) as customer, Browser(address) as staff:
        visitor = Visitor(guest, ANSWERS, AVOIDED)
        guest.ask("/")
        visitor.walk("/catalogue/", 50)
        ask_like_a_program(guest)
        buy(visitor, {"username": "guest@example.com", "options": "anonymous"})
        visitor = Visitor(customer, ANSWERS, AVOIDED)
        log_in(visitor, "reader1")
        visitor.walk("/accounts/profile/", 30)
        buy(visitor, None)
        visitor = Visitor(staff, ANSWERS, AVOIDED)
        log_in(visitor, "staff")
        visitor.walk("/dashboard/", 60)
        return [*guest.record, *customer.record, *staff.record]


def readers(address: Address) -> list[Exchange]:
    """Read the catalogue in many sessions."""
    record: list[Exchange] = []
    for number in range(1, READERS + 1):
        with Browser(address) as browser:
            visitor = Visitor(browser, ANSWERS, re.compile(f"{AVOIDED.pattern}|^/(?!catalogue)"))
            log_in(visitor, f"reader{number}")
            visitor.walk("/catalogue/", 6)
            record += browser.record
    return record


def log_in(visitor: Visitor, name: str) -> None:
    """Log in with the form, after a mistake."""
    for password in ("wrong", "a long password"):
        given = {"login-username": f"{name}@example.com", "login-password": password}
        visitor.fill("/accounts/login/", "/accounts/login", {**given, "login_submit": "Log In"})


def buy(visitor: Visitor, identity: dict[str, str] | None) -> None:
    """Fill the basket, say who one is and where one lives, and order."""
    visitor.fill("/catalogue/book-no-3_3/", "/basket/add/", {"quantity": "2"})
    visitor.browser.ask("/basket/")
    if identity is not None:
        visitor.fill("/checkout/", "/checkout/", identity)
    visitor.fill("/checkout/shipping-address/", "/checkout/shipping-address/", ADDRESS)
    ordered = visitor.fill("/checkout/preview/", "/checkout/preview/", {"action": "place_order"})
    assert "order" in ordered.text
    assert ordered.request.startswith(b"GET /checkout/thank-you/")


def ask_like_a_program(browser: Browser) -> None:
    """Use HTTP where pages do not."""
    sheet = "/static/oscar/css/styles.css"
    kept = browser.ask(sheet).header(b"last-modified")
    tag = browser.ask("/catalogue/").header(b"etag")
    for target, fields in (
        (sheet, (b"Range: bytes=10-1999",)),
        (sheet, (b"Range: bytes=-5",)),
        *((sheet, (b"If-Modified-Since: %b" % date,)) for date in (kept,) if date),
        *(("/catalogue/", (b"If-None-Match: %b" % known,)) for known in (tag,) if known),
        ("/catalogue/", (b"Accept-Encoding: gzip",)),
        ("/nowhere/", ()),
        ("/catalogue", ()),
        ("/catalogue/caf%C3%A9_1/", ()),
        ("/search/?q=%C3%A9+%2F&&page=1", ()),
    ):
        browser.ask(target, fields=fields)
        browser.ask(target, "HEAD", fields)
    browser.ask("/basket/add/3/", "POST", body=b"quantity=1")
    browser.say(b"GET /catalogue/ HTTP/1.0\r\nHost: shop.example\r\n\r\n")
