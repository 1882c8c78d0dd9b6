"""What an application says of its own address, as clients see it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.forwarding import UpstreamFields
from strangler.model.tls import UpstreamTls
from strangler_gateway.requests.forwarded import Way
from strangler_gateway.requests.rewriting import Rewriting
from strangler_gateway.transport.grammar import BLOCK, Headers, fields_of
from strangler_gateway.transport.origin import Origin

BOTH = UpstreamFields(host="shop.internal", locations=True, cookie_domains=True)
ORIGIN = Origin.of("http://Reviews.internal:80", fields=BOTH)
WAY = Way((b"9.9.9.9",), b"https", b"shop.example:8443")
_VALUES = st.lists(
    st.sampled_from(
        (
            b"http://",
            b"//",
            b"reviews.internal",
            b":80",
            b"/",
            b"?",
            b";",
            b"=",
            b"domain",
            b"url",
            b" ",
            b"5",
            b'"',
            b"a",
        )
    ),
    max_size=12,
).map(b"".join)


def block_of(fields: Headers) -> bytes:
    """Return a block of fields as it is sent."""
    return b"".join([b"\r\n%b: %b" % field for field in fields])


def seen(name: bytes, value: bytes, way: Way = WAY, origin: Origin = ORIGIN) -> bytes:
    """Return a value as the client sees it."""
    [(_, changed)] = fields_of(Rewriting(origin).block(block_of([(name, value)]), way))
    return changed


@pytest.mark.parametrize(
    ("value", "changed"),
    [
        (b"http://reviews.internal/a", b"https://shop.example:8443/a"),
        (b"http://REVIEWS.internal:80", b"https://shop.example:8443"),
        (b"https://shop.internal?a", b"https://shop.example:8443?a"),
        (b"//reviews.internal#a", b"//shop.example:8443#a"),
        (b"/a", b"/a"),
        (b"a", b"a"),
        (b"http://reviews.internal.evil/", b"http://reviews.internal.evil/"),
        (b"http://reviews.internal:8080/", b"http://reviews.internal:8080/"),
        (b"http://user@reviews.internal/", b"http://user@reviews.internal/"),
        (b"http://reviews.internal@evil/", b"http://reviews.internal@evil/"),
        (b"http://reviews-internal/", b"http://reviews-internal/"),
        (b"/login?next=http://reviews.internal/", b"/login?next=http://reviews.internal/"),
    ],
)
def test_a_location_is_changed_where_it_is_the_upstream_itself(value: bytes, changed: bytes) -> None:
    """Neither other ports nor longer names, nor what only stands in a query."""
    assert seen(b"Location", value) == changed


@pytest.mark.parametrize(
    ("value", "changed"),
    [
        (b"0;URL='http://reviews.internal/a'", b"0;URL='https://shop.example:8443/a'"),
        (b"5, http://reviews.internal", b"5, https://shop.example:8443"),
        (b"5", b"5"),
        (b"5; url=/a", b"5; url=/a"),
    ],
)
def test_a_refresh_is_changed_likewise(value: bytes, changed: bytes) -> None:
    """Browsers read it in several ways, with quotes or without ``url=``."""
    assert seen(b"refresh", value) == changed


@pytest.mark.parametrize(
    ("value", "changed"),
    [
        (b"a=1; Domain=reviews.internal; Path=/", b"a=1; Domain=shop.example; Path=/"),
        (b"a=1;domain = .SHOP.internal", b"a=1; Domain=shop.example"),
        (b"a=1; Domain=internal", b"a=1; Domain=internal"),
        (b"domain=reviews.internal; Path=/", b"domain=reviews.internal; Path=/"),
        (b"a=1", b"a=1"),
        (b"a=1; Domain=x; Domain=reviews.internal", b"a=1; Domain=x; Domain=shop.example"),
    ],
)
def test_a_cookie_is_for_the_clients_host(value: bytes, changed: bytes) -> None:
    """By the attribute, wherever it stands (RFC 6265, section 5.2); its own name and value stay."""
    assert seen(b"Set-Cookie", value) == changed


def test_an_address_has_no_domain() -> None:
    """The cookie is for exactly this host without one."""
    for host in (b"[::1]:80", b"127.0.0.1:80"):
        way = Way((b"::1",), b"http", host)
        assert seen(b"Set-Cookie", b"a=1; Domain=reviews.internal", way) == b"a=1"


def test_the_name_in_the_certificate_is_the_upstreams_too() -> None:
    """It is what the application believes to be called."""
    origin = Origin.of("https://10.0.0.1", UpstreamTls(server_name="reviews.example"), UpstreamFields(locations=True))
    assert seen(b"Location", b"https://reviews.example/a", origin=origin) == b"https://shop.example:8443/a"


def test_without_a_host_of_the_client_everything_stays() -> None:
    """HTTP/1.0 may have none."""
    assert seen(b"Location", b"http://reviews.internal/", Way((b"::1",), b"http", None)) == b"http://reviews.internal/"


@given(st.lists(st.tuples(st.sampled_from((b"Location", b"Refresh", b"Set-Cookie", b"X")), _VALUES), max_size=4))
def test_what_is_changed_can_be_sent_and_is_not_changed_again(fields: list[tuple[bytes, bytes]]) -> None:
    """Names, order and number of fields stay, and every other field does."""
    rewriting = Rewriting(ORIGIN)
    block = block_of(fields)
    changed = rewriting.block(block, WAY)
    assert BLOCK.fullmatch(changed)
    assert [name for name, _ in fields_of(changed)] == [name for name, _ in fields]
    assert [field for field in fields_of(changed) if field[0] == b"X"] == [
        field for field in fields_of(block) if field[0] == b"X"
    ]
    assert rewriting.block(changed, WAY) == changed
