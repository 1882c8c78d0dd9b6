"""Reads ``[gateway.limits]``: the limits on clients and applications."""

from __future__ import annotations

from strangler.model.wire import WIRE_TERMS, WireTerms
from strangler.toml_section import Section

SHORTEST, LONGEST = 0.1, 3600
LONGEST_CONNECTION = 24 * 3600


def read_limits(section: Section) -> WireTerms:
    """Read the section; missing keys have the defaults of `WireTerms`."""
    half_closed = section.number("half_closed_seconds", 0, LONGEST)
    terms = WireTerms(
        section.number("head_seconds", SHORTEST, LONGEST) or WIRE_TERMS.head_seconds,
        section.number("body_seconds", SHORTEST, LONGEST) or WIRE_TERMS.body_seconds,
        section.number("idle_seconds", SHORTEST, LONGEST) or WIRE_TERMS.idle_seconds,
        section.count("most_body"),
        section.count("most_line") or WIRE_TERMS.most_line,
        section.count("most_head") or WIRE_TERMS.most_head,
        section.count("most_field"),
        section.count("most_fields"),
        section.count("most_response_head") or WIRE_TERMS.most_response_head,
        section.count("most_requests"),
        section.number("connection_seconds", SHORTEST, LONGEST_CONNECTION),
        section.number("silence_seconds", SHORTEST, LONGEST_CONNECTION) or WIRE_TERMS.silence_seconds,
        WIRE_TERMS.half_closed_seconds if half_closed is None else half_closed,
    )
    if terms.most_line > terms.most_head:
        section.report("most_line", "most_line must not be more than most_head, which it is a part of")
    section.close()
    return terms
