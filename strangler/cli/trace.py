"""``strangler trace``: walk one request through the code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.render.request_tree import RequestTree, Root
from strangler.cli.saved_graph import load_graph
from strangler.cli.settings import Json
from strangler.model.errors import UsageError
from strangler.model.identifiers import NodeKind, kind_of, name_of
from strangler.model.location import Location
from strangler_analyzers.graph.errors import UnknownRouteError
from strangler_analyzers.graph.request_path import PathOptions, RequestPath
from strangler_analyzers.graph.request_record import request_record, step_record
from strangler_analyzers.graph.system_graph import SystemGraph


def trace(
    context: typer.Context,
    request: Annotated[str, typer.Argument(help='The request, as in "POST /orders", or a function or task.')],
    path: Annotated[Path, typer.Argument(help="Folder that was analysed.")] = Path(),
    depth: Annotated[int | None, typer.Option("--depth", min=0, help="Follow calls this many levels deep.")] = None,
    effects: Annotated[
        bool, typer.Option("--effects", help="Leave out calls that touch no table and nothing outside.")
    ] = False,
    repeat: Annotated[
        bool, typer.Option("--repeat", help="Show the steps of a function at each of its calls, not once.")
    ] = False,
    json: Json = False,
) -> None:
    """Walk one request through the code."""
    system = load_graph(path)
    options = PathOptions(depth=depth, repeat=repeat, effects_only=effects)
    console = console_of(context)
    if not _is_route(system, request):
        title, function, location = _start(system, request)
        step = system.function_path(function, options)
        if json:
            console.json(step_record(step))
        else:
            console.terminal.print(RequestTree(title, location, [Root("", step)]), soft_wrap=True)
        return
    ways = [system.request_path(route, options) for route in system.find_routes(request)]
    if json:
        console.json({"requests": [request_record(way, system) for way in ways]})
        return
    for way in ways:
        console.terminal.print(_tree(way), soft_wrap=True)


def _is_route(system: SystemGraph, request: str) -> bool:
    if "/" in request or " " in request.strip():
        return True
    try:
        return bool(system.find_routes(request))
    except UnknownRouteError:
        return False


def _start(system: SystemGraph, text: str) -> tuple[str, str, Location]:
    """What a text names, the function that runs for it, and where it stands."""
    identifier = system.find(text)
    name = name_of(identifier)
    if kind_of(identifier) is NodeKind.ENTRY:
        entry = next(e for e in system.facts.entry_points if f"{e.kind.value}:{e.name}" == name)
        return identifier, entry.function, entry.location
    if kind_of(identifier) is NodeKind.FUNCTION:
        known = system.functions.get(name)
        return identifier, name, Location("-", 0) if known is None else known.location
    raise UsageError(f"{identifier} does not run", remedy='trace a route ("GET /path"), a function or an entry point')


def _tree(way: RequestPath) -> RequestTree:
    middleware = [Root("middleware", step) for step in way.middleware]
    title = f"{way.route.method} {way.route.path}"
    return RequestTree(title, way.route.location, [*middleware, *(Root("handler", step) for step in way.handler)])
