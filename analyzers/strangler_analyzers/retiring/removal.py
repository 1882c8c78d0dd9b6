"""The removal for each file: removed definitions, imports no longer needed, and files deleted as a whole."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from strangler_analyzers.retiring.registrations import Entry
from strangler_analyzers.retiring.retirement import Retirement
from strangler_analyzers.retiring.units import REST, Binding, ModuleUnits, Unit, UnitKind, bindings


@dataclass(frozen=True, slots=True)
class Erasure:
    """What goes from a file: definitions by qualified name, entries of lists of URLs by line and column, imports.

    `emptied` entries stay for their names, with a view that answers nothing. An import is named by line and by the
    name it binds.
    """

    names: frozenset[str] = frozenset()
    entries: frozenset[tuple[int, int]] = frozenset()
    emptied: frozenset[tuple[int, int]] = frozenset()
    imports: frozenset[tuple[int, str]] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is removed."""
        return not (self.names or self.entries or self.emptied or self.imports)


@dataclass(frozen=True, slots=True)
class Removal:
    """Files that are deleted as a whole, and what is removed from others."""

    files: frozenset[str]
    erasures: Mapping[str, Erasure]


def plan_removal(retirement: Retirement) -> Removal:
    """The removal of all that is certain."""
    return _Planning(retirement).removal()


@dataclass(frozen=True)
class _Planning:
    retirement: Retirement
    _gone: set[str] = field(default_factory=set[str])

    def removal(self) -> Removal:
        retirement, program = self.retirement, self.retirement.program
        self._gone.update(name for name in retirement.dead if program.units[name].kind is not UnitKind.REST)
        self._gone.update(test.name for test in retirement.tests)
        self._gone.update(self._emptied_tests())
        whole = self._whole_modules()
        files = {retirement.graph.modules[name].file for name in whole}
        files |= {
            retirement.source.templates[name.partition(":")[2]][1]
            for name in self._gone
            if program.units[name].kind is UnitKind.TEMPLATE
        }
        erasures = {
            retirement.graph.modules[module.name].file: erasure
            for module in program.modules.values()
            if module.name not in whole and not (erasure := self._erasure(module, whole)).is_empty
        }
        return Removal(frozenset(files), erasures)

    def _emptied_tests(self) -> Iterator[str]:
        """Classes of tests of which every test goes, and that nothing else names."""
        program = self.retirement.program
        tests: defaultdict[str, set[str]] = defaultdict(set)
        for unit in program.units.values():
            if unit.kind is UnitKind.METHOD and unit.own.startswith("test"):
                tests[unit.name.rpartition(".")[0]].add(unit.name)
        for cls, names in tests.items():
            if names <= self._gone and not self._is_named(cls, {cls, *(m.name for m in program.methods[cls])}):
                yield cls
                yield from (method.name for method in program.methods[cls])

    def _is_named(self, name: str, by: set[str]) -> bool:
        """Whether something that stays, and is none of `by`, names a unit."""
        return bool(self._named_by.get(name, set()) - by - self._gone)

    @cached_property
    def _named_by(self) -> Mapping[str, set[str]]:
        program = self.retirement.program
        found: defaultdict[str, set[str]] = defaultdict(set)
        for unit in program.units.values():
            for other in program.named_by(unit):
                found[other].add(unit.name)
        return found

    def _whole_modules(self) -> frozenset[str]:
        """The modules of which nothing is left that does anything, and that nothing imports which stays."""
        program = self.retirement.program
        found = {module.name for module in program.modules.values() if self._is_empty(module)}
        while True:
            kept = {name for name in found if self._is_imported(name, found) or self._has_inside(name, found)}
            if not kept:
                return frozenset(found)
            found -= kept

    def _is_empty(self, module: ModuleUnits) -> bool:
        rest = module.units[f"{module.name}:{REST}"]
        units = [unit for unit in module.units.values() if unit is not rest]
        is_port = self.retirement.boundary.is_port(module.name)
        if is_port and rest.name in self.retirement.stays:
            return False
        if not is_port and (not units or not all(map(_is_import, _rest_of(module)))):
            return False
        left = {unit.name for unit in units if unit.name not in self._gone}
        if self.retirement.program.is_test(rest.name):
            left = {
                name for name in left if self._is_named(name, {name, rest.name}) or not _is_value(module.units[name])
            }
        return not left and module.name not in self._named_modules

    @cached_property
    def _named_modules(self) -> frozenset[str]:
        """Modules that a text names which stays."""
        program = self.retirement.program
        return frozenset(
            module
            for unit in program.units.values()
            if unit.name in self.retirement.stays and unit.name not in self._gone
            for module in unit.mentions.texts
            if module in program.modules
        )

    def _is_imported(self, module: str, gone: set[str]) -> bool:
        """Whether an import of a module stays: it is not told to go with what it names."""
        whole = frozenset(gone)
        return any(
            importer not in gone
            and owner not in self._gone
            and not self._goes(self.retirement.program.modules[importer], binding, whole)
            for importer, binding, owner in self._importers.get(module, ())
        )

    @cached_property
    def _importers(self) -> Mapping[str, tuple[tuple[str, Binding, str], ...]]:
        """Where each module is imported: by which, what that binds, and the unit it stands in."""
        found: defaultdict[str, list[tuple[str, Binding, str]]] = defaultdict(list)
        for module in self.retirement.program.modules.values():
            for _, binding, owner in self._imports(module):
                found[self._target(binding)].append((module.name, binding, owner))
        return {name: tuple(imports) for name, imports in found.items()}

    def _has_inside(self, module: str, gone: set[str]) -> bool:
        """Whether a package has modules that stay."""
        return any(other.startswith(f"{module}.") and other not in gone for other in self.retirement.graph.modules)

    def _target(self, binding: Binding) -> str:
        """The module an import makes run, the one it names most closely."""
        inner = f"{binding.module}.{binding.attribute}"
        return inner if binding.attribute and inner in self.retirement.program.modules else binding.module

    def _erasure(self, module: ModuleUnits, whole: frozenset[str]) -> Erasure:
        gone = {name for name in module.units if name in self._gone}
        names = {
            name.partition(":")[2]
            for name in gone
            if name.rpartition(".")[0] not in gone or ":" not in name.rpartition(".")[0]
        }
        entries: set[tuple[int, int]] = set()
        emptied: set[tuple[int, int]] = set()
        file = self.retirement.graph.modules[module.name].file
        for entry, routes in self.retirement.moved.entries(file, module.tree).items():
            linked = any(self.retirement.is_linked(route) is not None for route in routes)
            if not linked:
                entries.add(_place(entry))
            elif not _answers_nothing(entry):
                emptied.add(_place(entry))
        imports = {
            (line, binding.name)
            for line, binding, owner in self._imports(module)
            if owner not in gone and self._goes(module, binding, whole)
        }
        return Erasure(frozenset(names), frozenset(entries), frozenset(emptied), frozenset(imports))

    def _imports(self, module: ModuleUnits) -> tuple[tuple[int, Binding, str], ...]:
        """Every import of a module: line, what it binds, and the unit it stands in."""
        return self._imports_by_module[module.name]

    @cached_property
    def _imports_by_module(self) -> Mapping[str, tuple[tuple[int, Binding, str], ...]]:
        return {module.name: tuple(self._found_imports(module)) for module in self.retirement.program.modules.values()}

    def _found_imports(self, module: ModuleUnits) -> Iterator[tuple[int, Binding, str]]:
        is_package = self.retirement.graph.modules[module.name].file.rpartition("/")[2] == "__init__.py"
        package = module.name if is_package else module.name.rpartition(".")[0]
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                owner = self._owner(module, node.lineno)
                for binding in bindings([node], package):
                    yield node.lineno, binding, owner

    def _owner(self, module: ModuleUnits, line: int) -> str:
        found = f"{module.name}:{REST}"
        for unit in module.units.values():
            if unit.lines[0] <= line <= unit.lines[1] and unit.kind is not UnitKind.REST:
                found = unit.name  # a method comes behind its class
        return found

    def _goes(self, module: ModuleUnits, binding: Binding, whole: frozenset[str]) -> bool:
        """Whether an import has lost what it is for: what it names goes, or all that used it does."""
        if binding.attribute == "*":
            return False
        inner = f"{binding.module}.{binding.attribute}"
        if binding.attribute is not None and (inner in self._gone_by_dots or inner in whole):
            return True
        if binding.module in whole or (binding.attribute is None and "." in binding.module):
            return binding.module in whole
        staying = [unit for unit in module.units.values() if unit.name not in self._gone]
        if any(unit.mentions.says(binding.name) for unit in staying) or self._is_taken(module, binding, whole):
            return False
        going = [unit for unit in module.units.values() if unit.name in self._gone]
        used = any(
            binding.name in unit.mentions.names | unit.mentions.words for unit in going
        ) or binding.name in self._left_out(module)
        return used and not self._runs_something(module, binding, whole)

    @cached_property
    def _gone_by_dots(self) -> frozenset[str]:
        return frozenset(name.replace(":", ".") for name in self._gone)

    def _left_out(self, module: ModuleUnits) -> frozenset[str]:
        """The names that registrations of moved routes use."""
        file = self.retirement.graph.modules[module.name].file
        entries = self.retirement.moved.entries(file, module.tree)
        return frozenset(node.id for entry in entries for node in ast.walk(entry.view) if isinstance(node, ast.Name))

    def _is_taken(self, module: ModuleUnits, binding: Binding, whole: frozenset[str]) -> bool:
        """Whether another module takes the name from this one."""
        if self.retirement.graph.modules[module.name].file.rpartition("/")[2] == "__init__.py":
            return True
        return any(
            importer not in whole and importer != module.name and name in {binding.name, "*"}
            for importer, name in self._takers.get(module.name, ())
        )

    @cached_property
    def _takers(self) -> Mapping[str, tuple[tuple[str, str | None], ...]]:
        """What is imported from each module, by code that stays."""
        found: defaultdict[str, list[tuple[str, str | None]]] = defaultdict(list)
        for importer, imports in self._imports_by_module.items():
            for _, binding, owner in imports:
                if owner not in self._gone:
                    found[binding.module].append((importer, binding.attribute))
        return {name: tuple(takers) for name, takers in found.items()}

    def _runs_something(self, module: ModuleUnits, binding: Binding, whole: frozenset[str]) -> bool:
        """Whether the import may be what makes a module register things, and no other import does."""
        target, program = self._target(binding), self.retirement.program
        if target not in program.modules or target in whole:
            return False
        reasons = (self.retirement.used.why.get(name, "") for name in program.modules[target].units)
        importers = {item.importer for item in self.retirement.graph.facts.imports if item.imported == target}
        others = {name for name in importers - whole - {module.name} if not program.is_test(f"{name}:")}
        return any(" may register it" in reason for reason in reasons) and not others


def _rest_of(module: ModuleUnits) -> list[ast.stmt]:
    """The statements of a module that are no units."""
    known = {unit.lines for unit in module.units.values() if unit.kind is not UnitKind.REST}
    return [node for node in module.tree.body if not any(a <= node.lineno <= b for a, b in known)]


def _is_import(node: ast.stmt) -> bool:
    """Whether a statement only imports, or is a docstring."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body, orelse=[]):
            return all(map(_is_import, body))
        case _:
            return False


def _is_value(unit: Unit) -> bool:
    return unit.kind is UnitKind.CONSTANT


def _answers_nothing(entry: Entry) -> bool:
    return ast.unparse(entry.view) == "View.as_view()"


def _place(entry: Entry) -> tuple[int, int]:
    return entry.call.lineno, entry.call.col_offset
