"""Links the trees of all files into `SystemFacts`.

bind -> pass one: who calls whom -> pass two: arguments flow, effects -> facts
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter

from strangler.model.progress import Progress
from strangler.model.system import (
    Call,
    Class,
    EntryPoint,
    Function,
    Ledger,
    Module,
    ModuleRole,
    Reading,
    Route,
    SkippedFile,
    SystemFacts,
    TableAccess,
)
from strangler.project import Monolith
from strangler_analyzers.frameworks.catalogue import frameworks_of
from strangler_analyzers.frameworks.framework import Framework
from strangler_analyzers.linker.builtin_values import BuiltinValues
from strangler_analyzers.linker.call_sites import CallSites
from strangler_analyzers.linker.flow import (
    Flow,
    Outcome,
    Run,
    access_order,
    call_order,
    in_order,
    outside_order,
    route_order,
)
from strangler_analyzers.linker.imports import imports_of
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.memoised import Memoised
from strangler_analyzers.linker.points_to import PointsTo
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.unique_tables import unique_tables
from strangler_analyzers.linker.values import CallSite
from strangler_analyzers.linker.variants import Variants, told
from strangler_analyzers.linker.walk import FlowAnalysis
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.extraction import Extraction


def link(
    extraction: Extraction, skipped: Iterable[SkippedFile], name: str, monolith: Monolith, progress: Progress
) -> SystemFacts:
    """The facts of a program called `name`; `skipped` are the files that were left out before extraction.

    Raises InputError if the source does not contain a module that `monolith` declares.
    """
    program = Program(extraction.parsed, extraction.templates, extraction.documents)
    present = frameworks_of(program, monolith)
    scopes = [scope for scope in program.scopes() if not scope.is_class and _is_own(scope)]
    call_sites = _Pass.over(program, present).call_sites(scopes, progress)
    second = _Pass.over(program, present, call_sites)
    flows = second.flows(scopes, progress)
    return _Assembly(name, program, second, flows, extraction.reading()).facts((*skipped, *extraction.skipped))


def _is_own(scope: Scope) -> bool:
    return scope.module.role is not ModuleRole.MIGRATION


@dataclass(frozen=True, slots=True)
class _Pass:
    """One resolver with the frameworks that serve it."""

    resolver: Resolver
    frameworks: Sequence[Framework]
    analysis: FlowAnalysis

    @classmethod
    def over(
        cls,
        program: Program,
        present: Sequence[Callable[[], Framework]],
        call_sites: dict[Scope, list[CallSite]] | None = None,
    ) -> _Pass:
        frameworks = [framework() for framework in present]
        knowledge: list[Knowledge] = [part for framework in frameworks for part in framework.knowledge()]
        knowledge.append(BuiltinValues())
        rules = [rule for framework in frameworks for rule in framework.effects()]
        resolver = PointsTo(program, knowledge, call_sites or {})
        return cls(resolver, frameworks, FlowAnalysis(resolver, rules))

    def call_sites(self, scopes: Sequence[Scope], progress: Progress) -> dict[Scope, list[CallSite]]:
        """The calls that reach each function; the pass cannot be used afterwards."""
        sites = CallSites(self.resolver)
        for scope in self._walked(scopes, progress, "link"):
            sites.add(scope)
        sites.complete()
        self.resolver.close()
        return sites.found

    def flows(self, scopes: Sequence[Scope], progress: Progress) -> dict[Scope, Flow]:
        """The flow of each scope."""
        return {scope: self.analysis.of(scope) for scope in self._walked(scopes, progress, "trace")}

    def _walked(self, scopes: Sequence[Scope], progress: Progress, stage: str) -> Iterator[Scope]:
        """The scopes, module by module; after each module, answers that only its functions need are dropped."""
        progress.start(stage, len(scopes))
        for module, inside in groupby(scopes, lambda scope: scope.module):
            for scope in inside:
                yield scope
                progress.advance()
            self.resolver.leave(module)
        progress.finish()


@dataclass(frozen=True, slots=True)
class _Assembly:
    """Assembles the facts, sorted."""

    root: str
    program: Program
    analysis: _Pass
    flows: Mapping[Scope, Flow]
    reading: Reading

    def facts(self, skipped: Iterable[SkippedFile]) -> SystemFacts:
        frameworks, resolver = self.analysis.frameworks, self.analysis.resolver
        units = self.program.units.values()
        imports = tuple(sorted(found for unit in units for found in imports_of(self.program, unit)))
        declared = (table for framework in frameworks for table in framework.tables(resolver))
        modules = tuple(sorted(Module(unit.name, unit.file, unit.tree.lines, unit.role) for unit in units))
        tables = unique_tables(declared, imports, modules)
        routes = {route for framework in frameworks for route in framework.routes(resolver)}
        entries: set[EntryPoint] = {entry for framework in frameworks for entry in framework.entry_points(resolver)}
        variants = Variants(self.analysis.analysis, self.flows)
        variants.explore(self._entries(routes, entries))
        telling = variants.telling()
        flows = self.flows.values()
        unread = (part for framework in frameworks for part in framework.unread(resolver))
        accesses = self._accesses()
        rendered = {call for framework in frameworks for call in framework.calls(resolver)}
        calls = chain((told(call, telling) for flow in flows for call in flow.calls), rendered)
        uses = (use for flow in flows for use in flow.outside)
        first_uses = {use for flow in flows for use in flow.first_uses}
        return SystemFacts(
            root=self.root,
            frameworks=tuple(
                sorted(
                    {framework.name for framework in frameworks if framework.name}
                    | {route.framework for route in routes}
                )
            ),
            modules=modules,
            classes=tuple(sorted(map(self._class, self.program.classes.values()))),
            functions=tuple(sorted((*_functions(self.program), *self._inherited_functions(accesses, rendered)))),
            imports=imports,
            calls=in_order(calls, attrgetter("caller"), call_order),
            routes=tuple(sorted(routes, key=route_order)),
            entry_points=tuple(sorted(entries)),
            tables=tables,
            accesses=in_order(accesses, attrgetter("function"), access_order),
            outside=in_order(uses, attrgetter("function"), outside_order),
            variants=variants.facts(telling),
            dispatchers=tuple(sorted({scope.name for scope, flow in self.flows.items() if flow.hands_on})),
            memoised=tuple(sorted(self._memoised())),
            first_uses=tuple(sorted(first_uses)),
            ambiguous=tuple(sorted({call for flow in flows for call in flow.ambiguous})),
            skipped=tuple(sorted({*skipped, *unread})),
            ledger=_ledger(flows),
            reading=self.reading,
        )

    def _entries(self, routes: Iterable[Route], entries: Iterable[EntryPoint]) -> Iterator[Run]:
        """The functions run from outside; for a route, as methods of the class that handles it."""
        for route in sorted(routes, key=route_order):
            receiver = self.program.classes.get(route.handler)
            for name in route.entry or (route.handler,):
                if (function := self.program.functions.get(name)) is not None:
                    yield function, receiver
        for entry in sorted(entries):
            if (function := self.program.functions.get(entry.function)) is not None:
                yield function, None

    def _memoised(self) -> Iterator[str]:
        memoised = Memoised(self.analysis.resolver)
        return (name for name, scope in self.program.functions.items() if memoised.holds(scope))

    def _accesses(self) -> set[TableAccess]:
        frameworks, resolver = self.analysis.frameworks, self.analysis.resolver
        inherited = (access for framework in frameworks for access in framework.accesses(resolver))
        return {*(access for flow in self.flows.values() for access in flow.accesses), *inherited}

    def _inherited_functions(self, accesses: Iterable[TableAccess], calls: Iterable[Call]) -> set[Function]:
        """The library methods that act on behalf of a class, each at the location of the class."""
        places = {access.function: access.location for access in accesses} | {
            call.caller: call.location for call in calls
        }
        found: set[Function] = set()
        for name, place in places.items():
            if name not in self.program.functions and not name.endswith(":<module>"):
                owner = self.program.classes.get(name.rpartition(".")[0])
                location = owner.location if owner is not None else place
                found.add(Function(name, location, location.line))
        return found

    def _class(self, scope: Scope) -> Class:
        bases = tuple(base if isinstance(base, str) else base.name for base in self.analysis.resolver.bases(scope))
        return Class(scope.name, scope.location, bases)


def _functions(program: Program) -> Iterator[Function]:
    for scope in program.functions.values():
        if isinstance(scope.node, s.Function):
            yield Function(scope.name, scope.location, scope.node.end_line, scope.node.is_async)
    for unit in program.units.values():
        yield Function(unit.scope.name, unit.at(1), unit.tree.lines)


def _ledger(flows: Iterable[Flow]) -> Ledger:
    total = Outcome()
    for flow in flows:
        total.add(flow.outcome)
    counts = (total.resolved, total.external, total.builtin, total.ambiguous, total.opaque)
    return Ledger(sum(counts), *counts)
