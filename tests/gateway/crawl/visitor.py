"""Goes through an application: along its links, through its forms."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urljoin, urlsplit

from tests.gateway.crawl.browser import Browser, Exchange
from tests.gateway.crawl.page import Form, Page

FORM_TYPE = b"Content-Type: application/x-www-form-urlencoded"
GZIP = b"Accept-Encoding: gzip"
ALIKE = 4
"""How many addresses of one shape are visited."""


@dataclass(slots=True)
class Visitor:
    """Walks with `browser`; `answers` fills fields that are empty, `avoided` is left alone."""

    browser: Browser
    answers: Mapping[str, str]
    avoided: re.Pattern[str]
    seen: set[str] = field(default_factory=set[str])
    submitted: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])
    shapes: Counter[tuple[str, ...]] = field(default_factory=Counter[tuple[str, ...]])

    def walk(self, start: str, most: int) -> None:
        """Get `start` and what it leads to, breadth first, `most` addresses in all; send the forms on the way."""
        waiting = deque([start])
        for _ in range(most):
            if not waiting:
                return
            target = waiting.popleft()
            exchange = self.browser.ask(target, fields=(GZIP,))
            page = page_of(target, exchange)
            waiting.extend(link for link in page.links if self._wanted(link))
            for form in page.forms:
                if form.shape not in self.submitted and not self.avoided.search(form.action):
                    self.submitted.add(form.shape)
                    self.submit(form)

    def new_identity(self) -> None:
        """Forget what was visited: for somebody else pages look different."""
        self.seen.clear()
        self.submitted.clear()
        self.shapes.clear()

    def fill(self, address: str, action: str, given: Mapping[str, str]) -> Exchange:
        """Get a page, and send the first of its forms that goes to `action` with the values `given`."""
        page = page_of(address, self.browser.ask(address))
        form = next(form for form in page.forms if re.search(action, form.action))
        return self.submit(form, given)

    def submit(self, form: Form, given: Mapping[str, str] | None = None) -> Exchange:
        """Send a form and follow where its answer leads."""
        given = given or {}
        fields = [(name, given.get(name, value or self.answers.get(name, ""))) for name, value in form.fields]
        fields += [(name, value) for name, value in given.items() if name not in dict(form.fields)]
        if form.method == "GET":
            target = f"{form.action.partition('?')[0]}?{urlencode(fields)}"
            return self.browser.ask(target)
        if form.files:
            kind, body = multipart(fields)
        else:
            kind, body = FORM_TYPE, urlencode(fields).encode()
        exchange = self.browser.ask(form.action, "POST", (kind,), body)
        return self.follow(form.action, exchange)

    def follow(self, target: str, exchange: Exchange, hops: int = 3) -> Exchange:
        """Go where a redirect leads."""
        location = exchange.header(b"location")
        if location is None or not hops:
            return exchange
        parts = urlsplit(urljoin(target, location.decode()))
        there = quote(parts.path, safe="/%") + (f"?{parts.query}" if parts.query else "")
        return self.follow(there, self.browser.ask(there), hops - 1)

    def _wanted(self, link: str) -> bool:
        if link in self.seen or self.avoided.search(link):
            return False
        self.seen.add(link)
        path, _, query = link.partition("?")
        *folders, _last = path.strip("/").split("/")
        names = re.findall(r"(?:^|&)([^=&]+)", query)
        shape = (*(re.sub(r"\d+", "#", folder) for folder in folders), "?", *names)
        self.shapes[shape] += 1
        return self.shapes[shape] <= ALIKE


def page_of(address: str, exchange: Exchange) -> Page:
    """Read the page in an exchange; an empty one where it is no page."""
    html = (exchange.header(b"content-type") or b"").startswith(b"text/html")
    return Page.read(address, exchange.text if html else "")


def multipart(fields: list[tuple[str, str]]) -> tuple[bytes, bytes]:
    """Return the header and the body of a form that could carry files."""
    boundary = "----crawl"
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    )
    return f"Content-Type: multipart/form-data; boundary={boundary}".encode(), f"{parts}--{boundary}--\r\n".encode()
