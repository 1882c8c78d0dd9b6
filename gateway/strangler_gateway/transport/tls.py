"""Connections to upstreams that show who they are."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from strangler.model.errors import ConfigurationError
from strangler.model.tls import UPSTREAM_TLS, UpstreamTls
from strangler_gateway.transport.origin import Origin

ALPN = ("http/1.1",)
"""What is spoken on both sides of the gateway."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """How to begin a connection: what asyncio calls ``ssl`` and ``server_hostname``, both None without TLS."""

    context: ssl.SSLContext | None
    server_name: str | None


def handshake(origin: Origin) -> Handshake:
    """Return how to begin a connection to an origin; ConfigurationError as with `upstream_context`."""
    if origin.scheme != "https":
        return Handshake(None, None)
    tls = origin.tls or UPSTREAM_TLS
    return Handshake(upstream_context(tls), tls.server_name or origin.host)


def upstream_context(tls: UpstreamTls) -> ssl.SSLContext:
    """Return what checks an upstream; ConfigurationError when the file of authorities can not be used."""
    authorities = tls.ca_file
    try:
        context = ssl.create_default_context(cafile=authorities)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{authorities} can not be used: {error.strerror or error}",
            where=tls.where,
            remedy="name a PEM file with the certificates of those who sign for the upstreams",
        ) from error
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(list(ALPN))
    return context
