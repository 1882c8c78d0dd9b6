"""Reads ``[gateway.tls]``, and ``tls`` of the monolith and of services.

Files are named relative to the project file.
"""

from __future__ import annotations

from pathlib import Path

from strangler.model.tls import UPSTREAM_TLS, ServerTls, UpstreamTls
from strangler.toml_section import Section


def read_server_tls(section: Section) -> ServerTls | None:
    """Read the certificate the gateway presents to clients; None when it does not use TLS."""
    if not section.values:
        return None
    certificate, key = section.required_text("certificate"), section.required_text("key")
    section.close()
    if not (certificate and key):
        return None
    return ServerTls(_file(section, certificate), _file(section, key), section.document.where(section.path))


def read_upstream_tls(section: Section) -> UpstreamTls:
    """Read what ``https`` upstreams must present."""
    if not section.values:
        return UPSTREAM_TLS
    tls = UpstreamTls(
        verify=section.flag("verify") if "verify" in section.values else True,
        ca=section.text("ca"),
        server_name=section.text("server_name"),
        where=section.document.where(section.path),
        folder=Path(section.document.file).parent,
    )
    if not tls.verify and tls.ca is not None:
        section.report("ca", "ca means nothing where verify is false", "leave out one of them")
    section.close()
    return tls


def _file(section: Section, name: str) -> Path:
    return Path(section.document.file).parent / name
