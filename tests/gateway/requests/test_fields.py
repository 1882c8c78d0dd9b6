"""What is remembered of the fields of requests."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from strangler_gateway.requests.edge import Edge, Forwarding, RequestIds
from strangler_gateway.requests.fields import MalformedError, RecentFields
from strangler_gateway.requests.head import HeadReader, RequestHead
from strangler_gateway.transport.grammar import TARGET, is_plain_target

_EDGE = Edge("::1", "http", RequestIds(), Forwarding())
_LINES = st.sampled_from(
    (
        b"Host: a",
        b"Host: b",
        b"host:a b",
        b"Cookie: sessionid=1",
        b"Cookie:  sessionid=2 ",
        b"Content-Length: 3",
        b"Transfer-Encoding: chunked",
        b"Connection: close",
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Expect: 100-continue",
        b"Expect: more",
        b"X-Forwarded-For: 1.2.3.4",
        b"Folded:\r\n line",
        b"Bad name: x",
        b"Bell: \7",
    )
)
_REQUEST_LINES = st.sampled_from(
    (
        b"GET /a HTTP/1.1",
        b"POST /%20 HTTP/1.1",
        b"GET /a HTTP/1.0",
        b"GET http://a/ HTTP/1.1",
        b"GET /%ff HTTP/1.1",
        b"GET /a?b=%20&c HTTP/1.1",
        b"GET /a#b HTTP/1.1",
        b"GET /a\x7f HTTP/1.1",
        b"GET /\xff HTTP/1.1",
        b"GET  HTTP/1.1",
        b"GET  /a HTTP/1.1",
        b"GET /a HTTP/1.11",
        b"get /a HTTP/1.1",
        b"PURGE /a HTTP/1.1",
        b"GET",
    )
)


def said(reader: HeadReader, raw: bytes) -> object:
    """Return what a reader makes of a head."""
    try:
        head = reader.read(raw, _EDGE)
    except MalformedError as error:
        return error.refusal
    return head if head is None else everything(head)


def everything(head: RequestHead) -> object:
    """Return all that is known of a request by its head."""
    return (
        (head.method, head.target, head.path, head.query, head.one_one, head.size),
        (head.block, head.lower, head.specials, head.host, head.length, head.plain),
        (head.persistent, head.upgrade, head.expects_continue),
        (head.all(), head.values(b"cookie"), head.header(b"cookie"), head.cookie(b"sessionid"), head.cookie(b"other")),
    )


_BEHIND = st.sampled_from((b"", b"body", b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n", b"\r\n\r\n"))


@given(st.lists(st.tuples(_REQUEST_LINES, st.lists(_LINES, max_size=4), _BEHIND), max_size=8))
def test_who_has_read_much_reads_like_who_has_read_nothing(heads: list[tuple[bytes, list[bytes], bytes]]) -> None:
    """The same block behind another request line, another version, another block with the same beginning, or no end."""
    experienced = HeadReader()
    for line, fields, behind in heads:
        raw = b"\r\n".join((line, *fields, b"", b"")) + behind
        for _ in range(2):
            assert said(experienced, raw) == said(HeadReader(), raw)
        for cut in (raw[: len(raw) - len(behind) - missing] for missing in range(1, 5)):
            assert said(experienced, cut) == said(HeadReader(), cut)


def test_only_the_last_blocks_are_kept_and_no_long_ones() -> None:
    """Whoever sends another block each time pushes out what others sent, and no more."""
    recent = RecentFields()
    blocks = [b"\r\nHost: a\r\nX-Number: %d" % number for number in range(5_000)]
    for block in blocks:
        recent.read(block)
    kept = sum(recent.find(block) is not None for block in blocks[:-1_024])
    assert kept <= 1_024
    assert recent.find(blocks[-1]) is not None
    long = b"\r\nHost: a\r\nX-Long: " + b"x" * 3_000
    recent.read(long)
    assert recent.find(long) is None


def test_what_is_asked_for_again_stays() -> None:
    """A client that is there all the while is read once."""
    recent = RecentFields()
    fields = recent.read(b"\r\nHost: a")
    for number in range(5_000):
        recent.read(b"\r\nHost: a\r\nX-Number: %d" % number)
        assert recent.find(fields.block) is fields


@given(st.binary(max_size=6) | st.text("/a?%# \x7f\n", max_size=6).map(str.encode))
def test_a_plain_target_is_what_the_grammar_says(target: bytes) -> None:
    """Looked at without the expression for a whole head."""
    fits = re.fullmatch(TARGET, target) is not None
    if b" " not in target:
        assert is_plain_target(target) == (fits and target.isascii())
