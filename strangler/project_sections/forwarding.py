"""Reads ``[gateway.forwarding]``, and ``headers`` of the monolith and of services."""

from __future__ import annotations

import re
from ipaddress import ip_network

from strangler.model.forwarding import FORWARDING_TERMS, ForwardedFields, ForwardingTerms, NewTrace, UpstreamFields
from strangler.toml_section import Section

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(?::\d{1,5})?")
_READ = (ForwardedFields.X_FORWARDED, ForwardedFields.FORWARDED)


def read_forwarding(section: Section) -> ForwardingTerms:
    """Read the section; by default no proxy is trusted."""
    terms = ForwardingTerms(
        tuple(network for text in section.texts("trusted") if (network := _network(section, text))),
        section.count("trusted_hops") or 0,
        ForwardedFields(section.choice("read", _READ) or FORWARDING_TERMS.read),
        ForwardedFields(section.choice("send", tuple(ForwardedFields)) or FORWARDING_TERMS.send),
        section.parsed("via", _pseudonym),
        NewTrace(trace) if (trace := section.choice("traceparent", tuple(NewTrace))) else None,
    )
    if terms.trusted and terms.trusted_hops:
        section.report("trusted_hops", "trusted_hops means nothing beside trusted", "leave out one of them")
    if "read" in section.values and not section.values.keys() & {"trusted", "trusted_hops"}:
        section.report("read", "nobody is believed what read names", "write trusted or trusted_hops besides")
    section.close()
    return terms


def read_upstream_fields(section: Section) -> UpstreamFields:
    """Read the changes to the header fields to and from an application; none by default."""
    fields = UpstreamFields(section.parsed("host", _host), section.flag("locations"), section.flag("cookie_domains"))
    section.close()
    return fields


def _host(text: str) -> str:
    if _HOST.fullmatch(text) is None:
        raise ValueError('must be "upstream", or a host as in shop.internal:8000')
    return text


def _pseudonym(text: str) -> str:
    if _TOKEN.fullmatch(text) is None:
        raise ValueError("must be a name without spaces, or one with a port, as in shop-gateway or shop-gateway:8080")
    return text


def _network(section: Section, text: str) -> str | None:
    try:
        return str(ip_network(text))
    except ValueError:
        section.report("trusted", f"trusted has {text}, which is no address or network, as 10.0.0.0/8 is")
        return None
