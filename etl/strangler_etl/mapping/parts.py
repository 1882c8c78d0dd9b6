"""What several mappings say together: one source table that becomes several, and several that become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from strangler.project import TableMapping
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.mapping.mapping_error import mapping_error


def no_way_back(service: str) -> str:
    """The remedy for what can not be read backwards."""
    return f"to do without a rollback after the cut-over, write way_back = false in [etl.{service}]"


def require_parts(
    service: str, mappings: Sequence[TableMapping], mapped: Mapping[str, MappedTable], *, way_back: bool
) -> None:
    """Raise MappingError where mappings of one source, or to one target, can not be told apart."""
    targets: dict[str, str] = {}
    sources: dict[str, str] = {}
    for mapping in mappings:
        other = targets.setdefault(mapping.target, mapping.name)
        if other != mapping.name:
            what = f"{mapping.target} is the target of {other} already"
            raise mapping_error(service, mapping, what, "give each table a target of its own", "target")
        first = sources.setdefault(mapping.source, mapping.name)
        if first != mapping.name and mapped[mapping.name].owned and way_back:
            what = f"{mapping.source} is copied by {first}, too: of several parts its rows do not come back"
            raise mapping_error(service, mapping, what, no_way_back(service), "source")
