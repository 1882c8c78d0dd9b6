"""Who writes a service's tables, as the analysis sees it: its own routes, other routes, and code behind no gateway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from strangler.model.location import Location
from strangler.model.system import ANY_METHOD, CallKind, EntryKind
from strangler.planner.console_scripts import ConsoleScript
from strangler.project import RouteMatch, RouteRule
from strangler_analyzers.graph.dependency_path import MODULE_BODY
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_gateway.requests.facts import SAFE_METHODS
from strangler_gateway.routing.route_table import RouteTable


@dataclass(frozen=True, slots=True, order=True)
class Writer:
    """Something in the monolith that writes `tables`; `name` is ``POST /path``, ``command purge_reviews``, ...

    `route` is its route as the map names it, ``ANY /path`` where `name` is ``PUT,PATCH /path``; empty where it is none.
    """

    name: str
    tables: tuple[str, ...]
    location: Location
    route: str = ""


@dataclass(frozen=True, slots=True)
class Writers:
    """The writers of a service's tables.

    `moving` routes go to the service with the authority. `staying` routes still go to the monolith, and `outside`
    writers never pass the gateway: the fence refuses both while v2 has the authority. `remaining` are methods of moving
    routes, declared for every method, that no rule names although the form methods move: they are refused, too, if the
    monolith knows such a method at all.
    """

    moving: tuple[Writer, ...]
    staying: tuple[Writer, ...]
    remaining: tuple[Writer, ...]
    outside: tuple[Writer, ...]
    held: tuple[RouteMatch, ...]
    """What the gateway must hold as well: staying routes, and moving ones that it would take for reads."""


def find_writers(
    system: SystemGraph,
    tables: Iterable[str],
    rules: Iterable[RouteRule],
    scripts: Iterable[ConsoleScript] = (),
) -> Writers:
    """Everything that writes any of `tables`, classified by `rules`, the service's own routes.

    `scripts` are the programs that an installation of the monolith makes.
    """
    wanted = frozenset(tables)
    moved: RouteTable[RouteMatch] = RouteTable(rule.match for rule in rules if not _narrow(rule.match))
    moving: list[Writer] = []
    staying: list[Writer] = []
    remaining: list[Writer] = []
    held: list[RouteMatch] = []
    answering: set[str] = set()
    for route in system.facts.routes:
        written = wanted & set(system.route_tables(route).writes)
        if not written:
            continue
        answering.update(route.entry[route.first_own :])
        name = f"{route.method} {route.path}"
        writer = Writer(name, tuple(sorted(written)), route.location, name)
        methods = _UNSAFE if route.method == ANY_METHOD else (route.method,)
        left = tuple(method for method in methods if None in moved.of_template(method, route.path))
        whole = len(left) == len(methods)
        if not whole:
            moving.append(writer)
        if left:
            stays = writer if whole else replace(writer, name=f"{','.join(left)} {route.path}")
            (staying if whole or _FORMS in left else remaining).append(stays)
            held.append(RouteMatch(route.path, () if left == _UNSAFE else left))
        elif route.method in SAFE_METHODS:
            # The gateway would take it for a read, which is neither held nor counted.
            held.append(RouteMatch(route.path, methods))
    outside = [
        Writer(f"{entry.kind} {entry.name}", tuple(sorted(written)), entry.location)
        for entry in system.facts.entry_points
        # A receiver runs inside what sends its signal, which is listed itself.
        if entry.kind is not EntryKind.SIGNAL
        # A page of the admin that the program overrides is a route as well, which is listed itself.
        and not (entry.kind is EntryKind.ADMIN and not entry.writes and entry.function in answering)
        and (written := wanted & {*system.tables_of([entry.function]).writes, *entry.writes})
    ]
    outside += _background_writers(system, wanted)
    outside += _programs(system, wanted)
    outside += _installed_programs(system, wanted, scripts)
    return Writers(_each(moving), _each(staying), _each(remaining), _each(outside), tuple(dict.fromkeys(held)))


def _each(writers: Iterable[Writer]) -> tuple[Writer, ...]:
    return tuple(sorted(set(writers)))


def _narrow(match: RouteMatch) -> bool:
    """Whether requests for its path and methods go on to the monolith when they lack something."""
    return match.host is not None or bool(match.conditions)


def _background_writers(system: SystemGraph, wanted: frozenset[str]) -> Iterator[Writer]:
    """Code handed to a thread or a queue that no entry point names: it may write after its request was held."""
    known = {entry.function for entry in system.facts.entry_points}
    for call in system.facts.calls:
        if call.kind is not CallKind.ASYNC or call.callee in known or not system.in_application(call.caller):
            continue
        if written := wanted & set(system.tables_of([call.callee]).writes):
            yield Writer(f"background {call.callee}", tuple(sorted(written)), call.location)


def _programs(system: SystemGraph, wanted: frozenset[str]) -> Iterator[Writer]:
    """Modules that write as they run: scripts with ``__main__``, as cron starts them; no request leads there."""
    for function in system.facts.functions:
        if not function.name.endswith(_BODY) or not system.in_application(function.name):
            continue
        if written := wanted & set(system.tables_of([function.name]).writes):
            yield Writer(f"program {function.name.removesuffix(_BODY)}", tuple(sorted(written)), function.location)


def _installed_programs(
    system: SystemGraph, wanted: frozenset[str], scripts: Iterable[ConsoleScript]
) -> Iterator[Writer]:
    """Functions that installed programs run; what is an entry point itself, such as a command, is listed as one.

    A function that its module only imports is looked for in all modules it imports: better one too many than one less.
    """
    functions = {function.name: function for function in system.facts.functions}
    known = {entry.function for entry in system.facts.entry_points}
    for script in scripts:
        module, _, name = script.function.partition(":")
        imported = (f"{item.imported}:{name}" for item in system.facts.imports if item.importer == module)
        started = {script.function} if script.function in functions else functions.keys() & set(imported)
        for function in started - known:
            if written := wanted & set(system.tables_of([function]).writes):
                yield Writer(f"program {script.name}", tuple(sorted(written)), functions[function].location)


_BODY = f":{MODULE_BODY}"
_UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
"""The methods by which a route for every method is assumed to write."""
_FORMS = "POST"
"""The method by which browsers send forms that write."""
