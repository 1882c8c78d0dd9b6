"""Reads ``traffic`` of a route or of a whole service."""

from __future__ import annotations

import re

from strangler.model.authority import Side
from strangler.model.shadow import ShadowRule
from strangler.project import Arm, Override, StickyKey, StickySource, Traffic
from strangler.project_sections.references import read_upstreams
from strangler.project_sections.shadow import read_places
from strangler.toml_section import Section

MOST_WEIGHT = 1_000_000
_ARM_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def read_traffic(section: Section) -> Traffic:
    """Read where the traffic goes; problems are reported to the section's document."""
    traffic = Traffic(
        v2=section.number("v2", 0, 100) or 0,
        shadow=_shadow(section),
        sticky=section.parsed("sticky", _sticky),
        arms=tuple(_arm(arm) for arm in section.section_list("arms")),
        override=section.parsed("override", parse_override),
        rolled_back=section.flag("rolled_back"),
    )
    if traffic.rolled_back and (traffic.v2 or any(arm.weight and arm.side is Side.V2 for arm in traffic.arms)):
        section.report(
            "rolled_back",
            "what is rolled back sends nobody to v2",
            "remove rolled_back, or the share and weights of v2",
        )
    if traffic.arms and "v2" in section.values:
        section.report("v2", "a share and arms exclude each other", "give the arms weights")
    names = [arm.name for arm in traffic.arms]
    if len(set(names)) < len(names):
        section.report("arms", "two arms have the same name")
    section.close()
    return traffic


def _shadow(section: Section) -> ShadowRule:
    return ShadowRule(
        section.number("shadow", 0, 100) or 0, section.flag("shadow_writes"), read_places(section, "shadow_ignore")
    )


def parse_override(text: str) -> Override:
    """Read ``cookie:NAME``, ``header:NAME`` or either with ``=VALUE``; ValueError says what it must be."""
    source, _, rest = text.partition(":")
    name, equals, value = rest.partition("=")
    if source not in _NAMED or not name or (equals and not value):
        raise ValueError("must be cookie:NAME or header:NAME, or cookie:NAME=VALUE or header:NAME=VALUE")
    return Override(StickyKey(StickySource(source), name), value or None)


def _sticky(text: str) -> StickyKey:
    source, _, name = text.partition(":")
    if source not in tuple(StickySource) or (source in _NAMED) != bool(name):
        raise ValueError("must be cookie:NAME, header:NAME, user or client")
    return StickyKey(StickySource(source), name)


def _arm(section: Section) -> Arm:
    name = section.required_text("name")
    if name and (name in tuple(Side) or not _ARM_NAME.fullmatch(name)):
        section.report("name", f"the name {name} must be lower-case letters, digits, - and _, and not v1 or v2")
    side = section.choice("side", tuple(Side))
    if "side" not in section.values:
        section.document.report(section.path, f"{section.name} needs side", "whose data it works on: v1 or v2")
    weight = section.number("weight", 0, MOST_WEIGHT)
    if "weight" not in section.values:
        section.document.report(section.path, f"{section.name} needs weight")
    arm = Arm(name, Side(side or Side.V1), weight or 0, read_upstreams(section))
    section.close()
    return arm


_NAMED = (StickySource.COOKIE, StickySource.HEADER)
