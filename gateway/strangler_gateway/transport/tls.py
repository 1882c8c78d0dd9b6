"""TLS to upstreams."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from strangler.model.errors import ConfigurationError
from strangler.model.tls import UPSTREAM_TLS, UpstreamTls
from strangler_gateway.transport.origin import Origin

ALPN = ("http/1.1",)
"""The protocols that both sides of the gateway offer."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """asyncio's arguments ``ssl`` and ``server_hostname`` for a connection; both are None without TLS."""

    context: ssl.SSLContext | None
    server_name: str | None


def handshake(origin: Origin) -> Handshake:
    """Return the handshake for connections to an origin; ConfigurationError as in `upstream_context`."""
    if origin.scheme != "https":
        return Handshake(None, None)
    tls = origin.tls or UPSTREAM_TLS
    return Handshake(upstream_context(tls), tls.server_name or origin.host)


def upstream_context(tls: UpstreamTls) -> ssl.SSLContext:
    """Return the TLS context that verifies an upstream; ConfigurationError when its CA file cannot be used."""
    authorities = tls.ca_file
    try:
        context = ssl.create_default_context(cafile=authorities)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{authorities} cannot be used: {error.strerror or error}",
            where=tls.where,
            remedy="name a PEM file with the certificates of those who sign for the upstreams",
        ) from error
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(list(ALPN))
    return context
