"""Which address is that of the client."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler_gateway.requests.trust import Trust, address_of

_ADDRESSES = st.ip_addresses().map(str)


def test_proxies_are_in_trusted_networks() -> None:
    """Of both families; a listener for both sees addresses of the old one in the new one's form."""
    trust = Trust(("10.0.0.0/8", "fe80::/10"))
    assert [trust.peer(peer) for peer in ("10.1.2.3", "::ffff:10.1.2.3", "fe80::1%eth0", "11.0.0.1", "unknown")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("nodes", "client"),
    [
        ((), 0),
        ((b"9.9.9.9",), 0),
        ((b"6.6.6.6", b"9.9.9.9"), 1),
        ((b"6.6.6.6", b"9.9.9.9", b"10.0.0.1:4711"), 1),
        ((b"6.6.6.6", b"[fe80::1]:4711"), 0),
        ((b"10.0.0.2", b"10.0.0.1"), 0),
        ((b"10.0.0.2", b"unknown", b"10.0.0.1"), 1),
    ],
)
def test_the_client_is_the_last_one_that_is_no_proxy(nodes: tuple[bytes, ...], client: int) -> None:
    """What stands before it was said by it; where all are proxies, the first of them asks for itself."""
    assert Trust(("10.0.0.0/8", "fe80::/10")).client_of(nodes) == client


@given(st.lists(_ADDRESSES), st.lists(_ADDRESSES), st.integers(1, 4))
def test_who_is_believed_does_not_depend_on_what_is_invented(invented: list[str], rest: list[str], hops: int) -> None:
    """Whatever a client puts before what the proxies write, the client found is the same."""
    written = ["9.9.9.9", *(f"10.0.0.{number % 250}" for number in range(len(rest)))]
    for trust in (Trust(("10.0.0.0/8",)), Trust(hops=len(written))):
        nodes = [node.encode() for node in (*invented, *written)]
        assert nodes[trust.client_of(nodes)] == b"9.9.9.9"
    assert Trust(hops=hops).client_of([b"1.1.1.1"] * 4) == 4 - hops


@given(st.ip_addresses(), st.integers(0, 65535))
def test_a_port_does_not_make_another_client(address: object, port: int) -> None:
    """Its connections have different ones."""
    text = str(address)
    bracketed = f"[{text}]" if ":" in text else text
    for node in (text, bracketed, f"{bracketed}:{port}"):
        assert ip_address(address_of(node.encode()).decode()) == address
