"""Decides which of the addresses a request came by belong to trusted proxies."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


class Trust:
    """Trusts the addresses in `networks`, or the last `hops` hops whatever their addresses."""

    def __init__(self, networks: Sequence[str] = (), hops: int = 0) -> None:
        self._networks = tuple(map(ip_network, networks))
        self._hops = hops

    def peer(self, address: str) -> bool:
        """Whether the peer connected to the gateway is a trusted proxy."""
        return self._hops > 0 or self._contains(address)

    def client_of(self, nodes: Sequence[bytes]) -> int:
        """Return the index of the client among `nodes` when the peer is trusted; their number when it is the peer.

        `nodes` are in the order the request passed them, without the peer. They are read from the right: each proxy
        wrote down who had asked it, so whatever an untrusted node wrote, and all before it, may be invented. When all
        are trusted, the first is the client.
        """
        if self._hops:
            return max(len(nodes) - self._hops, 0)
        at = len(nodes) - 1
        while at > 0 and self._contains(address_of(nodes[at]).decode("latin-1")):
            at -= 1
        return max(at, 0)

    def _contains(self, text: str) -> bool:
        address = _parsed(text)
        return address is not None and any(address in network for network in self._networks)


def address_of(node: bytes) -> bytes:
    """Return the address without port of a node such as ``192.0.2.1:80`` or ``[2001:db8::1]:80``."""
    if node.startswith(b"["):
        return node[1:].partition(b"]")[0]
    return node.partition(b":")[0] if node.count(b":") == 1 else node


def is_private(address: str) -> bool:
    """Whether an address is private, so that no host on the Internet has it."""
    parsed = _parsed(address)
    return parsed is not None and parsed.is_private


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A dual-stack listener sees IPv4 clients as IPv4-mapped IPv6 addresses.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
