"""Heads of responses, and what is remembered of their lines."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler_gateway.transport.errors import UpstreamProtocolError
from strangler_gateway.transport.grammar import FIELDS
from strangler_gateway.transport.response_head import read_response_head
from strangler_gateway.transport.response_lines import PLAIN, RecentLines

_WHOLE = re.compile(rb"HTTP/1\.[01] [1-9][0-9][0-9](?: [\t\x20-\x7e\x80-\xff]*+)?" + FIELDS + rb"\r\n\r\n")
_FIRST = st.sampled_from(
    (b"HTTP/1.1 200 OK", b"HTTP/1.0 404", b"HTTP/1.1 200OK", b"HTTP/2 200 OK", b"", b" HTTP/1.1 200 OK")
)
_LINES = st.sampled_from(
    (
        b"Date: Mon",
        b"Content-Length: 3",
        b"content-length:3 ",
        b"Content-Length: 4",
        b"Content-Length: x",
        b"Connection: keep-alive",
        b"Connection:\tkeep-alive ",
        b"Connection: X-A, close",
        b"Transfer-Encoding: chunked",
        b"X-A: \xe4\t",
        b"X-A : b",
        b" folded",
        b"X-A: a\nX-B: b",
        b"X-A: a\r",
        b"Bell: \7",
        b"",
    )
)


def said(data: bytes, lines: RecentLines) -> object:
    """Return what is made of a head."""
    try:
        found = read_response_head(data, lines=lines)
    except UpstreamProtocolError as error:
        return str(error)
    if found is None:
        return None
    head, rest = found
    hops = [(hop.name, hop.value, hop.line) for hop in head.hops]
    return (head.status, head.line, head.block, head.headers, head.length, head.chunked, head.persistent, hops, rest)


@settings(max_examples=40)
@given(st.lists(st.tuples(_FIRST, st.lists(_LINES, max_size=4)), max_size=6))
def test_who_has_read_much_reads_like_who_has_read_nothing(heads: list[tuple[bytes, list[bytes]]]) -> None:
    """What fits the grammar as a whole fits it line by line, known or not, and nothing else does."""
    experienced = RecentLines()
    for first, fields in heads:
        data = b"\r\n".join((first, *fields, b"", b"")) + b"abc"
        expected = said(data, RecentLines())
        for _ in range(2):
            assert said(data, experienced) == expected
        match = _WHOLE.match(data)
        if isinstance(expected, tuple):
            assert match is not None
            assert expected[-1] == data[match.end() :]
        elif match is not None:
            assert "Content-Length" in str(expected) or "coding" in str(expected)


def test_a_head_that_is_not_there_yet() -> None:
    """Wherever it is cut, it is waited for."""
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
    assert {read_response_head(data[:cut]) for cut in range(1, len(data))} == {None}
    assert read_response_head(data) is not None


def test_a_length_nobody_can_mean() -> None:
    """One of thousands of digits is refused as any other that is none: Python reads no number that long."""
    with pytest.raises(UpstreamProtocolError, match="Content-Length"):
        read_response_head(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n")


def test_only_the_last_lines_are_kept_and_no_long_ones() -> None:
    """An application that says something else each time pushes out what was said before, and no more."""
    lines = RecentLines()
    known = lines.field(b"Connection: keep-alive")
    for number in range(1_000):
        assert lines.field(b"ETag: %d" % number) is PLAIN
    assert lines.field(b"Connection: keep-alive") is known
    for number in range(3_000):
        lines.field(b"ETag: %d" % number)
    assert lines.field(b"Connection: keep-alive") is not known
    long = b"Connection: keep-alive" + b" " * 300
    assert lines.field(long) is not lines.field(long)
