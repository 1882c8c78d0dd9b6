"""Reads ``[gateway.shadow]``: the bounds of shadowing, and what it compares."""

from __future__ import annotations

import re

from strangler.model.shadow import SHADOW_TERMS, ShadowTerms
from strangler.toml_section import Section

_PLACE = re.compile(r"status|header [a-z0-9-]+|body (/.*)?")
LARGEST_BODY = 1024 * 1024
"""The largest `body`: longer ones are not parsed."""


def read_shadow(section: Section) -> ShadowTerms:
    """Read the section; missing keys have their defaults."""
    base = SHADOW_TERMS
    noise = section.number("noise", 0, 100)
    terms = ShadowTerms(
        waiting=section.count("waiting") or base.waiting,
        memory=section.count("memory") or base.memory,
        at_once=section.count("at_once") or base.at_once,
        seconds=section.number("seconds", 0.1, 600) or base.seconds,
        body=section.count("body") or base.body,
        noise=base.noise if noise is None else noise,
        mask=section.texts("mask"),
        ignore=read_places(section, "ignore"),
    )
    if terms.body > LARGEST_BODY:
        section.report("body", f"body must be at most {LARGEST_BODY} bytes")
    section.close()
    return terms


def read_places(section: Section, key: str) -> tuple[str, ...]:
    """Read places in the form in which `strangler gateway diffs` shows them."""
    places = section.texts(key)
    for place in places:
        if not _PLACE.fullmatch(place):
            section.report(key, f"{place} is no place", "write status, header NAME in lower case, or body /PATH")
    return places
