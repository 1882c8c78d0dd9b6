"""Rules about what services use of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from strangler.contracts.dependencies.call_graph import CallGraph, Request, first_of_each
from strangler.contracts.document import Document, Used
from strangler.contracts.latency import latency_text
from strangler.contracts.library import Library
from strangler.contracts.lint.finding import Company, Finding
from strangler.contracts.type_reference import NamedType
from strangler.model.design import DesignRule
from strangler.model.template import anonymous


def check_uses(document: Document, company: Company) -> Iterator[Finding]:
    """What a document uses exists in the other document and is not deprecated."""
    others = {item.namespace: item for item in company.library}
    for used in (*document.calls, *document.follows):
        other = others.get(used.namespace)
        if other is None:
            near = get_close_matches(used.namespace, [name for name in others if name != document.namespace], n=1)
            what = f"no document has the namespace {used.namespace}, of which {document.name} uses {used.name}"
            remedy = f"did you mean {near[0]}?" if near else "name it as design of a service, or import it"
            yield _finding(DesignRule.UNKNOWN_USE, used, what, remedy)
            continue
        known = _operations(other) if used in document.calls else _events(other, company.library)
        key = anonymous(used.name)
        if key not in known:
            near = get_close_matches(used.name, [name for name, _ in known.values()], n=1)
            what = f"{other.name} has no {used.name}, which {document.name} uses"
            remedy = f"did you mean {near[0]}?" if near else f"add it to {other.file}, or do without"
            yield _finding(DesignRule.UNKNOWN_USE, used, what, remedy)
        elif (deprecation := known[key][1]) is not None:
            what = f"{document.name} uses {used.name} of {other.name}, which is deprecated"
            yield _finding(DesignRule.DEPRECATED_USE, used, what, f"{other.name} says: {deprecation or 'no reason'}")


def check_circles(company: Company) -> Iterator[Finding]:
    """No operation waits for itself; reported once in each document of the circle."""
    graph, names = CallGraph.of(company.library), _names(company.library)
    for circle in graph.circles:
        for first in first_of_each(circle):
            way = graph.circle(first)
            silent = [item for item in way if graph.operations[item].calls is None]
            remedy = "let one of them follow the events of the other"
            if silent:
                said = ", ".join(f"{item.name} ({names[item.namespace]})" for item in silent)
                remedy += f", or say what is called: {said} may call all that their documents use"
            yield Finding(
                graph.operations[first].place,
                DesignRule.CALL_CIRCLE,
                first.name,
                f"{first.name} waits for itself: {_chain((*way, first), graph, names)}",
                remedy,
            )


def check_depths(company: Company) -> Iterator[Finding]:
    """No chain of calls is deeper than the company allows; reported for the deepest chain of each document."""
    most = company.terms.depth
    if most is None:
        return
    graph, names = CallGraph.of(company.library), _names(company.library)
    for document in company.library:
        chain = graph.deepest(document.namespace)
        if len(chain) - 1 > most:
            yield Finding(
                graph.operations[chain[0]].place,
                DesignRule.CALL_DEPTH,
                chain[0].name,
                f"{chain[0].name} waits for {len(chain) - 1} calls behind each other, [targets] depth is {most}:"
                f" {_chain(chain, graph, names)}",
                "follow the events of who is asked, and keep what is needed; or say what each operation calls",
            )


def check_latency(company: Company) -> Iterator[Finding]:
    """The calls of an operation take less time than its own latency target."""
    graph, names = CallGraph.of(company.library), _names(company.library)
    for request, operation in graph.operations.items():
        wait = graph.wait(request)
        if operation.p99 is None or wait < operation.p99:
            continue
        in_turn = operation.calls is not None and not operation.concurrent
        told = (item for item in graph.callees[request] if in_turn or graph.promise(item) >= operation.p99)
        below = _chain(tuple(told), graph, names, ", ")
        what = f"{operation.name} is to answer within {latency_text(operation.p99)}"
        if operation.calls is None:
            what += f", and may call what takes {latency_text(wait)}: {below}"
            remedy = "say what it calls, allow it more time, or have less to wait for"
        else:
            what += f", and waits {latency_text(wait)} for {below}"
            remedy = "allow it more time, or have less to wait for"
            if in_turn and len(operation.calls) > 1:
                remedy += "; concurrent: true where the calls are made at the same time"
        yield Finding(operation.place, DesignRule.LATENCY, operation.name, what, remedy)


def _finding(rule: DesignRule, used: Used, message: str, remedy: str) -> Finding:
    return Finding(used.place, rule, str(used), message, remedy)


def _operations(document: Document) -> Mapping[str, tuple[str, str | None]]:
    """The name and deprecation of each operation, by request."""
    return {item.request: (item.name, item.deprecation) for item in document.operations}


def _events(document: Document, library: Library) -> Mapping[str, tuple[str, str | None]]:
    """The name and deprecation of each union, by name."""
    found: dict[str, tuple[str, str | None]] = {}
    for stream in document.events:
        union = library.union(NamedType(stream.type.name))
        found[stream.type.short] = (stream.type.short, None if union is None else union.deprecation)
    return found


def _names(library: Library) -> Mapping[str, str]:
    return {item.namespace: item.name for item in library}


def _chain(requests: tuple[Request, ...], graph: CallGraph, names: Mapping[str, str], between: str = " -> ") -> str:
    """The chain with known targets: ``GET /orders (orders) -> GET /products/{id} (catalog, 50 ms)``."""
    return between.join(_named(item, graph, names) for item in requests)


def _named(request: Request, graph: CallGraph, names: Mapping[str, str]) -> str:
    operation = graph.operations.get(request)
    target = "" if operation is None or operation.p99 is None else f", {latency_text(operation.p99)}"
    return f"{request.name} ({names.get(request.namespace, request.namespace)}{target})"
