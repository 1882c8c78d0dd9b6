"""Reads ``[targets]``."""

from __future__ import annotations

from strangler.project import Targets
from strangler.toml_section import Section

_LONGEST = 600_000


def read_targets(section: Section) -> Targets:
    """Read the section; times are in milliseconds."""
    targets = Targets(
        section.number("p99", 0, _LONGEST),
        section.number("round_trip", 0.001, _LONGEST) or Targets().round_trip,
        section.count("depth"),
    )
    section.close()
    return targets
