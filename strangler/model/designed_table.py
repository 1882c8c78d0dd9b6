"""The tables of a service as its design document defines them, with the monolith's tables they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DesignedColumn:
    """A column of the service; `source` is the monolith's column it comes from, None when there is none."""

    name: str
    source: str | None
    is_uuid: bool = False
    is_whole: bool = False
    """Whether it holds whole numbers, as keys of the monolith do."""


@dataclass(frozen=True, slots=True)
class DesignedTable:
    """A table of the service with its columns, in the order of the document."""

    name: str
    columns: tuple[DesignedColumn, ...]

    @property
    def names(self) -> Mapping[str, str]:
        """The service's column names by the monolith's, without columns that the document leaves out."""
        return {column.source: column.name for column in self.columns if column.source is not None}

    @property
    def new(self) -> Iterator[DesignedColumn]:
        """The columns that do not exist in the monolith."""
        return (column for column in self.columns if column.source is None)

    def of(self, source: str) -> DesignedColumn | None:
        """Return the column that a column of the monolith becomes, None when the document leaves it out."""
        return next((column for column in self.columns if column.source == source), None)


@dataclass(frozen=True, slots=True)
class Design:
    """The tables of a service's design document, by the monolith's table; `file` is the path of the document."""

    file: str
    tables: Mapping[str, DesignedTable]
