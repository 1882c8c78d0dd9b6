"""A table that a migration touches."""

from __future__ import annotations

from dataclasses import dataclass

from strangler.model.location import Location


@dataclass(frozen=True, slots=True, order=True)
class TableChange:
    """The migration `module` touches a table; `operation` is its own word (``RunSQL UPDATE``, ``AddField``)."""

    module: str
    table: str
    location: Location
    operation: str
