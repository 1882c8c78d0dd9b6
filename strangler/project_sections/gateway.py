"""Reads ``[gateway]``."""

from __future__ import annotations

import re

from strangler.project import Address, Gateway
from strangler.project_sections.forwarding import read_forwarding
from strangler.project_sections.identity import read_identity
from strangler.project_sections.limits import read_limits
from strangler.project_sections.references import read_secret
from strangler.project_sections.shadow import read_shadow
from strangler.project_sections.tls import read_server_tls
from strangler.toml_section import Section

_HOST_PORT = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/]+):(?P<port>\d{1,5})")


def read_gateway(section: Section) -> Gateway:
    """Read the section; problems are reported to its document."""
    gateway = Gateway(
        listen=section.parsed("listen", parse_address),
        admin=tuple(address for text in section.texts("admin") if (address := _admin(section, text))),
        token=read_secret(section, "token"),
        identity=read_identity(section.section("identity")),
        read_token=read_secret(section, "read_token"),
        refuse_undeclared=section.flag("refuse_undeclared"),
        read_only=section.flag("read_only"),
        tls=read_server_tls(section.section("tls")),
        tracing=section.flag("tracing"),
        shadow=read_shadow(section.section("shadow")),
        limits=read_limits(section.section("limits")),
        forwarding=read_forwarding(section.section("forwarding")),
    )
    if gateway.tracing and gateway.forwarding.traceparent:
        where = (*section.path, "forwarding", "traceparent")
        section.document.report(where, "traceparent means nothing with tracing", "leave out one of them")
    section.close()
    return gateway


def _admin(section: Section, text: str) -> Address | None:
    try:
        return parse_address(text)
    except ValueError as error:
        section.report("admin", f"admin {error}")
        return None


def parse_address(text: str) -> Address:
    """Read ``host:port``; ValueError says what it must be."""
    match = _HOST_PORT.fullmatch(text)
    if match is None or not 1 <= int(match["port"]) <= 65535:
        raise ValueError("must be host:port, as in 127.0.0.1:9900")
    return Address(match["host"], int(match["port"]))
