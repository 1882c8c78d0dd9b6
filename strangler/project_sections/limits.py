"""``[gateway.limits]``."""

from __future__ import annotations

from strangler.model.wire import WIRE_TERMS, WireTerms
from strangler.toml_section import Section

SHORTEST, LONGEST = 0.1, 3600


def read_limits(section: Section) -> WireTerms:
    """Read the section; what it does not name is as `WireTerms` says, and bodies have no limit."""
    terms = WireTerms(
        section.number("head_seconds", SHORTEST, LONGEST) or WIRE_TERMS.head_seconds,
        section.number("body_seconds", SHORTEST, LONGEST) or WIRE_TERMS.body_seconds,
        section.number("idle_seconds", SHORTEST, LONGEST) or WIRE_TERMS.idle_seconds,
        section.count("most_body"),
    )
    section.close()
    return terms
