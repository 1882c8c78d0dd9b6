"""A table of a service as its design document has it, beside the table of the monolith that it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DesignedColumn:
    """A column of the service; `source` is the monolith's column that is called so, None where none is."""

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
        """What the monolith's columns are called here; those that the document leaves out are missing."""
        return {column.source: column.name for column in self.columns if column.source is not None}

    @property
    def new(self) -> Iterator[DesignedColumn]:
        """The columns that the monolith has none for."""
        return (column for column in self.columns if column.source is None)

    def of(self, source: str) -> DesignedColumn | None:
        """The column that a column of the monolith is in."""
        return next((column for column in self.columns if column.source == source), None)


@dataclass(frozen=True, slots=True)
class Design:
    """The tables of a service's document by those of the monolith; `file` is the document's."""

    file: str
    tables: Mapping[str, DesignedTable]
