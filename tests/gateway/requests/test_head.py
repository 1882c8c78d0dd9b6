"""What the routing reads in the head of a request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.forwarding import ForwardedFields, ForwardingTerms
from strangler_gateway.requests.edge import Edge, Forwarding, RequestIds
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.requests.forwarding import forwarded_request
from strangler_gateway.requests.head import HeadReader, RequestHead
from strangler_gateway.transport.origin import Origin

EDGE = Edge("::1", "http", RequestIds(), Forwarding())
_NAMES = st.sampled_from((b"Cookie", b"cookie", b"X-Cookie", b"X", b"x", b"Cookie2"))
_VALUES = st.text(" \t;=ax:", max_size=12).map(str.encode)


def head_of(*lines: bytes, target: bytes = b"/", edge: Edge = EDGE) -> RequestHead:
    """Return the head of a GET with some field lines besides Host."""
    head = HeadReader().read(b"\r\n".join((b"GET %b HTTP/1.1" % target, b"Host: a", *lines, b"", b"")), edge)
    assert head is not None
    return head


@given(st.lists(st.tuples(_NAMES, _VALUES), max_size=5))
def test_fields_are_found_in_the_bytes_as_among_names_and_values(fields: list[tuple[bytes, bytes]]) -> None:
    """The head looks for a field in its bytes; `RequestFacts` has all of them taken apart."""
    head = head_of(*(b"%b:%b" % field for field in fields))
    apart = RequestFacts("GET", "/", [(name.lower(), value.strip(b" \t")) for name, value in fields], "::1")
    for name in (b"cookie", b"x", b"x-cookie", b"other"):
        assert head.values(name) == apart.values(name)
        assert head.header(name) == apart.header(name)
    for cookie in (b"a", b"x"):
        assert head.cookie(cookie) == apart.cookie(cookie)


def test_the_path_is_that_of_the_target_in_any_of_its_forms() -> None:
    """RFC 9112, section 3.2; a path that is missing is the root."""
    for target, path, query in (
        (b"/a%20b?c=/d", "/a b", b"c=/d"),
        (b"http://a/b?c", "/b", b"c"),
        (b"http://a?c", "/", b"c"),
        (b"http://a", "/", b""),
    ):
        head = head_of(target=target)
        assert (head.path, head.query) == (path, query)


def test_the_client_is_who_a_trusted_proxy_names() -> None:
    """By its address alone, which keeps it on one side whichever connection it uses; nobody else names anybody."""
    lines = (b"X-Forwarded-For: 6.6.6.6, 9.9.9.9:4711", b'Forwarded: for=6.6.6.6, for="[2001:db8::1]:80"')
    assert head_of(*lines).client() == b"::1"
    for read, client in ((ForwardedFields.X_FORWARDED, b"9.9.9.9"), (ForwardedFields.FORWARDED, b"2001:db8::1")):
        terms = ForwardingTerms(trusted=("::1",), read=read)
        edge = Edge("::1", "http", RequestIds(), Forwarding(terms))
        assert head_of(*lines, edge=edge).client() == client
        assert head_of(edge=edge).client() == b"::1"


def test_a_neighbour_that_is_not_believed_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    """It may be a proxy somebody forgot to write down."""
    for peer, told in (("8.8.8.8", 0), ("10.0.0.7", 1)):
        edge = Edge(peer, "http", RequestIds(), Forwarding())
        for _ in range(2):
            forwarded_request(head_of(b"X-Forwarded-For: 9.9.9.9", edge=edge), Origin.of("http://a"), None)
        assert caplog.text.count(f'trusted = ["{peer}"]') == told
