"""The units of a whole program, and which of them one may use: by calls of the graph, and by name."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from strangler.model.system import CallKind, ModuleRole
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.retiring.mentions import Mentions, mentions_of_settings, mentions_of_text
from strangler_analyzers.retiring.units import REST, Binding, ModuleUnits, Unit, UnitKind, units_of

_DOTTED = re.compile(r"[^\W\d]\w*(?:[.:][^\W\d]\w*)+")
_WORD = re.compile(r"[^\W\d]\w*")
_LOADERS = frozenset({"import_module", "__import__"})
_NO_NAMES = frozenset({UnitKind.METHOD, UnitKind.REST})

ReadFile = Callable[[str], bytes]
"""Gives the bytes of a file, relative to the analysed folder; raises OSError."""


@dataclass(frozen=True)
class Program:
    """Modules with their units, and the texts of templates by name."""

    graph: SystemGraph
    modules: Mapping[str, ModuleUnits]
    templates: Mapping[str, str]
    others: Mapping[str, str]
    """Texts that always count as used: settings files, modules that cannot be parsed."""

    @cached_property
    def units(self) -> Mapping[str, Unit]:
        """Every unit by name; a template is called ``template:NAME``, a text beside the code ``text:NAME``."""
        found = {unit.name: unit for module in self.modules.values() for unit in module.units.values()}
        for name, text in self.templates.items():
            unit = Unit(template_unit(name), UnitKind.TEMPLATE, (1, text.count("\n") + 1), mentions_of_text(text))
            found[unit.name] = unit
        for name, text in self.others.items():
            found[f"text:{name}"] = Unit(f"text:{name}", UnitKind.TEXT, (1, 1), mentions_of_settings(text))
        return found

    @cached_property
    def methods(self) -> Mapping[str, tuple[Unit, ...]]:
        """The methods of each class."""
        found: defaultdict[str, list[Unit]] = defaultdict(list)
        for unit in self.units.values():
            if unit.kind is UnitKind.METHOD:
                found[unit.name.rpartition(".")[0]].append(unit)
        return {name: tuple(units) for name, units in found.items()}

    def is_test(self, unit: str) -> bool:
        """Whether a unit stands in a test."""
        module = self.graph.modules.get(unit.partition(":")[0])
        return module is not None and module.role is ModuleRole.TEST

    def unit_of(self, function: str) -> str | None:
        """The unit that a function, method or class of the graph is a part of."""
        module, _, qualname = function.partition("@")[0].partition(":")
        parts = qualname.partition(".<locals>")[0].split(".")
        for name in (f"{module}:{'.'.join(parts[:2])}", f"{module}:{parts[0]}", f"{module}:{REST}"):
            if name in self.units:
                return name
        return None

    def is_migration(self, unit: str) -> bool:
        """Whether a unit stands in a migration."""
        module = self.graph.modules.get(unit.partition(":")[0])
        return module is not None and module.role is ModuleRole.MIGRATION

    def named_by(self, unit: Unit) -> Iterator[str]:
        """The units, but methods, that a unit may use by name."""
        known = self.modules.get(unit.module)
        if known is not None:
            yield from self._inside(known.name, unit.mentions, unit.name)
            for binding in (*known.imports, *unit.imports):
                yield from self._bound(binding, unit.mentions)
        yield from self._by_texts(unit)

    def called_by(self, unit: str) -> Iterator[str]:
        """The units whose functions the functions of a unit call, as the graph has it."""
        for function in self._functions.get(unit, ()):
            for call in self.graph.calls_from(function):
                callee = None if call.kind is CallKind.WRAPPED else self.unit_of(call.callee)
                if callee is not None and callee != unit:
                    yield callee

    def candidates_of(self, unit: str) -> Iterator[str]:
        """The units of a name that the functions of a unit call, where nothing says which is meant."""
        yield from self._candidates.get(unit, ())

    def origin(self, module: str, name: str) -> str | None:
        """Return the unit that an imported name means, found through the modules that pass it on."""
        waiting = [(module, name)]
        seen: set[tuple[str, str]] = set()
        while waiting:
            place = waiting.pop()
            known = self.modules.get(place[0])
            if known is None or place in seen:
                continue
            seen.add(place)
            unit = ":".join(place)
            if unit in known.units:
                return unit
            binding = next((item for item in known.imports if item.name == place[1] and item.attribute), None)
            if binding is not None and binding.attribute is not None:
                waiting.append((binding.module, binding.attribute))
            else:
                stars = [item.module for item in known.imports if item.attribute == "*"]
                waiting.extend((star, place[1]) for star in reversed(stars))
        return None

    def _inside(self, module: str, said: Mentions, but: str = "") -> Iterator[str]:
        """The units of a module that are named."""
        known = self.modules.get(module)
        if known is None:
            return
        for name, unit in known.units.items():
            if unit.kind not in _NO_NAMES and name != but and said.says(unit.own):
                yield name

    def _bound(self, binding: Binding, said: Mentions) -> Iterator[str]:
        if binding.attribute == "*":
            yield from self._inside(binding.module, said)
        elif said.says(binding.name):
            yield f"{binding.module}:{REST}"
            found = None if binding.attribute is None else self.origin(binding.module, binding.attribute)
            if found is not None:
                yield found
                return
            module = binding.module if binding.attribute is None else f"{binding.module}.{binding.attribute}"
            yield from self._of_module(module, binding.name, said)

    def _of_module(self, module: str, name: str, said: Mentions) -> Iterator[str]:
        """The units of a module imported as `name`, all where it is handed on as a whole, and of those inside."""
        known = self.modules.get(module)
        if known is not None:
            whole = name in said.whole
            yield from (
                u.name for u in known.units.values() if u.kind not in _NO_NAMES and (whole or u.own in said.names)
            )
            yield from (found for item in known.imports if item.name in said.names for found in self._handed_on(item))
        for inner in self._inner.get(module, ()):
            own = inner.rpartition(".")[2]
            if own in said.names:
                yield f"{inner}:{REST}"
                yield from self._of_module(inner, own, said)

    def _handed_on(self, binding: Binding) -> Iterator[str]:
        found = None if binding.attribute in {None, "*"} else self.origin(binding.module, binding.attribute or "")
        if found is not None:
            yield found

    @cached_property
    def _inner(self) -> Mapping[str, tuple[str, ...]]:
        """The modules directly inside each package."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name in self.modules:
            found[name.rpartition(".")[0]].append(name)
        return {name: tuple(modules) for name, modules in found.items()}

    def _by_texts(self, unit: Unit) -> Iterator[str]:
        for text in unit.mentions.texts:
            if f"template:{text}" in self.units:
                yield template_unit(text)
            if _DOTTED.fullmatch(text):
                yield from self._by_dotted(text)
                for module in self._by_ending.get(text, ()):
                    yield from self._named_module(module, unit)
        for shape in unit.mentions.made if self._loads_modules else ():
            if "\\." in shape and self._may_load(unit, shape):
                for module in filter(re.compile(shape).fullmatch, self.modules):
                    yield from self._named_module(module, unit)

    def _may_load(self, unit: Unit, shape: str) -> bool:
        """Whether a module may be loaded by a name of that shape.

        ``f"shop.{kind}.{key}"``, that says no more than the package, is so only where it is kept, or near what loads:
        otherwise every label of a program would name all of its modules.
        """
        words = set(_WORD.findall(shape.replace(".*", " ").replace("\\.", " ")))
        if words - self._tops or unit.kind in {UnitKind.REST, UnitKind.CONSTANT, UnitKind.CLASS}:
            return True
        near = {unit.module, *(name.partition(":")[0] for name in self.called_by(unit.name))}
        return not near.isdisjoint(self._loading_modules)

    @cached_property
    def _tops(self) -> frozenset[str]:
        return frozenset(module.partition(".")[0] for module in self.modules)

    def _named_module(self, module: str, unit: Unit) -> Iterator[str]:
        """What a text that is the name of a module may be about: all of it where modules are loaded by such texts."""
        if self._loads_modules and module != unit.module:
            yield from (item.name for item in self.modules[module].units.values() if item.kind not in _NO_NAMES)
        else:
            yield from self._inside(module, unit.mentions)

    @property
    def _loads_modules(self) -> bool:
        return bool(self._loading_modules)

    @cached_property
    def _loading_modules(self) -> frozenset[str]:
        """The modules, and texts beside the code, that may load modules by their names."""
        said = ((unit.module, unit.mentions.names) for unit in self.units.values() if not self.is_test(unit.name))
        return frozenset(module for module, names in said if names & _LOADERS or names >= {"sys", "modules"})

    def _by_dotted(self, text: str) -> Iterator[str]:
        """The units that a dotted text may name: ``shop.views.orders``, ``shop.cli:main``, ``reviews.Review``."""
        before, colon, own = text.rpartition(":")
        if colon:
            yield from (f"{module}:{own}" for module in self._by_ending.get(before, ()))
            return
        *before_dot, own = text.split(".")
        for name in self._by_last_name.get(own, ()):
            parts = name.partition(":")[0].split(".")
            if before_dot[0] in parts or before_dot[-1] in parts:
                yield name

    @cached_property
    def named_modules(self) -> frozenset[str]:
        """The modules that a text names: something looks into them by name."""
        found: set[str] = set()
        for unit in self.units.values():
            for text in unit.mentions.texts:
                if _DOTTED.fullmatch(text):
                    found.update(self._by_ending.get(text, ()))
        return frozenset(found)

    @cached_property
    def _by_last_name(self) -> Mapping[str, tuple[str, ...]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name, unit in self.units.items():
            if unit.kind in {UnitKind.FUNCTION, UnitKind.CLASS, UnitKind.CONSTANT}:
                found[unit.own].append(name)
        return {name: tuple(units) for name, units in found.items()}

    @cached_property
    def _by_ending(self) -> Mapping[str, tuple[str, ...]]:
        """Modules by every ending of their names that has a dot, and by the whole name."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name in self.modules:
            parts = name.split(".")
            for start in range(max(1, len(parts) - 1)):
                found[".".join(parts[start:])].append(name)
        return {name: tuple(modules) for name, modules in found.items()}

    @cached_property
    def _functions(self) -> Mapping[str, tuple[str, ...]]:
        """The functions of the graph, and their variants, by the unit they are a part of."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        facts = self.graph.facts
        names = {function.name for function in facts.functions} | {call.caller for call in facts.calls}
        for name in (*names, *(variant.name for variant in facts.variants)):
            unit = self.unit_of(name)
            if unit is not None:
                found[unit].add(name)
        return {unit: tuple(sorted(functions)) for unit, functions in found.items()}

    @cached_property
    def _candidates(self) -> Mapping[str, tuple[str, ...]]:
        """What a unit may call when the code does not determine the callee."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for call in self.graph.facts.ambiguous:
            unit = self.unit_of(call.caller)
            if unit is not None:
                found[unit].update(name for item in call.candidates if (name := self.unit_of(item)) is not None)
        return {unit: tuple(sorted(names)) for unit, names in found.items()}


def template_unit(name: str) -> str:
    """The name of a template's unit."""
    return f"template:{name}"


def read_trees(graph: SystemGraph, read: ReadFile) -> tuple[Mapping[str, ast.Module], tuple[str, ...]]:
    """The source trees of all modules, by file, and the files that cannot be parsed."""
    trees: dict[str, ast.Module] = {}
    unread: list[str] = []
    for module in graph.facts.modules:
        try:
            trees[module.file] = ast.parse(read(module.file))
        except (OSError, SyntaxError, ValueError, RecursionError):
            unread.append(module.file)
    return trees, tuple(unread)


def program_of(
    graph: SystemGraph,
    trees: Mapping[str, ast.Module],
    templates: Mapping[str, str],
    others: Mapping[str, str],
    left_out: Callable[[str, ast.Module], frozenset[int]],
) -> Program:
    """The program of some trees; `left_out` says which nodes of a file are taken not to be there any more."""
    modules: dict[str, ModuleUnits] = {}
    for module in graph.facts.modules:
        tree = trees.get(module.file)
        if tree is not None:
            is_package = module.file.rpartition("/")[2] == "__init__.py"
            without = left_out(module.file, tree)
            modules[module.name] = units_of(module.name, tree, is_package=is_package, without=without)
    return Program(graph, modules, templates, others)
