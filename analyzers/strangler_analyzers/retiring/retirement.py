"""Finds the dead code of a monolith once a service owns its traffic."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from strangler.model.system import Confidence, Route
from strangler_analyzers.graph.handler_source import named_methods
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.own_requests.own_requests import find_own_requests
from strangler_analyzers.retiring.dead_tests import DeadTest, dead_tests
from strangler_analyzers.retiring.items import DeadItem, ItemKind, UsedItem
from strangler_analyzers.retiring.liveness import Liveness
from strangler_analyzers.retiring.moved import Answers, Moved
from strangler_analyzers.retiring.naming_texts import left_alone_texts, naming_text
from strangler_analyzers.retiring.program import Program, program_of
from strangler_analyzers.retiring.units import Unit, UnitKind
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.seams import SourcePosition


@dataclass(frozen=True, slots=True)
class RetireSource:
    """What a retirement is found in: trees of files, texts of templates by name with their files, and other texts."""

    trees: Mapping[str, ast.Module]
    templates: Mapping[str, tuple[str, str]]
    others: Mapping[str, str] = field(default_factory=dict[str, str])
    left_alone: frozenset[str] = frozenset()
    """Files, or places in them as ``file:line``, whose texts and requests are known to use nothing of the service."""


@dataclass(frozen=True)
class Retirement:
    """Everything found out: `program` is that of the source without what registers the moved routes."""

    graph: SystemGraph
    boundary: Boundary
    source: RetireSource
    moved: Moved
    program: Program
    used: Liveness
    tests: tuple[DeadTest, ...]
    only_tested: Mapping[str, str]
    """What only tests use that stay, with the first of these."""

    @cached_property
    def dead(self) -> frozenset[str]:
        """The units of application code, and templates, that nothing uses which stays, tests included."""
        units = (unit for unit in self._related if unit not in self.only_tested)
        return frozenset(units)

    @cached_property
    def stays(self) -> frozenset[str]:
        """The units that are used, by tests that stay too."""
        gone = {test.name for test in self.tests}
        tests = {name for name in self.program.units if self.program.is_test(name)}
        return frozenset(self.used.why) | frozenset(self.only_tested) | (tests - gone)

    @cached_property
    def items(self) -> tuple[DeadItem, ...]:
        """What is dead, in order."""
        tests = (
            DeadItem(
                ItemKind.TEST,
                test.name,
                SourcePosition(self.graph.modules[test.name.partition(":")[0]].file, test.lines[0], 1),
                f"it asks for {test.path}, which {self.boundary.service} answers",
            )
            for test in self.tests
        )
        return tuple(sorted((*self._routes(), *self._units(), *tests)))

    @cached_property
    def kept(self) -> tuple[UsedItem, ...]:
        """What stays of the code inside the boundary, but what runs on import, and what uses it first.

        Before it come the routes that the monolith asks for itself.
        """
        return (*self._asked_routes(), *sorted(self._kept_units()))

    def _asked_routes(self) -> Iterator[UsedItem]:
        for route, asked in sorted(self.moved.asked.items()):
            place = SourcePosition(route.location.file, route.location.line, 1)
            yield UsedItem(ItemKind.ROUTE, f"{route.method} {route.path}", place, asked.told_of_route)

    def _kept_units(self) -> Iterator[UsedItem]:
        for name, unit in self.program.units.items():
            why = self.used.why.get(name)
            if why is None or not self.boundary.holds(name) or unit.kind not in _TOLD:
                continue
            if self.program.is_migration(name):
                continue
            found = naming_text(self.program, why, name)
            text, line = found or ("", 0)
            place = (
                SourcePosition(self.graph.modules[why.partition(":")[0]].file, line, 1) if found is not None else None
            )
            by_name = name in self.used.by_name
            yield UsedItem(ItemKind(unit.kind), name, self._place(unit), why, by_name, text, place)

    def is_linked(self, route: Route) -> str | None:
        """What of the code that stays makes links to a route by its name."""
        if not route.name:
            return None
        for name, unit in self.program.units.items():
            if route.name in unit.mentions.texts and name in self.stays:
                return name
        return None

    def _routes(self) -> Iterator[DeadItem]:
        for routes in self.moved.by_place.values():
            for route in routes:
                linked = self.is_linked(route)
                reason = f"{self.boundary.service} answers it"
                if linked is not None:
                    reason += f"; its name stays for links of {linked}"
                place = SourcePosition(route.location.file, route.location.line, 1)
                yield DeadItem(ItemKind.ROUTE, f"{route.method} {route.path}", place, reason)

    def _units(self) -> Iterator[DeadItem]:
        for name in self._related:
            unit = self.program.units[name]
            if unit.kind in _TOLD and not self._goes_with_class(unit):
                tested = self.only_tested.get(name)
                reason = self._reason(unit) if tested is None else f"only tests use it: {tested}"
                confidence = Confidence.CERTAIN if tested is None else Confidence.LIKELY
                yield DeadItem(ItemKind(unit.kind), unit.name, self._place(unit), reason, confidence)

    def _goes_with_class(self, unit: Unit) -> bool:
        return unit.kind is UnitKind.METHOD and unit.name.rpartition(".")[0] in self.dead

    def _reason(self, unit: Unit) -> str:
        routes = [f"{route.method} {route.path}" for route in self.moved.handlers.get(unit.name, ())]
        if routes:
            return f"answers only {_first(routes)}, which {self.boundary.service} does now"
        users = sorted(self._users.get(unit.name, set()) - {unit.name})
        if users:
            return f"used only by {_first(users)}, dead too"
        if unit.kind is UnitKind.METHOD:
            return "nothing says its name"
        return "nothing uses it"

    def _place(self, unit: Unit) -> SourcePosition:
        if unit.kind is UnitKind.TEMPLATE:
            return SourcePosition(self.source.templates[unit.name.partition(":")[2]][1], 1, 1)
        return SourcePosition(self.graph.modules[unit.module].file, unit.lines[0], 1)

    @cached_property
    def _dead_uses(self) -> Mapping[str, frozenset[str]]:
        return dead_uses(self.program, self.used)

    @cached_property
    def _users(self) -> Mapping[str, set[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for name, used in self._dead_uses.items():
            for other in used:
                found[other].add(name)
        return found

    @cached_property
    def _related(self) -> tuple[str, ...]:
        return tuple(sorted(related(self.program, self._dead_uses, self.boundary, self.moved)))


def dead_uses(program: Program, used: Liveness) -> Mapping[str, frozenset[str]]:
    """For each unused unit, the units that it uses."""
    return {
        name: frozenset((*program.named_by(unit), *program.called_by(name), *program.candidates_of(name)))
        for name, unit in program.units.items()
        if name not in used.why and not program.is_test(name)
    }


def related(program: Program, uses: Mapping[str, frozenset[str]], boundary: Boundary, moved: Moved) -> frozenset[str]:
    """The dead units that have to do with a service: inside, of its routes or port, or used by these."""
    pending = [name for name in uses if boundary.holds(name) or boundary.is_port(name) or name in moved.handlers]
    found = set(pending)
    while pending:
        name = pending.pop()
        methods = (method.name for method in program.methods.get(name, ()))
        for other in (*uses[name], *methods):
            if other in uses and other not in found:
                found.add(other)
                pending.append(other)
    return frozenset(found)


_TOLD = frozenset({UnitKind.FUNCTION, UnitKind.CLASS, UnitKind.METHOD, UnitKind.CONSTANT, UnitKind.TEMPLATE})


def find_dead(graph: SystemGraph, boundary: Boundary, answers: Answers, source: RetireSource) -> Retirement:
    """Find it; `answers` says which requests the service answers."""
    modules = monolith_modules(graph, boundary)
    files = {graph.modules[name].file for name in modules}
    trees = {file: tree for file, tree in source.trees.items() if file in files}
    own = find_own_requests(graph, trees, graph.facts.routes, source.left_alone)
    moved = Moved(graph, answers, lambda route: _methods(graph, source.trees, route), modules, own)
    texts = {name: text for name, (text, _) in source.templates.items()}

    def left_out(file: str, tree: ast.Module) -> frozenset[int]:
        return moved.left_out(file, tree) | left_alone_texts(file, tree, source.left_alone)

    program = program_of(graph, source.trees, texts, source.others, left_out)
    used = Liveness(program, moved, boundary)
    for name, why in list(used.roots()):
        used.add([name], why)
    used.add((name for name, unit in program.units.items() if _is_apart(unit, modules)), "is no part of the monolith")
    used.add(filter(program.is_migration, program.units), "is a migration")
    for function in graph.facts.observed.functions if graph.facts.observed is not None else ():
        used.add([program.unit_of(function) or ""], "ran in the recording")
    _use_the_rest(program, used, boundary, moved)
    tests = tuple(test for test in dead_tests(program, moved.routes) if test.name.partition(":")[0] in modules)
    only_tested = _only_tested(program, moved, used, boundary, tests)
    return Retirement(graph, boundary, source, moved, program, used, tests, only_tested)


def _use_the_rest(program: Program, used: Liveness, boundary: Boundary, moved: Moved) -> None:
    """Take for used what nothing is seen to use but has nothing to do with the service: it is not what is retired."""
    while True:
        uses = dead_uses(program, used)
        apart = uses.keys() - related(program, uses, boundary, moved)
        if not apart:
            return
        used.add(sorted(apart), "has nothing to do with the service")


def monolith_modules(graph: SystemGraph, boundary: Boundary) -> frozenset[str]:
    """The modules below the names that imports, in any direction, connect with the service's.

    A service that stands in the same folder imports nothing of the monolith. Tests that import nothing at all of what
    was analysed are the monolith's.
    """
    connected: defaultdict[str, set[str]] = defaultdict(set)
    for item in graph.facts.imports:
        connected[_top(item.importer)].add(_top(item.imported))
        connected[_top(item.imported)].add(_top(item.importer))
    found = {_top(module) for module in boundary.modules}
    pending = list(found)
    while pending:
        new = connected[pending.pop()] - found
        found |= new
        pending.extend(new)
    others = {_top(name) for name in graph.application_modules} - found
    tests = {_top(name) for name in graph.modules} - others
    found |= {top for top in tests if not connected[top] & others}
    return frozenset(module for module in graph.modules if _top(module) in found)


def _first(names: list[str]) -> str:
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]


def _top(module: str) -> str:
    return module.partition(".")[0]


def _is_apart(unit: Unit, modules: frozenset[str]) -> bool:
    return unit.kind not in {UnitKind.TEMPLATE, UnitKind.TEXT} and unit.module not in modules


def _only_tested(
    program: Program, moved: Moved, used: Liveness, boundary: Boundary, tests: tuple[DeadTest, ...]
) -> Mapping[str, str]:
    tested = Liveness(program, moved, boundary)
    for name, why in used.why.items():
        tested.add([name], why)
    gone = {test.name for test in tests}
    for unit in program.units.values():
        if program.is_test(unit.name) and unit.name not in gone:
            tested.add([unit.name], unit.name)
    return {
        name: _first_test(program, tested.why, name)
        for name in tested.why
        if name not in used.why and not program.is_test(name)
    }


def _first_test(program: Program, why: Mapping[str, str], name: str) -> str:
    for _ in range(len(why)):
        name = why[name]
        if program.is_test(name) or name not in why:
            break
    return name


def _methods(graph: SystemGraph, trees: Mapping[str, ast.Module], route: Route) -> frozenset[str]:
    """The methods that the handler of a route names: in its decorators, else in its body beside GET."""
    module, _, name = route.handler.partition(":")
    known = graph.modules.get(module)
    tree = trees.get(known.file) if known is not None else None
    found = None if tree is None else named_methods(tree, name)
    if found is None:
        return frozenset()
    told, inside = found
    return told | inside if told else inside | {"GET"}
