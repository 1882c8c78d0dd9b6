"""Liveness: what may still run and be used, starting from all entry points, by calls and by names."""

from __future__ import annotations

import ast
import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from functools import cached_property

from strangler.model.system import EntryKind, Route
from strangler_analyzers.retiring.moved import Moved
from strangler_analyzers.retiring.program import Program
from strangler_analyzers.retiring.registrations import (
    calls_nothing,
    decorator_name,
    is_found_by_shape,
    keeps_nothing,
    registers_nothing,
)
from strangler_analyzers.retiring.units import Unit, UnitKind
from strangler_analyzers.rewriting.boundary import Boundary


class Liveness:
    """Collects the used units; `why` holds for each its first user: a unit's name, or a phrase for people."""

    def __init__(self, program: Program, moved: Moved, boundary: Boundary) -> None:
        self.program = program
        self._boundary = boundary
        self.why: dict[str, str] = {}
        self.by_name: set[str] = set()
        """Those of which no more is known than that what uses them says their name: it may mean another thing."""
        self._moved = moved
        self._words: set[str] = set()
        self._made: dict[str, re.Pattern[str]] = {}
        self._waiting: defaultdict[str, list[Unit]] = defaultdict(list)
        for unit in program.units.values():
            if unit.kind in {UnitKind.METHOD, UnitKind.CONSTANT}:
                self._waiting[unit.own].append(unit)

    def add(self, units: Iterable[str], why: str) -> None:
        """Mark some units, and all they may use, as used."""
        sure, guessed = [(name, why) for name in units], deque[tuple[str, str]]()
        while sure or guessed:
            # Certain uses tell more than possible ones.
            by_name = not sure
            name, reason = guessed.popleft() if by_name else sure.pop()
            unit = self.program.units.get(name)
            if unit is None or name in self.why:
                continue
            self.why[name] = reason
            if by_name:
                self.by_name.add(name)
            for used, is_guessed in self._used_by(unit):
                (guessed if is_guessed else sure).append((used, name))

    def roots(self) -> Iterator[tuple[str, str]]:
        """The entry points in application code, with the reason."""
        program = self.program
        graph = program.graph
        for route in graph.facts.routes:
            if route not in self._moved.routes:
                for function in (route.handler, *graph.entry_functions(route)):
                    yield program.unit_of(function) or "", self._answers(route)
        for entry in graph.facts.entry_points:
            # What a library does by itself keeps no code alive: what is registered with it does, or goes.
            if not entry.writes and (entry.kind is not EntryKind.SIGNAL or not self._is_own_signal(entry.name)):
                yield program.unit_of(entry.function) or "", f"{entry.kind} {entry.name}"
        for unit in program.units.values():
            if unit.kind is not UnitKind.TEMPLATE and not program.is_test(unit.name):
                reason = self._root_reason(unit)
                if reason is not None:
                    yield unit.name, reason

    def _answers(self, route: Route) -> str:
        requests, asked = self._moved.requests(route), self._moved.asked.get(route)
        times = f", {requests} requests in the access log" if requests else ""
        if asked is not None:
            may = "" if asked.is_sure else "may "
            times += f", which v1 {may}ask{'s' if asked.is_sure else ''} for itself at {asked.location}"
        return f"answers {route.method} {route.path}{times}"

    def is_hook(self, method: Unit) -> bool:
        """Whether a library may call a method of a class that is used, by a name of the library's."""
        return any(not calls_nothing(base) for base in self._bases(method.name.rpartition(".")[0])[1])

    def _used_by(self, unit: Unit) -> Iterator[tuple[str, bool]]:
        """What a unit may use, each with whether only its name says so."""
        yield from ((name, False) for name in self.program.named_by(unit))
        yield from ((name, False) for name in self.program.called_by(unit.name))
        yield from ((name, True) for name in self.program.candidates_of(unit.name))
        if unit.kind is UnitKind.METHOD:
            yield unit.name.rpartition(".")[0], False
        yield from ((name, True) for name in self._spoken(unit))
        if unit.kind is UnitKind.CLASS:
            for method in self.program.methods.get(unit.name, ()):
                runs = self._runs_with_class(method)
                if runs or self._is_spoken(method.own):
                    yield method.name, not runs

    def _spoken(self, unit: Unit) -> Iterator[str]:
        """Methods of used classes, and constants such as settings, whose names are said now for the first time."""
        for word in (unit.mentions.names | unit.mentions.words) - self._words:
            self._words.add(word)
            for waiting in self._waiting.get(word, ()):
                if waiting.kind is UnitKind.METHOD:
                    if waiting.name.rpartition(".")[0] in self.why:
                        yield waiting.name
                elif waiting.own.isupper() and self._is_setting(waiting):
                    yield waiting.name
        yield from self._made_up(unit)

    def _made_up(self, unit: Unit) -> Iterator[str]:
        """What may have a name that is made up: methods of used classes, and what the module itself looks up."""
        for shape in unit.mentions.made:
            is_new, pattern = shape not in self._made, self._made.setdefault(shape, re.compile(shape))
            known = self.program.modules.get(unit.module)
            for other in known.units.values() if known is not None else ():
                if other.kind in {UnitKind.FUNCTION, UnitKind.CLASS} and pattern.fullmatch(other.own):
                    yield other.name
            for name in filter(pattern.fullmatch, self._waiting if is_new else ()):
                for method in self._waiting[name]:
                    if method.kind is UnitKind.METHOD and method.name.rpartition(".")[0] in self.why:
                        yield method.name

    def _is_spoken(self, name: str) -> bool:
        return name in self._words or any(pattern.fullmatch(name) for pattern in self._made.values())

    def _is_setting(self, constant: Unit) -> bool:
        """Whether a constant may be read from another module than its own without an import of it."""
        return "settings" in constant.module or constant.module in self._only_constants

    @cached_property
    def _only_constants(self) -> frozenset[str]:
        """Modules of nothing but values: defaults, constants, settings by other names."""
        return frozenset(
            module.name
            for module in self.program.modules.values()
            if all(unit.kind in {UnitKind.CONSTANT, UnitKind.REST} for unit in module.units.values())
        )

    def _runs_with_class(self, method: Unit) -> bool:
        if method.own.startswith("__") and method.own.endswith("__"):
            return True
        if is_found_by_shape("", [method.own]) or self.is_hook(method):
            return True
        return any(not self._is_harmless(method, node) for node in method.decorators)

    def _root_reason(self, unit: Unit) -> str | None:
        if unit.kind is UnitKind.REST:
            # The port is generated by strangler: importing it has no effects.
            return None if self._boundary.is_port(unit.module) else "runs when the module is imported"
        if unit.kind is UnitKind.TEXT:
            return "may name what it uses"
        if unit.kind is UnitKind.METHOD or unit.name in self._moved.handlers:
            return None
        if unit.kind is UnitKind.CONSTANT:
            outside = not (self._boundary.holds(unit.name) or self._boundary.is_port(unit.name))
            return "is read by name" if outside or unit.module in self.program.named_modules else None
        if unit.kind is UnitKind.FUNCTION and unit.own.startswith("__") and unit.own.endswith("__"):
            return "Python calls it by its name"
        own, outside = self._bases(unit.name)
        heir = len(own) > 1 and self._asks_for_subclasses
        if heir or any(map(self._notices, own)) or any(not registers_nothing(base) for base in outside):
            return "its base class may register it"
        if is_found_by_shape(unit.module, [method.own for method in self.program.methods.get(unit.name, ())]):
            return "frameworks find it by its shape or place"
        for node in unit.decorators:
            if not self._is_harmless(unit, node) and not self._is_own_receiver(unit):
                return f"@{decorator_name(node)} may register it"
        return None

    def _is_harmless(self, unit: Unit, decorator: ast.expr) -> bool:
        own = self._own_definition(unit.module, decorator)
        return keeps_nothing(decorator, own)

    def _own_definition(self, module: str, decorator: ast.expr) -> ast.AST | None:
        func = decorator.func if isinstance(decorator, ast.Call) else decorator
        if not isinstance(func, ast.Name):
            return None
        name = self.program.origin(module, func.id)
        known = self.program.modules.get(name.partition(":")[0]) if name is not None else None
        if name is None or known is None:
            return None
        qualname = name.partition(":")[2]
        return next((node for node in known.tree.body if getattr(node, "name", None) == qualname), None)

    def _notices(self, cls: str) -> bool:
        """Whether a class of the program sees what inherits from it, by its metaclass or a method."""
        unit = self.program.units.get(cls)
        return (unit is not None and unit.has_keywords) or f"{cls}.__init_subclass__" in self.program.units

    @cached_property
    def _asks_for_subclasses(self) -> bool:
        units = self.program.units.values()
        return any("__subclasses__" in unit.mentions.names for unit in units if not self.program.is_test(unit.name))

    def _bases(self, cls: str) -> tuple[set[str], set[str]]:
        """A class and its ancestors: those of the program, and those that are no part of it."""
        found: set[str] = set()
        pending, seen = [cls], {cls}
        while pending:
            unit = self.program.units.get(pending.pop())
            for base in unit.bases if unit is not None else ():
                text = ast.unparse(base)
                own = self.program.origin(unit.module, text) if unit is not None and "." not in text else None
                if own is None:
                    found.add(text)
                elif own not in seen:
                    seen.add(own)
                    pending.append(own)
        return seen, found

    @cached_property
    def _receivers(self) -> frozenset[str]:
        entries = self.program.graph.facts.entry_points
        return frozenset(
            name
            for entry in entries
            if entry.kind is EntryKind.SIGNAL and self._is_own_signal(entry.name)
            if (name := self.program.unit_of(entry.function)) is not None
        )

    def _is_own_receiver(self, unit: Unit) -> bool:
        """Whether it is run by signals of the program, which the graph leads from their senders to it."""
        return unit.name in self._receivers

    def _is_own_signal(self, name: str) -> bool:
        module, _, signal = name.rpartition(".")
        return f"{module}:{signal}" in self.program.units
