"""``strangler trace``: follow one request through the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.render.request_tree import RequestTree, Root
from strangler.cli.saved_graph import load_graph
from strangler.model.errors import UsageError
from strangler.model.identifiers import NodeKind, kind_of, name_of
from strangler.model.location import Location
from strangler.model.printable import printable_parts
from strangler.model.system import Route
from strangler_analyzers.graph.errors import UnknownNameError, UnknownRouteError
from strangler_analyzers.graph.request_path import PathOptions, RequestPath
from strangler_analyzers.graph.request_record import function_record, request_record
from strangler_analyzers.graph.system_graph import SystemGraph

_WHAT_RUNS = 'trace a request ("GET /path"), a function or an entry point'


def trace(
    context: typer.Context,
    request: Annotated[str, typer.Argument(help='The request, as in "POST /orders", or a function or task.')],
    path: Annotated[Path, typer.Argument(help="Folder that was analysed.")] = Path(),
    depth: Annotated[int | None, typer.Option("--depth", min=0, help="Follow calls this many levels deep.")] = None,
    effects: Annotated[
        bool,
        typer.Option("--effects", help="Show only steps that read, write, send or call out, and the path to them."),
    ] = False,
    repeat: Annotated[
        bool, typer.Option("--repeat", help="Show the steps of a function at each call, not only at the first.")
    ] = False,
    json: Json = False,
) -> None:
    """Walk one request through the code."""
    system = load_graph(path)
    options = PathOptions(depth=depth, repeat=repeat, effects_only=effects)
    console = console_of(context)
    routes = _routes(system, request.strip())
    ways = [system.request_path(route, options) for route in routes]
    starts = (
        [] if routes else [(start, system.function_path(start.function, options)) for start in _starts(system, request)]
    )
    if json:
        functions = [function_record(start.identifier, start.location, step) for start, step in starts]
        console.json({"requests": [request_record(way, system) for way in ways], "functions": functions})
        return
    trees = [_tree(way) for way in ways]
    trees += [RequestTree(start.identifier, start.location, [Root("", step)]) for start, step in starts]
    for tree in trees:
        console.terminal.print(printable_parts(tree), soft_wrap=True)


def _routes(system: SystemGraph, request: str) -> Sequence[Route]:
    """The routes that a text refers to; none if it names something else."""
    kind, _, name = request.partition(":")
    if kind in set(NodeKind):
        return system.find_routes(name) if kind == NodeKind.ROUTE else ()
    return system.find_routes(request) if "/" in request or " " in request else ()


@dataclass(frozen=True, slots=True)
class _Start:
    """A function to begin at: the id of the requested object, and its location."""

    identifier: str
    function: str
    location: Location


def _starts(system: SystemGraph, text: str) -> Sequence[_Start]:
    """The functions that run for what a text names; for a signal or command with several receivers, all of them."""
    try:
        identifier = system.find(text)
    except UnknownNameError as error:
        raise _nothing_runs(system, text, error) from error
    name = name_of(identifier)
    if kind_of(identifier) is NodeKind.ENTRY:
        entries = [entry for entry in system.facts.entry_points if f"{entry.kind.value}:{entry.name}" == name]
        return [_Start(identifier, entry.function, entry.location) for entry in entries]
    if kind_of(identifier) is NodeKind.FUNCTION:
        known = system.functions.get(name)
        return [_Start(identifier, name, Location("-", 0) if known is None else known.location)]
    raise UsageError(f"{identifier} does not run", remedy=_WHAT_RUNS)


def _nothing_runs(system: SystemGraph, text: str, error: UnknownNameError) -> UnknownNameError | UsageError:
    """The error for an unknown name, with similarly named functions, jobs and requests."""
    near = [name for name in error.suggestions if kind_of(name) in {NodeKind.FUNCTION, NodeKind.ENTRY}]
    try:
        system.find_routes(text)
    except UnknownRouteError as unknown:
        near += unknown.suggestions
    if near:
        return UnknownNameError(text, tuple(near))
    return UsageError(error.what, remedy=_WHAT_RUNS)


def _tree(way: RequestPath) -> RequestTree:
    parts = (("middleware", way.middleware), ("handler", way.handler), ("helper", way.helpers))
    roots = [Root(role, step) for role, steps in parts for step in steps]
    title = f"{way.route.method} {way.route.path}"
    return RequestTree(title, way.route.location, roots)
