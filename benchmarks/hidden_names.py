"""A system whose folders are hidden: modules are numbered in random order, tables called by their models alone."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from strangler.model.system import Call, Module, ModuleRole, SystemFacts, TableAccess
from strangler.model.tables import Table, TableOrigin
from strangler_analyzers.boundaries.names import words
from strangler_analyzers.graph.applications import Applications


@dataclass(frozen=True, slots=True)
class HiddenSystem:
    """The facts with hidden names, and the app of each table, by its hidden name."""

    facts: SystemFacts
    truth: Mapping[str, str]


def hide(facts: SystemFacts) -> HiddenSystem:
    """Hide the names; the truth leaves out the tables of installed packages and those no model gives to an app."""
    own = {module.name for module in facts.modules if module.role is ModuleRole.APPLICATION}
    apps = Applications(facts)
    names = _Names(facts)
    truth: dict[str, str] = {}
    for table in facts.tables:
        app = apps.of_table(table.name)
        inside = table.model is None or table.model.partition(":")[0] in own
        if app is not None and inside and table.origin is not TableOrigin.FRAMEWORK:
            truth[names.tables[table.name]] = app
    return HiddenSystem(names.hidden(facts), truth)


class _Names:
    def __init__(self, facts: SystemFacts) -> None:
        modules = sorted(_modules(facts))
        random.Random(7).shuffle(modules)
        self.modules = {name: f"m{number}" for number, name in enumerate(modules)}
        self._files = {module.file: f"{self.modules[module.name]}.py" for module in facts.modules}
        tables = list(facts.tables)
        random.Random(3).shuffle(tables)
        by_name = {table.name: table for table in tables}
        self.tables: dict[str, str] = {}
        taken: Counter[str] = Counter()
        for table in sorted(tables, key=lambda table: table.model is None):
            name = _bare_name(table, by_name)
            taken[name] += 1
            self.tables[table.name] = name if taken[name] == 1 else f"{name}_{taken[name]}"

    def hidden(self, facts: SystemFacts) -> SystemFacts:
        """Only what boundaries are drawn from; contexts name classes by their folders and are left out."""
        return SystemFacts(
            root="hidden",
            modules=tuple(Module(self.of(m.name), f"{self.of(m.name)}.py", m.lines, m.role) for m in facts.modules),
            classes=tuple(replace(cls, name=self.of(cls.name)) for cls in facts.classes),
            functions=tuple(replace(function, name=self.of(function.name)) for function in facts.functions),
            imports=tuple(
                replace(item, importer=self.of(item.importer), imported=self.of(item.imported))
                for item in facts.imports
            ),
            calls=tuple(map(self._call, facts.calls)),
            tables=tuple(sorted(map(self._table, facts.tables), key=lambda table: table.name)),
            accesses=tuple(map(self._access, facts.accesses)),
        )

    def of(self, name: str) -> str:
        """The hidden name of a module, or of a function or class in one."""
        module, colon, rest = name.partition(":")
        return f"{self.modules[module]}{colon}{rest}"

    def _table(self, table: Table) -> Table:
        keys = (replace(k, target_table=self.tables.get(k.target_table, "elsewhere")) for k in table.foreign_keys)
        model = None if table.model is None else self.of(table.model)
        place = table.location
        file = None if place is None else self._files.get(place.file, "elsewhere.py")
        return replace(
            table,
            name=self.tables[table.name],
            model=model,
            location=None if place is None or file is None else replace(place, file=file),
            foreign_keys=tuple(keys),
        )

    def _call(self, call: Call) -> Call:
        return replace(call, caller=self.of(call.caller), callee=self.of(call.callee), context="")

    def _access(self, access: TableAccess) -> TableAccess:
        return replace(access, function=self.of(access.function), table=self.tables.get(access.table, "elsewhere"))


def _modules(facts: SystemFacts) -> set[str]:
    names = {module.name for module in facts.modules}
    names.update(name for item in facts.imports for name in (item.importer, item.imported))
    qualified = [cls.name for cls in facts.classes] + [function.name for function in facts.functions]
    qualified += [access.function for access in facts.accesses]
    qualified += [name for call in facts.calls for name in (call.caller, call.callee)]
    qualified += [table.model for table in facts.tables if table.model is not None]
    names.update(name.partition(":")[0] for name in qualified)
    return names


def _bare_name(table: Table, by_name: Mapping[str, Table]) -> str:
    """The model's name; for a table between two, that of the model it belongs to and what follows in its own name."""
    if table.model is not None:
        return "_".join(words(table.model.rpartition(":")[2]))
    owners = [key.target_table for key in table.foreign_keys if table.name.startswith(f"{key.target_table}_")]
    owner = max(owners, key=len, default="")
    if owner in by_name and by_name[owner].model is not None:
        return _bare_name(by_name[owner], by_name) + table.name.removeprefix(owner)
    return table.name
