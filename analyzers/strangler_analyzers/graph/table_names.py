"""The tables of a system: the one list that the terminal, the report and the plan count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler.model.system import ModuleRole, SystemFacts
from strangler.model.tables import TableOrigin


@dataclass(frozen=True, slots=True)
class TableNames:
    """The tables of a system, each once and sorted.

    `own` are those that its code declares, or reads as raw SQL; `foreign` those of installed packages; `undeclared`
    those that only a statement of the application or a foreign key mentions. Names that occur only in tests are left
    out.
    """

    own: tuple[str, ...]
    foreign: tuple[str, ...]
    undeclared: tuple[str, ...]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted((*self.own, *self.foreign, *self.undeclared)))


def table_names(facts: SystemFacts) -> TableNames:
    """Every table of a system, grouped by how it is known."""
    application = {module.name for module in facts.modules if module.role is ModuleRole.APPLICATION}
    declared = {table.name for table in facts.tables}
    foreign = {table.name for table in facts.tables if table.origin is TableOrigin.FRAMEWORK}
    named = {access.table for access in facts.accesses if access.function.partition(":")[0] in application}
    named |= {key.target_table for table in facts.tables for key in table.foreign_keys}
    return TableNames(*(tuple(sorted(names)) for names in (declared - foreign, foreign, named - declared)))
