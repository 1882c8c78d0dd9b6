"""The fields of proxies, read and written."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from strangler_gateway.requests.forwarded import (
    UNKNOWN,
    Step,
    Way,
    forwarded,
    last_host,
    last_scheme,
    read_forwarded,
    read_nodes,
    x_forwarded,
)
from strangler_gateway.transport.grammar import BLOCK, fields_of

_ADDRESSES = st.ip_addresses().map(lambda address: str(address).encode())
_NODES = st.one_of(
    _ADDRESSES,
    st.tuples(st.ip_addresses(v=6), st.integers(0, 65535)).map(
        lambda node: b"[%b]:%d" % (str(node[0]).encode(), node[1])
    ),
    st.tuples(st.ip_addresses(v=4), st.integers(0, 65535)).map(
        lambda node: b"%b:%d" % (str(node[0]).encode(), node[1])
    ),
    st.sampled_from((b"unknown", b"_gazonk", b"_SEVKISEK")),
)
_HOSTS = st.from_regex(rb"\A[a-z0-9.\-]{1,12}(:[0-9]{1,5})?\Z")
_WAYS = st.builds(
    Way, st.lists(_NODES, min_size=1, max_size=4).map(tuple), st.sampled_from((b"http", b"https")), _HOSTS
)
_FIELD_VALUES = st.lists(st.sampled_from(b'for=;"\\,[]:a1. \t\xe9').map(lambda byte: bytes((byte,))), max_size=30).map(
    b"".join
)


@given(_WAYS)
def test_what_is_written_is_read_again(way: Way) -> None:
    """In either form; brackets that are only there for the grammar go again."""
    block = forwarded(way)
    assert BLOCK.fullmatch(block)
    steps = read_forwarded([value for _, value in fields_of(block)])
    assert [_bare(step.node) for step in steps] == [_bare(node) for node in way.addresses]
    assert steps[0] == Step(steps[0].node, way.scheme, way.host)
    fields = dict(fields_of(x_forwarded(way)))
    assert len(read_nodes([fields[b"X-Forwarded-For"]])) == len(way.addresses)
    assert last_scheme([fields[b"X-Forwarded-Proto"]]) == way.scheme
    assert last_host([fields[b"X-Forwarded-Host"]]) == way.host


def _bare(node: bytes) -> bytes:
    return node.removeprefix(b"[").removesuffix(b"]")


@given(_FIELD_VALUES, _ADDRESSES)
@example(b'for="', b"192.0.2.1")
@example(b'for="\\', b"192.0.2.1")
@example(b"for=a;", b"2001:db8::1")
def test_nothing_a_client_says_hides_what_a_proxy_says_behind_it(invented: bytes, seen: bytes) -> None:
    """No quotation mark swallows it, nothing malformed spoils it."""
    told = forwarded(Way((seen,), b"https", b"shop"))[len(b"\r\nForwarded: ") :]
    last = read_forwarded([invented + b", " + told])[-1]
    assert (_bare(last.node), last.scheme, last.host) == (seen, b"https", b"shop")
    assert read_nodes([invented + b", " + seen])[-1] == seen


@given(_FIELD_VALUES)
def test_what_is_passed_on_can_be_passed_on(value: bytes) -> None:
    """Whatever came: it is a node, or unknown, and the block with it is one."""
    nodes = read_nodes([value])
    way = Way((*nodes, b"127.0.0.1"), last_scheme([value]) or b"http", last_host([value]))
    assert BLOCK.fullmatch(forwarded(way))
    assert BLOCK.fullmatch(x_forwarded(way))


def test_what_is_malformed_is_nobody() -> None:
    """It may have been anybody."""
    for value in (b"for", b"for=", b"for=a b", b'for="a', b"for=a;;=b", b"=a", b"proto=http"):
        assert read_forwarded([value])[0].node == UNKNOWN
    assert read_nodes([b"a b, <script>,, 1.2.3.4"]) == [UNKNOWN, UNKNOWN, b"1.2.3.4"]
    assert last_scheme([b"https, ht tp"]) is None
    assert last_host([b'a, b"c']) is None
