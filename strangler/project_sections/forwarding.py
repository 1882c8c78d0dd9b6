"""``[gateway.forwarding]``."""

from __future__ import annotations

from ipaddress import ip_network

from strangler.model.forwarding import FORWARDING_TERMS, ForwardedFields, ForwardingTerms
from strangler.toml_section import Section

_READ = (ForwardedFields.X_FORWARDED, ForwardedFields.FORWARDED)


def read_forwarding(section: Section) -> ForwardingTerms:
    """Read the section; without it no proxy is in front."""
    terms = ForwardingTerms(
        tuple(network for text in section.texts("trusted") if (network := _network(section, text))),
        section.count("trusted_hops") or 0,
        ForwardedFields(section.choice("read", _READ) or FORWARDING_TERMS.read),
        ForwardedFields(section.choice("send", tuple(ForwardedFields)) or FORWARDING_TERMS.send),
    )
    if terms.trusted and terms.trusted_hops:
        section.report("trusted_hops", "trusted_hops means nothing beside trusted", "leave out one of them")
    if "read" in section.values and not section.values.keys() & {"trusted", "trusted_hops"}:
        section.report("read", "nobody is believed what read names", "write trusted or trusted_hops besides")
    section.close()
    return terms


def _network(section: Section, text: str) -> str | None:
    try:
        return str(ip_network(text))
    except ValueError:
        section.report("trusted", f"trusted has {text}, which is no address or network, as 10.0.0.0/8 is")
        return None
