"""Merges the declarations of a table into one record."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.location import Location
from strangler.model.system import Import, Module, ModuleRole
from strangler.model.tables import Table, TableOrigin


def _imported_files(imports: Iterable[Import], modules: Iterable[Module]) -> frozenset[str]:
    """The files that another module of the application imports."""
    own = {module.name: module.file for module in modules if module.role is ModuleRole.APPLICATION}
    found = (own.get(item.imported) for item in imports if item.importer in own and item.importer != item.imported)
    return frozenset(file for file in found if file is not None)


def unique_tables(tables: Iterable[Table], imports: Iterable[Import], modules: Iterable[Module]) -> tuple[Table, ...]:
    """One record for each table. Preferred is one whose file is imported, then one with a model, then more columns.

    Copies of a schema, such as those generated for its older versions, are not imported by any module.
    """
    best: dict[str, Table] = {}
    imported = _imported_files(imports, modules)

    def rank(table: Table) -> tuple[bool, bool, bool, int, str, Location]:
        place = table.location or Location("", 0)
        is_raw = table.origin is TableOrigin.RAW_SQL
        return is_raw, place.file not in imported, table.model is None, -len(table.columns), table.model or "", place

    for table in tables:
        known = best.get(table.name)
        if known is None or rank(table) < rank(known):
            best[table.name] = table
    return tuple(best[name] for name in sorted(best))
