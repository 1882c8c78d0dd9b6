"""``strangler dependencies services``: which service needs which, according to the design documents."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.design_documents import project_library
from strangler.cli.project_options import Config
from strangler.cli.render.service_tree import ServiceTree
from strangler.contracts.dependencies.call_graph import CallGraph, Request
from strangler.contracts.dependencies.diagrams import dot, mermaid
from strangler.contracts.dependencies.service_uses import Party, ServiceUse, ServiceUses, UseKind, parties_of
from strangler.model.errors import UsageError
from strangler.model.json_value import JsonObject
from strangler.model.printable import printable_parts
from strangler.project_reader import load_project


class TreeFormat(StrEnum):
    """The formats that the services are shown in."""

    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"


def services(
    context: typer.Context,
    service: Annotated[
        str | None, typer.Argument(metavar="[SERVICE]", help="Show only what this one needs. [default: all services]")
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="Show who needs it, instead of what it needs.")] = False,
    format_: Annotated[
        TreeFormat, typer.Option("--format", help="A tree, or the source of a diagram.")
    ] = TreeFormat.TEXT,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Show which service calls whom and follows whose events, how deep calls go, and the targets on the way."""
    if json and format_ is not TreeFormat.TEXT:
        raise UsageError(f"--json and --format {format_} are two formats", remedy="leave one of them out")
    library = project_library(load_project(config), (service,) if service else ())
    found, graph = ServiceUses.of(library), CallGraph.of(library)
    asked = found.parties[library.document(service).namespace] if service else None
    uses = found.uses if asked is None else found.around(asked, reverse=reverse)
    parties = parties_of(uses, found.parties.values() if asked is None else (asked,))
    console = console_of(context)
    if json:
        console.json(
            {
                "services": [_party(party, found, graph) for party in parties],
                "circles": [[_request(item, found, graph) for item in circle] for circle in graph.ways],
            }
        )
        return
    match format_:
        case TreeFormat.MERMAID:
            console.result(mermaid(parties, uses).rstrip())
        case TreeFormat.DOT:
            console.result(dot(parties, uses).rstrip())
        case TreeFormat.TEXT:
            first = _first(found, reverse=reverse) if asked is None else (asked,)
            tree = ServiceTree(printable_parts(found), graph, printable_parts(first), reverse)
            console.terminal.print(tree, soft_wrap=True)


def _first(found: ServiceUses, *, reverse: bool) -> Sequence[Party]:
    """The roots of the trees: parties that nobody calls, then for each remaining circle the first party found in it."""
    calls = [use for use in found.uses if use.kind is UseKind.CALLS]
    below = {use.user if reverse else use.used for use in calls}
    first = [party for party in found.parties.values() if party not in below]
    shown = set(parties_of((use for party in first for use in _called(found, party, reverse=reverse)), first))
    for party in found.parties.values():
        if party not in shown:
            first.append(party)
            shown |= set(parties_of(_called(found, party, reverse=reverse), (party,)))
    return first


def _called(found: ServiceUses, party: Party, *, reverse: bool) -> Sequence[ServiceUse]:
    return [use for use in found.around(party, reverse=reverse) if use.kind is UseKind.CALLS]


def _party(party: Party, found: ServiceUses, graph: CallGraph) -> JsonObject:
    chain = graph.deepest(party.namespace)
    endless = any(graph.depth(item) is None for item in graph.operations if item.namespace == party.namespace)
    return {
        "name": party.name,
        "namespace": party.namespace,
        "document": party.file,
        "calls": _others(found.of_user(party), UseKind.CALLS, "operations", back=False),
        "follows": _others(found.of_user(party), UseKind.FOLLOWS, "events", back=False),
        "called_by": _others(found.of_used(party), UseKind.CALLS, "operations", back=True),
        "followed_by": _others(found.of_used(party), UseKind.FOLLOWS, "events", back=True),
        "depth": None if endless else max(len(chain) - 1, 0),
        "chain": [_request(item, found, graph) for item in chain[: len(chain) if len(chain) > 1 else 0]],
        "waits_ms": graph.wait(chain[0]) if len(chain) > 1 else 0,
    }


def _others(uses: Sequence[ServiceUse], kind: UseKind, key: str, *, back: bool) -> list[JsonObject]:
    return [
        {"name": other.name, "namespace": other.namespace, key: list(use.names)}
        for use in uses
        if use.kind is kind
        for other in (use.user if back else use.used,)
    ]


def _request(request: Request, found: ServiceUses, graph: CallGraph) -> JsonObject:
    party, operation = found.parties.get(request.namespace), graph.operations.get(request)
    return {
        "name": party.name if party else request.namespace,
        "namespace": request.namespace,
        "operation": request.name,
        "p99_ms": operation.p99 if operation else None,
    }
