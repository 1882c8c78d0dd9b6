"""Reads what a document uses of others, and which of it each operation calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from strangler.contracts.document import Method, Used
from strangler.contracts.namespace import NAMESPACE_SHAPE, is_namespace
from strangler.contracts.operation_path import is_path
from strangler.contracts.repetition import report_repeated
from strangler.model.location import Location
from strangler.model.template import anonymous
from strangler.toml_section import Section

_EVENTS = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def read_uses(section: Section, own: str) -> tuple[tuple[Used, ...], tuple[Used, ...]]:
    """Read the operations and events of others that a document with the namespace `own` uses."""
    calls: list[Used] = []
    follows: list[Used] = []
    for namespace, part in section.sections().items():
        _report_namespace(section, namespace)
        if namespace == own:
            section.report(namespace, "this is the document's own namespace", "uses are of other services")
        if not any(part.values.values()):
            section.report(namespace, f"nothing is used of {namespace}", "name operations or events of it")
        operations, events = _used(part, "operations", namespace), _used(part, "events", namespace)
        for item, path in operations:
            _report_request(part, item, path)
        for item, path in events:
            if not _EVENTS.fullmatch(item.name):
                part.document.report(path, f"{item.name} is no name of events", "name their union, as in product_event")
        calls += (item for item, _ in operations)
        follows += (item for item, _ in events)
        part.close()
    return tuple(calls), tuple(follows)


def read_calls(section: Section, used: Sequence[Used]) -> tuple[Used, ...] | None:
    """Read which operations of what its document has `used` an operation calls; None if it does not say."""
    if "calls" not in section.values:
        return None
    part = section.section("calls")
    known = {(item.namespace, anonymous(item.name)) for item in used}
    found: list[Used] = []
    for namespace in part.values:
        names = [item.name for item in used if item.namespace == namespace]
        entries = _used(part, namespace, namespace)
        if not names:
            near = _near(namespace, (item.namespace for item in used))
            part.report(namespace, f"the document uses no operations of {namespace}", near or "add them to its uses")
        for item, path in entries:
            if names and (namespace, anonymous(item.name)) not in known:
                what = f"{item.name} of {namespace} is not among what the document uses"
                part.document.report(path, what, _near(item.name, names) or "add it to the document's uses")
        found += (item for item, _ in entries)
    return tuple(found)


def _used(section: Section, key: str, namespace: str) -> list[tuple[Used, tuple[str | int, ...]]]:
    """The names in a list, each with its location; repetitions are reported."""
    found: list[tuple[Used, tuple[str | int, ...]]] = []
    for index, name in enumerate(section.texts(key)):
        path = (*section.path, key, index)
        place = Location(section.document.file, section.document.position(path).line)
        found.append((Used(namespace, name, place), path))
    what = "events" if key == "events" else "operation"
    report_repeated(section.document, ((path, anonymous(item.name)) for item, path in found), what)
    return found


def _report_namespace(section: Section, namespace: str) -> None:
    if not is_namespace(namespace):
        section.report(namespace, f"the namespace {namespace} must be {NAMESPACE_SHAPE}")


def _report_request(section: Section, item: Used, path: tuple[str | int, ...]) -> None:
    method, _, rest = item.name.partition(" ")
    if method in tuple(Method) and rest and is_path(rest):
        return
    near = _near(method, tuple(Method)) if method not in tuple(Method) else None
    what = f"{item.name} is no operation: write a method and a path, as in GET /reviews/{{id}}"
    section.document.report(path, what, near)


def _near(name: str, known: Iterable[str]) -> str | None:
    near = get_close_matches(name, [*dict.fromkeys(known)], n=1)
    return f"did you mean {near[0]}?" if near else None
