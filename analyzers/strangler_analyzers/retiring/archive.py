"""The SQL that archives tables: it renames them; dropping them is left to a person."""

from __future__ import annotations

import re
from collections.abc import Collection

from strangler_analyzers.graph.system_graph import SystemGraph

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def archive_sql(graph: SystemGraph, tables: Collection[str]) -> str:
    """Statements for PostgreSQL, MySQL and SQLite; tables that refer to others come first. Empty without tables."""
    lines: list[str] = []
    for name in _referring_first(graph, tables):
        retired = _quoted(f"{name}_retired")
        lines += [
            f"-- {name}: no code of the monolith reads or writes it any more. This keeps every row.",
            f"ALTER TABLE {_quoted(name)} RENAME TO {retired};",
            "-- When nobody has missed it, and a copy of it is kept elsewhere:",
            f"-- DROP TABLE {retired};",
        ]
    return "".join(f"{line}\n" for line in lines)


def _referring_first(graph: SystemGraph, tables: Collection[str]) -> list[str]:
    left, ordered = set(tables), list[str]()
    while left:
        targets = {
            key.target_table
            for name in left
            if name in graph.tables
            for key in graph.tables[name].foreign_keys
            if key.target_table != name
        }
        free = sorted(left - targets) or sorted(left)[:1]  # a ring of keys begins anywhere
        ordered += free
        left -= set(free)
    return ordered


def _quoted(name: str) -> str:
    if _PLAIN.fullmatch(name):
        return name
    return '"' + name.replace('"', '""') + '"'
