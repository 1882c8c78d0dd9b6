"""Reads ``[etl.NAME]`` with its ``[etl.NAME.tables.TABLE]``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from strangler.project import (
    ColumnSource,
    Expression,
    InitialColumn,
    KeyColumn,
    KeyKind,
    MaskedColumn,
    MaskKind,
    Service,
    TableMapping,
)
from strangler.project_sections.services import report_unknown_service
from strangler.toml_section import Section

_COLUMN_KINDS = ("key", *MaskKind, "default")
_DEPTH = 2
"""Keys that have a place: those of the table, such as ``columns``, and one level below, such as a column."""


@dataclass(frozen=True, slots=True)
class ServiceTables:
    """How the tables of a service are mapped; without `way_back`, writes to v2 are not applied to v1."""

    tables: tuple[TableMapping, ...]
    way_back: bool


def read_tables(name: str, section: Section, services: Mapping[str, Service]) -> ServiceTables:
    """Read how the tables of the service `name` are mapped."""
    if name not in services:
        report_unknown_service(section, None, name, services)
    tables = section.section("tables").sections()
    mappings = tuple(_mapping(table, entry) for table, entry in tables.items())
    found = ServiceTables(mappings, section.flag("way_back", default=True))
    section.close()
    return found


def _mapping(table: str, section: Section) -> TableMapping:
    columns = section.section("columns")
    written = section.text("source")
    mapping = TableMapping(
        source=written or table,
        target=section.text("target") or table,
        columns={name: source for name in columns.values if (source := _column(columns, name))},
        drop=section.texts("drop"),
        joins=_expressions(section.section("joins")),
        where=section.text("where"),
        reverse=_expressions(section.section("reverse")),
        places=_places(section),
        part=table if written else None,
    )
    section.close()
    return mapping


def _places(section: Section) -> dict[tuple[str, ...], str]:
    """Return the positions in the file of the table, its keys, and the keys of its subtables."""
    document, begin = section.document, len(section.path)
    below = (path[begin:] for path in document.positions if path[:begin] == section.path)
    keys = (tuple(str(part) for part in path) for path in below)
    return {key: document.where((*section.path, *key)) for key in keys if len(key) <= _DEPTH}


def _column(columns: Section, name: str) -> ColumnSource | None:
    if not isinstance(columns.values[name], dict):
        sql = columns.text(name)
        return Expression(sql) if sql else None
    section = columns.section(name)
    mask = next((kind for kind in MaskKind if kind in section.values), None)
    if mask is not None:
        masked = MaskedColumn(mask, section.required_text(mask), section.text("with") or "***")
        if mask is MaskKind.HASH and "with" in section.values:
            section.report("with", "with is for mask: a hash has no text of its own")
        section.close()
        return masked
    if "default" in section.values:
        initial = InitialColumn(section.required_text("default"))
        section.close()
        return initial
    kind = section.choice("key", tuple(KeyKind))
    if "key" not in section.values:
        what = f"{section.name} needs key, mask, hash or default"
        section.document.report(section.path, what, _meant(section.values) or 'write { key = "uuid" }')
        return None
    column = KeyColumn(KeyKind(kind or KeyKind.UUID), of=section.text("of"), column=section.text("from"))
    section.close()
    return column


def _meant(written: Iterable[str]) -> str | None:
    near = (get_close_matches(key, _COLUMN_KINDS, n=1) for key in written)
    return next((f"did you mean {found[0]}?" for found in near if found), None)


def _expressions(section: Section) -> dict[str, str]:
    texts = {name: text for name in section.values if (text := section.text(name))}
    section.close()
    return texts
