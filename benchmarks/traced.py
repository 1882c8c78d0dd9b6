"""Turns what `record_trace` wrote of an application into the truth that `benchmarks.accuracy` scores.

    python -m benchmarks.traced FOLDER WHEEL==VERSION PACKAGE

Reads what that wrote to FOLDER, and writes ``trace.json`` and ``meta.json`` there: statements become tables, paths the
templates of the routes. Requests that no route of the application answers are left out.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from strangler.model.system import AccessMode
from strangler_analyzers.frameworks.sql.statements import looks_like_sql, read_sql

_DIALECTS = ("postgres", "sqlite")
_PLACEHOLDER = re.compile(r"\\\{[^{}]*\\\}")


def main(arguments: list[str]) -> int:
    """Convert one recording; 0."""
    folder, requirement, package = Path(arguments[0]), arguments[1], arguments[2]
    routes: list[dict[str, Any]] = json.loads((folder / "routes.json").read_text(encoding="utf-8"))["routes"]
    tables: list[dict[str, Any]] = json.loads((folder / "tables.json").read_text(encoding="utf-8"))["tables"]
    raws = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("raw_trace-*.json"))]
    trace = _trace(raws, routes, {table["table"].lower() for table in tables})
    (folder / "trace.json").write_text(json.dumps(trace, indent=1), encoding="utf-8")
    place = "" if "," in package else f"site-packages/{package}"
    meta = {"pypi": requirement, "package_folder": place, "py_lines": 0}
    (folder / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")
    answered = [request for request in trace["requests"] if any(status < 400 for status in request["statuses"])]
    kinds = {f"{request['method']} {request['path']}" for request in answered}
    print(f"{len(trace['nodes'])} functions, {len(trace['requests'])} requests, {len(kinds)} routes answered well")
    return 0


def _trace(raws: list[dict[str, Any]], routes: list[dict[str, Any]], own: set[str]) -> dict[str, Any]:
    edges = {kind: {tuple(edge) for raw in raws for edge in raw[kind]} for kind in ("direct", "named", "through")}
    ran = {name for raw in raws for name in raw["ran"]}
    nodes = sorted(ran.union(*(edge for found in edges.values() for edge in found)))
    number = {name: place for place, name in enumerate(nodes)}
    by_function: defaultdict[str, dict[str, set[str]]] = defaultdict(lambda: {"reads": set(), "writes": set()})
    for function, text in sorted({tuple(pair) for raw in raws for pair in raw["statements"]}):
        for kind, touched in _tables(text, own).items():
            by_function[function][kind] |= touched
    return {
        "nodes": nodes,
        "calls_direct": _numbered(edges["direct"], number),
        "calls_named": _numbered(edges["named"], number),
        "calls_via_library": _numbered(edges["through"], number),
        "functions_executed": sorted(number[name] for name in ran),
        "function_tables": {name: _sorted(used) for name, used in sorted(by_function.items())},
        "requests": _requests(raws, routes, own),
    }


def _numbered(edges: set[tuple[str, ...]], number: dict[str, int]) -> list[list[int]]:
    return sorted([number[name] for name in edge] for edge in edges)


def _sorted(used: dict[str, set[str]]) -> dict[str, list[str]]:
    return {kind: sorted(tables) for kind, tables in used.items()}


@cache
def _accesses(text: str) -> frozenset[tuple[str, AccessMode]]:
    read = read_sql(text, _DIALECTS) if looks_like_sql(text) else None
    return frozenset() if read is None else frozenset((table.lower(), mode) for table, mode, _ in read.accesses)


def _tables(text: str, own: set[str]) -> dict[str, set[str]]:
    touched: dict[str, set[str]] = {"reads": set(), "writes": set()}
    for table, mode in _accesses(text):
        name = table.rpartition(".")[2]
        if name in own:
            touched["reads" if mode is AccessMode.READ else "writes"].add(name)
    return touched


def _requests(raws: list[dict[str, Any]], routes: list[dict[str, Any]], own: set[str]) -> list[dict[str, Any]]:
    patterns = [(_pattern(route["path"]), route) for route in routes]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for request in (request for raw in raws for request in raw["requests"]):
        route = _route(patterns, request)
        if route is None:
            continue
        told = found.setdefault(
            (request["method"], route["path"]),
            {"statuses": set(), "reads": set(), "writes": set(), "handler_reads": set(), "handler_writes": set()},
        )
        told["statuses"].add(request["status"])
        for phase, before in (("view", "handler_"), ("around", "")):
            for text in request[phase]:
                for kind, touched in _tables(text, own).items():
                    told[kind] |= touched
                    if before:
                        told[before + kind] |= touched
    return [
        {"method": method, "path": path, "handler": "", **{kind: sorted(values) for kind, values in told.items()}}
        for (method, path), told in sorted(found.items())
    ]


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("/?" + _PLACEHOLDER.sub("(.+?)", re.escape(template.strip("/"))) + "/?")


def _route(patterns: list[tuple[re.Pattern[str], dict[str, Any]]], request: dict[str, Any]) -> dict[str, Any] | None:
    """The route of a request: of those that match one with its handler, then the one with the least left open."""
    fitting = [route for pattern, route in patterns if pattern.fullmatch(request["path"])]
    named = [route for route in fitting if route["handler"] == request["handler"]]
    if not named:
        return None
    return min(named, key=lambda route: (route["path"].count("{"), -len(route["path"])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
