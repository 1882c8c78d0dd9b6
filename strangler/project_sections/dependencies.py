"""``[dependencies]``: what the project has decided about the packages it needs."""

from __future__ import annotations

from collections.abc import Mapping

from strangler.declared_dependencies import normalised
from strangler.toml_section import Section


def read_holds(section: Section) -> Mapping[str, str]:
    """Read ``hold = { django = "until the LTS ends" }``: why a package stays behind, by its normalised name."""
    hold = section.section("hold")
    reasons = {name: hold.text(name) for name in hold.values}
    section.close()
    return {normalised(name): reason for name, reason in reasons.items() if reason is not None}
