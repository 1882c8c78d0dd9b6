"""A system whose models all sit in one file: what is left when the strongest signal is void."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from benchmarks.hidden_names import HiddenSystem
from strangler.model.location import Location
from strangler.model.system import Call, Import, SystemFacts, TableAccess
from strangler.model.tables import Table, TableOrigin

_FILE = "models"


def in_one_file(system: HiddenSystem) -> HiddenSystem:
    """The same system as if all files that hold models were one; the truth stays."""
    return HiddenSystem(_Moved(system.facts).facts(), system.truth)


class _Moved:
    def __init__(self, facts: SystemFacts) -> None:
        self._facts = facts
        self._homes = {table.model.partition(":")[0] for table in facts.tables if table.model is not None}
        self._files = {module.file for module in facts.modules if module.name in self._homes}
        self._names: dict[str, str] = {}
        taken: Counter[str] = Counter()
        for cls in facts.classes:
            module, _, name = cls.name.partition(":")
            if module in self._homes:
                taken[name] += 1  # Classes of one name were of several files.
                self._names[cls.name] = f"{_FILE}:{name}" if taken[name] == 1 else f"{_FILE}:{name}{taken[name]}"

    def facts(self) -> SystemFacts:
        """The facts with one module for all homes."""
        facts = self._facts
        modules = {self._of(module.name): replace(module, name=self._of(module.name)) for module in facts.modules}
        if _FILE in modules:
            modules[_FILE] = replace(modules[_FILE], file=f"{_FILE}.py")
        functions = {self._of(item.name): replace(item, name=self._of(item.name)) for item in facts.functions}
        return replace(
            facts,
            modules=tuple(modules.values()),
            classes=tuple(replace(cls, name=self._of(cls.name)) for cls in facts.classes),
            functions=tuple(functions.values()),
            imports=tuple(item for item in map(self._import, facts.imports) if item.importer != item.imported),
            calls=tuple(map(self._call, facts.calls)),
            tables=tuple(map(self._table, facts.tables)),
            accesses=tuple(map(self._access, facts.accesses)),
        )

    def _of(self, name: str) -> str:
        module, colon, rest = name.partition(":")
        if module not in self._homes:
            return name
        known = name
        while known not in self._names and "." in known:
            known = known.rpartition(".")[0]
        if known in self._names:
            return self._names[known] + name.removeprefix(known)
        return f"{_FILE}{colon}{rest}"

    def _import(self, item: Import) -> Import:
        return replace(item, importer=self._of(item.importer), imported=self._of(item.imported))

    def _call(self, call: Call) -> Call:
        return replace(call, caller=self._of(call.caller), callee=self._of(call.callee))

    def _access(self, access: TableAccess) -> TableAccess:
        return replace(access, function=self._of(access.function))

    def _table(self, table: Table) -> Table:
        place = table.location
        inside = place is not None and place.file in self._files and table.origin is not TableOrigin.FRAMEWORK
        return replace(
            table,
            model=None if table.model is None else self._of(table.model),
            location=Location(f"{_FILE}.py", place.line) if place is not None and inside else place,
        )
