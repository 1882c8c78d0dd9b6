"""What the routing reads in the head of a request."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strangler_gateway.request_facts import RequestFacts
from strangler_gateway.request_head import RequestHead, read_request_head

_NAMES = st.sampled_from((b"Cookie", b"cookie", b"X-Cookie", b"X", b"x", b"Cookie2"))
_VALUES = st.text(" \t;=ax:", max_size=12).map(str.encode)


def head_of(*lines: bytes, target: bytes = b"/") -> RequestHead:
    """Return the head of a GET with some field lines besides Host."""
    head = read_request_head(b"\r\n".join((b"GET %b HTTP/1.1" % target, b"Host: a", *lines, b"", b"")), "::1")
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
