"""Translates a recording into observed facts, in the names of the analysis."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from strangler.model.evidence import ObservedRun, UnmatchedRequest
from strangler.model.recording import RecordedFunction, Recording
from strangler.model.system import AccessMode, Function, ModuleRole, Route, SystemFacts
from strangler_analyzers.evidence.route_matching import RouteMatcher
from strangler_analyzers.frameworks.sql.statements import looks_like_sql, read_sql

_DIALECTS = ("postgres", "mysql", "sqlite")
_MODULE = ":<module>"


def observe(facts: SystemFacts, recording: Recording) -> ObservedRun:
    """The facts of a recorded run; the recording must be of the same source."""
    names = _Names(facts)
    named = [names.of(function) for function in recording.functions]
    run = {name for name in named if name is not None}
    own = [_is_own(function, name) for function, name in zip(recording.functions, named, strict=True)]
    requests = _Requests(facts, recording)
    statements = _Statements(facts, recording, named, requests.routes)
    return ObservedRun(
        functions=tuple(sorted(name for name in run if not name.endswith(_MODULE))),
        calls=_pairs(named, own, recording.adjacent),
        library_calls=tuple(
            (caller, callee)
            for caller, callee in _pairs(named, own, recording.through)
            if not caller.endswith(_MODULE)  # An imported module calls nothing of the module that imports it.
        ),
        reads=statements.by_function(AccessMode.READ),
        writes=statements.by_function(AccessMode.WRITE),
        routes=tuple(sorted({(route.path, route.method) for route in requests.routes if route is not None})),
        route_reads=statements.by_route(AccessMode.READ),
        route_writes=statements.by_route(AccessMode.WRITE),
        unmatched=requests.unmatched,
        unknown_functions=sum(name is None for name in named),
    )


class _Names:
    """The names of functions by location; None for code outside the application or missing in the facts."""

    def __init__(self, facts: SystemFacts) -> None:
        application = [module for module in facts.modules if module.role is ModuleRole.APPLICATION]
        self._other = {module.file for module in facts.modules if module.role is not ModuleRole.APPLICATION}
        self._modules = {module.file: module.name for module in application}
        self._functions: defaultdict[str, list[Function]] = defaultdict(list)
        for function in facts.functions:
            if not function.name.endswith(_MODULE):
                self._functions[function.location.file].append(function)
        self._classes = {(item.location.file, _last(item.name)) for item in facts.classes}

    def of(self, recorded: RecordedFunction) -> str | None:
        """The name of recorded code; lambdas, comprehensions and class bodies count as the enclosing function."""
        module = self._modules.get(recorded.file)
        if module is None:
            return None
        if recorded.name == "<module>":
            return f"{module}{_MODULE}"
        functions = self._functions[recorded.file]
        same = [item for item in functions if _last(item.name) == recorded.name and item.location.line >= recorded.line]
        if same:  # The code of a decorated function begins with its decorators.
            return min(same, key=lambda item: item.location.line).name
        if not recorded.name.startswith("<") and (recorded.file, recorded.name) not in self._classes:
            return None
        around = [item for item in functions if item.location.line <= recorded.line <= item.end_line]
        if not around:
            return f"{module}{_MODULE}"
        return max(around, key=lambda item: item.location.line).name


def _last(name: str) -> str:
    return name.rpartition(":")[2].rpartition(".")[2]


def _is_own(recorded: RecordedFunction, name: str | None) -> bool:
    """Whether the analysis has a name for the code itself, and does not count it as part of the enclosing code."""
    return name is not None and _last(name) == recorded.name


def _pairs(
    named: Sequence[str | None], own: Sequence[bool], calls: Iterable[tuple[int, int]]
) -> tuple[tuple[str, str], ...]:
    found: set[tuple[str, str]] = set()
    for first, second in calls:
        caller, callee = named[first], named[second]
        if caller is not None and callee is not None and own[second]:
            found.add((caller, callee))
    return tuple(sorted(found))


class _Requests:
    """The route of each recorded request."""

    def __init__(self, facts: SystemFacts, recording: Recording) -> None:
        matcher = RouteMatcher(facts.routes)
        self.routes: list[Route | None] = [matcher.route_of(method, path) for method, path in recording.requests]
        unmatched: Counter[tuple[str, str]] = Counter()
        for (method, path), route in zip(recording.requests, self.routes, strict=True):
            if route is None:
                unmatched[matcher.shape(path), method] += 1
        self.unmatched = tuple(UnmatchedRequest(*key, count) for key, count in sorted(unmatched.items()))


class _Statements:
    """The tables of each recorded statement, for functions and for routes."""

    def __init__(
        self, facts: SystemFacts, recording: Recording, named: Sequence[str | None], routes: Sequence[Route | None]
    ) -> None:
        known = {table.name.lower(): table.name for table in facts.tables}
        self._functions: set[tuple[str, AccessMode, str]] = set()
        self._routes: set[tuple[tuple[str, str], AccessMode, str]] = set()
        for function, request, text in recording.statements:
            name = named[function] if function is not None else None
            route = routes[request] if request is not None else None
            if name is None and route is None:
                continue
            for table, mode in _tables(text):
                if table.lower() not in known:
                    continue
                if name is not None:
                    self._functions.add((name, mode, known[table.lower()]))
                if route is not None:
                    self._routes.add(((route.path, route.method), mode, known[table.lower()]))

    def by_function(self, mode: AccessMode) -> tuple[tuple[str, str], ...]:
        """Functions and tables."""
        return tuple(sorted((name, table) for name, found, table in self._functions if found is mode))

    def by_route(self, mode: AccessMode) -> tuple[tuple[str, str, str], ...]:
        """Path, method and table."""
        return tuple(sorted((*route, table) for route, found, table in self._routes if found is mode))


def _tables(text: str) -> set[tuple[str, AccessMode]]:
    read = read_sql(text, _DIALECTS) if looks_like_sql(text) else None
    return set() if read is None else {(table, mode) for table, mode, _ in read.accesses}
