"""The path of a request as plain records, for programs that read JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from strangler.model.location import Location
from strangler_analyzers.graph.request_path import AccessStep, CallStep, OutsideStep, RequestPath, Step, Transaction
from strangler_analyzers.graph.system_graph import SystemGraph

Value: TypeAlias = "str | int | bool | Mapping[str, Value] | Sequence[Value] | None"
Record: TypeAlias = "dict[str, Value]"


def request_record(way: RequestPath, graph: SystemGraph) -> Record:
    """A request: its route, its steps, and the tables the whole request touches."""
    use = graph.route_tables(way.route, middleware=True)
    return {
        "method": way.route.method,
        "path": way.route.path,
        "handler": way.route.handler,
        "framework": way.route.framework,
        "location": _place(way.route.location),
        "reads": use.reads,
        "writes": use.writes,
        "later_reads": use.later_reads,
        "later_writes": use.later_writes,
        "middleware": [step_record(step) for step in way.middleware],
        "handler_steps": [step_record(step) for step in way.handler],
        "helper_steps": [step_record(step) for step in way.helpers],
    }


def function_record(identifier: str, location: Location, step: CallStep) -> Record:
    """A function's path without a request: the requested id, its location, and its steps."""
    return {"id": identifier, "location": _place(location), "steps": [step_record(step)]}


def step_record(step: Step) -> Record:
    """A step; its ``step`` is ``call``, ``access`` or ``outside``, places are objects of ``file`` and ``line``."""
    record: Record = {"step": _NAMES[type(step)], "location": _place(step.location), "column": step.column}
    match step:
        case CallStep():
            record |= {
                "function": step.function,
                "context": step.context,
                "kind": step.kind,
                "confidence": step.confidence,
                "continuation": step.continuation,
                "elsewhere": _place(step.elsewhere),
            }
        case AccessStep():
            record |= {
                "table": step.table,
                "mode": step.mode,
                "operation": step.operation,
                "confidence": step.confidence,
            }
        case OutsideStep():
            record |= {"kind": step.kind, "name": step.name, "operation": step.operation}
    record |= {"in_loop": step.in_loop, "transaction": _transaction(step.transaction)}
    if isinstance(step, CallStep):
        record["steps"] = [step_record(inner) for inner in step.steps]
    return record


_NAMES: Mapping[type[Step], str] = {CallStep: "call", AccessStep: "access", OutsideStep: "outside"}


def _transaction(transaction: Transaction | None) -> Record | None:
    if transaction is None:
        return None
    return {
        "begin": _place(transaction.begin),
        "inherited": transaction.inherited,
        "savepoint": _place(transaction.savepoint),
    }


def _place(location: Location | None) -> Record | None:
    return None if location is None else {"file": location.file, "line": location.line}
