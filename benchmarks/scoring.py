"""Precision and recall of the analyzer's facts against recorded truths.

A truth is a folder of JSON files recorded from a running application (routes, tables, imports, traced calls and
statements); the prediction has the shape that ``strangler graph --format facts`` writes. What a recording cannot know
counts for nobody: paths are compared without parameter names and trailing slash, HEAD and OPTIONS are left out,
comprehensions and lambdas count for the function around them. Recordings are silent on what did not run, so precision
of calls, requests and functions is a lower bound.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PLACEHOLDER = re.compile(r"\{[^}]*\}|<[^>]*>")
_ANONYMOUS = re.compile(r"(\.<locals>)?\.?<(listcomp|dictcomp|setcomp|genexpr|lambda)>.*$")
_FORMAT_SUFFIX = re.compile(r"\.\{\}$|\{\}\.\{\}")
_UNSCORED = frozenset({"HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Score:
    """How a set of predictions meets a set of truths."""

    right: int
    predicted: int
    true: int
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def precision(self) -> float:
        """Share of the predictions that are true."""
        return self.right / self.predicted if self.predicted else float(not self.true)

    @property
    def recall(self) -> float:
        """Share of the truth that was predicted."""
        return self.right / self.true if self.true else 1.0


def score(truth: Path, prediction: dict[str, Any]) -> dict[str, Score]:
    """All scores the truth folder allows, by name."""
    scores: dict[str, Score] = {}
    if (routes := _read(truth, "routes")) is not None:
        scores |= _routes(routes["routes"], prediction["routes"])
    if (tables := _read(truth, "tables")) is not None:
        scores |= _tables(tables["tables"], prediction["tables"])
    if (imports := _read(truth, "imports_runtime")) is not None and imports["static"]:
        loaded = set(imports["modules_loaded"])
        scores["imports"] = _compare(
            ((a, b) for a, b in prediction["imports"] if a in loaded),
            ((a, b) for a, b in imports["static"] if a != b),
        )
    if (trace := _read(truth, "trace")) is not None:
        own = {_path(route["path"]) for route in (routes or {"routes": ()})["routes"]}
        scores |= _calls(trace, prediction["calls"])
        scores |= _requests(trace, own, prediction["requests"])
        scores |= _function_tables(trace, prediction["function_tables"])
    return scores


def _read(truth: Path, name: str) -> dict[str, Any] | None:
    path = truth / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _compare(predicted: Iterable[Hashable], true: Iterable[Hashable]) -> Score:
    ours, theirs = set(predicted), set(true)
    missing, extra = sorted(map(str, theirs - ours)), sorted(map(str, ours - theirs))
    return Score(len(ours & theirs), len(ours), len(theirs), tuple(missing), tuple(extra))


def _path(path: str) -> str:
    return re.sub(r"/{2,}", "/", "/" + _PLACEHOLDER.sub("{}", path).strip("/"))


def _function(name: str) -> str:
    module, _, qualname = name.partition(":")
    return f"{module}:{_ANONYMOUS.sub('', qualname) or '<module>'}"


def _methods(route: dict[str, Any]) -> set[str]:
    return {method.upper() for method in route.get("methods") or ()} - _UNSCORED


def _routes(recorded: list[dict[str, Any]], predicted: list[dict[str, Any]]) -> dict[str, Score]:
    true = [route for route in recorded if not route.get("format_suffix")]
    paths = {_path(route["path"]) for route in true}
    ours = [r for r in predicted if _path(r["path"]) in paths or not _FORMAT_SUFFIX.search(_path(r["path"]))]
    undecided = paths - {_path(route["path"]) for route in true if route["methods"]}
    pairs = {(_path(route["path"]), method) for route in ours for method in _methods(route)}
    return {
        "routes.path": _compare((_path(route["path"]) for route in ours), paths),
        "routes.method": _compare(
            (pair for pair in pairs if pair[0] not in undecided),
            ((_path(route["path"]), method) for route in true for method in _methods(route)),
        ),
        "routes.handler": _handlers(true, ours),
    }


def _handler_names(route: dict[str, Any]) -> list[str]:
    methods: dict[str, str] = route.get("handler_methods") or {}
    return [route["handler"], *methods.values()]


def _handlers(true: list[dict[str, Any]], ours: list[dict[str, Any]]) -> Score:
    """A class and one of its methods name the same handler."""
    accepted = [(_path(r["path"]), set(map(_function, _handler_names(r)))) for r in true]
    predicted = {(_path(route["path"]), _function(route["handler"])) for route in ours if route.get("handler")}

    def agrees(handler: str, names: set[str]) -> bool:
        return any(
            handler == name or handler.startswith(f"{name}.") or name.startswith(f"{handler}.") for name in names
        )

    right = sum(any(p == path and agrees(h, names) for path, names in accepted) for p, h in predicted)
    found = sum(any(p == path and agrees(h, names) for p, h in predicted) for path, names in accepted)
    missing = [
        f"{path} {min(names)}"
        for path, names in accepted
        if not any(p == path and agrees(h, names) for p, h in predicted)
    ]
    # One right prediction may answer several recordings: recall and precision count on their own sides.
    share = right / len(predicted) if predicted else 0.0
    return Score(found, round(found / share) if share else len(predicted), len(accepted), tuple(sorted(missing)))


def _tables(recorded: list[dict[str, Any]], predicted: list[dict[str, Any]]) -> dict[str, Score]:
    def names(tables: list[dict[str, Any]]) -> Iterable[str]:
        return (table["table"].lower() for table in tables)

    def models(tables: list[dict[str, Any]]) -> Iterable[tuple[str, str]]:
        return ((table["table"].lower(), table["model"]) for table in tables if table.get("model"))

    def columns(tables: list[dict[str, Any]]) -> Iterable[tuple[str, str]]:
        return ((table["table"].lower(), column.lower()) for table in tables for column in table.get("columns") or ())

    def keys(tables: list[dict[str, Any]]) -> Iterable[tuple[str, str, str]]:
        return (
            (table["table"].lower(), key["column"].lower(), key["ref_table"].lower())
            for table in tables
            for key in table.get("foreign_keys") or ()
            if "ref_table" in key
        )

    parts = {"name": names, "model": models, "columns": columns, "foreign_keys": keys}
    return {f"tables.{kind}": _compare(part(predicted), part(recorded)) for kind, part in parts.items()}


def _calls(trace: dict[str, Any], predicted: list[list[str]]) -> dict[str, Score]:
    nodes = trace["nodes"]

    def edges(kind: str) -> set[tuple[str, str]]:
        found = {(nodes[a], nodes[b]) for a, b in trace[kind]}
        return {edge for edge in found if "<module>" not in edge[0] + edge[1]} if kind != "calls_direct" else found

    direct, through = edges("calls_named"), edges("calls_via_library")
    observed = direct | through | edges("calls_direct")
    ran = {nodes[index] for index in trace["functions_executed"]}
    ours = {(_function(a), _function(b)) for a, b in predicted}
    judged = {edge for edge in ours if edge[0] in ran}
    scores: dict[str, Score] = {}
    for name, true in (("calls.adjacent", direct), ("calls.through_library", through)):
        scores[name] = Score(len(ours & true), len(judged), len(true))
    scores["calls.executed_callers"] = Score(len(judged & observed), len(judged), len(observed))
    return scores


def _requests(trace: dict[str, Any], own: set[str], predicted: list[dict[str, Any]]) -> dict[str, Score]:
    scores: dict[str, Score] = {}
    for kind in ("reads", "writes"):
        ours: dict[tuple[str, str], set[str]] = {}
        for request in predicted:
            key = (_path(request["path"]), request["method"].upper())
            ours.setdefault(key, set()).update(table.lower() for table in request.get(kind) or ())
        handled: dict[tuple[str, str], set[str]] = {}
        touched: dict[tuple[str, str], set[str]] = {}
        for request in trace["requests"]:
            key = (_path(request["path"]), request["method"])
            if (
                key[0] in own
                and request["method"] not in _UNSCORED
                and any(status < 400 for status in request["statuses"])
            ):
                handled.setdefault(key, set()).update(map(str.lower, request[f"handler_{kind}"]))
                touched.setdefault(key, set()).update(map(str.lower, request[kind]))
        found = sum(len(tables & ours.get(key, set())) for key, tables in handled.items())
        true = sum(map(len, handled.values()))
        given = sum(len(ours.get(key, set())) for key in handled)
        right = sum(len(ours.get(key, set()) & tables) for key, tables in touched.items())
        scores[f"requests.{kind}.recall"] = Score(found, found, true)
        scores[f"requests.{kind}.precision"] = Score(right, given, right)
    return scores


def _function_tables(trace: dict[str, Any], predicted: dict[str, dict[str, list[str]]]) -> dict[str, Score]:
    ran = {trace["nodes"][index] for index in trace["functions_executed"]} | set(trace["function_tables"])
    scores: dict[str, Score] = {}
    for kind in ("reads", "writes"):
        true = {(name, table.lower()) for name, used in trace["function_tables"].items() for table in used[kind]}
        ours = {(_function(name), table.lower()) for name, used in predicted.items() for table in used.get(kind) or ()}
        scores[f"functions.{kind}"] = _compare((pair for pair in ours if pair[0] in ran), true)
    return scores
