"""Reads ``[dependencies]``: the project's decisions about the packages it depends on."""

from __future__ import annotations

from collections.abc import Mapping

from strangler.declared_dependencies import normalised
from strangler.toml_section import Section


def read_holds(section: Section) -> Mapping[str, str]:
    """Read ``hold = { django = "until the LTS ends" }``: why packages stay behind, by normalised name (PEP 503)."""
    hold = section.section("hold")
    reasons = {name: hold.text(name) for name in hold.values}
    section.close()
    return {normalised(name): reason for name, reason in reasons.items() if reason is not None}
