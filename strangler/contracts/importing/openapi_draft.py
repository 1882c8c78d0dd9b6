"""Drafts a document from an OpenAPI description, and notes what a document cannot express for people to decide."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias

from strangler.contracts.document import HEALTH_PATH, Method
from strangler.contracts.draft_names import parameter_path
from strangler.contracts.extraction import HEALTH, HEALTH_RESOURCE, usual_namespace
from strangler.contracts.importing.imported_field import Imported, decide, field_line, quoted
from strangler.contracts.importing.imported_types import ImportedTypes
from strangler.contracts.importing.openapi_source import OpenApi, Part, part, text
from strangler.contracts.operation_path import is_path
from strangler.contracts.type_reference import BuiltIn, innermost, parse_type
from strangler.model.quantity import quantity
from strangler.model.template import anonymous

_JSON_TYPE = re.compile(r"application/(?:[\w.+-]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_VERSION = re.compile(r"[0-9]{1,9}[.][0-9]+[.][0-9]+")
_STATUS = re.compile(r"[1-5][0-9][0-9]|default")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
IsWanted: TypeAlias = Callable[[str, str], bool]
"""Whether an operation, given by method and path template, is imported."""


@dataclass(frozen=True, slots=True)
class ImportedDraft:
    """The text of a document, and how many operations it has, could not import, and was not asked to."""

    text: str
    operations: int
    left_out: int
    unwanted: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response, and its line in the document."""

    status: str
    type: str
    line: str


@dataclass
class _Import:
    """Imports the operations, grouped by resource."""

    source: OpenApi
    types: ImportedTypes
    is_wanted: IsWanted
    unwanted: int = 0
    resources: dict[str, list[list[str]]] = field(default_factory=dict[str, list[list[str]]])
    left_out: list[str] = field(default_factory=list[str])
    seen: set[str] = field(default_factory=set[str])

    def read(self) -> None:
        for method, path, operation, parameters in self.source.operations():
            template, _ = parameter_path(path)
            request = f"{method} {anonymous(template)}"
            if not self.is_wanted(method, path):
                self.unwanted += 1
            elif method not in set(Method) or not is_path(template):
                self.left_out.append(f"{method} {path}, which cannot be said here")
            elif request in self.seen:
                self.left_out.append(f"{method} {path}, which is there already")
            else:
                self.seen.add(request)
                self._take(method, path, operation, parameters)

    def _take(self, method: str, path: str, operation: Part, parameters: tuple[Part, ...]) -> None:
        template, names = parameter_path(path)
        hint = "_".join([method.lower(), *re.findall(r"[A-Za-z0-9]+", template)])
        fields, lost = self._parameters(path, names, parameters, hint)
        body, more = self._body(operation, hint)
        answers = [*self._responses(operation, hint)]
        about = text(operation, "description") or text(operation, "summary")
        lost += [*more, *([] if about else ["description"]), *(["callbacks"] if operation.get("callbacks") else [])]
        lines = [f"        {{{decide(lost)}", f'          method: "{method}", path: {quoted(template)},']
        if about:
            lines.append(f"          description: {quoted(about)},")
        if operation.get("deprecated") is True:
            lines.append('          deprecation: "deprecated",')
        if fields:
            lines += ["          parameters: [", *(f"            {item}" for item in fields), "          ],"]
        if body is not None:
            lines.append(f"          body: {{ type: {quoted(body)} }},")
        lines += [
            "          responses: {",
            *(f"            {item.line}" for item in answers),
            "          },",
            "        },",
        ]
        subjects = [item.type for item in answers if item.status.startswith("2")] + ([body] if body else [])
        named = [inner.name for type_ in subjects if (inner := innermost(parse_type(type_))).built_in is None]
        self.resources.setdefault(next(iter(named), BuiltIn.JSON), []).append(lines)

    def _parameters(
        self, path: str, names: tuple[str, ...], given: tuple[Part, ...], hint: str
    ) -> tuple[list[str], list[str]]:
        """The lines of all parameters, and notes on what they cannot express; path parameters are always included."""
        lines: list[str] = []
        lost: list[str] = []
        placed = {(str(item.get("name")), str(item.get("in"))): item for item in given}
        for name, written in zip(names, _PLACEHOLDER.findall(path), strict=True):
            item = placed.get((written.partition(":")[0], "path"))
            found = Imported(BuiltIn.STRING, {}, notes=("type",)) if item is None else self._parameter(item, name, hint)
            lines.append(field_line(name, written.partition(":")[0], _always(found), is_sure=True))
        taken = set(names)
        for (name, place), item in placed.items():
            if place == "path":
                continue
            found = self._parameter(item, name, hint)
            key = name.lower() if place == "header" else name
            inner = innermost(parse_type(found.type))
            is_one = inner.built_in not in {BuiltIn.JSON, BuiltIn.OBJECT, BuiltIn.UNIT}
            if place not in {"query", "header"} or not _NAME.fullmatch(name) or key in taken or not is_one:
                lost.append(f"the {place} parameter {name} is left out")
                continue
            taken.add(key)
            more = 'location: "header"' if place == "header" else ""
            lines.append(field_line(name, name, found, is_sure=item.get("required") is True, more=more))
        return lines, lost

    def _parameter(self, item: Part, name: str, hint: str) -> Imported:
        found = self.types.of(item.get("schema", {}), f"{hint}_{name}")
        about = {key: item[key] for key in ("description", "deprecated") if key in item}
        return Imported(found.type, {**found.schema, **about}, found.nullable, found.values, found.notes)

    def _body(self, operation: Part, hint: str) -> tuple[str | None, list[str]]:
        """The type of the body, None if a document can express none, and notes on what is left to decide."""
        body = self.source.resolved(operation.get("requestBody"))
        schema, others = _content(body)
        lost = [f"a body of {', '.join(others)}"] if others else []
        if schema is None:
            return None, lost
        found = self.types.of(schema, f"{hint}_body")
        is_sure = body.get("required") is True
        return found.type, [*lost, *found.notes, *([] if is_sure else ["a body may be missing"])]

    def _responses(self, operation: Part, hint: str) -> Iterator[_Answer]:
        for status, value in part(operation, "responses").items():
            if not _STATUS.fullmatch(status):
                left = f"// decide: {' '.join(status.split())} is left out: which statuses are these?"
                yield _Answer("", BuiltIn.UNIT, left)
                continue
            response = self.source.resolved(value)
            schema, others = _content(response)
            found = Imported(BuiltIn.UNIT, {}) if schema is None else self.types.of(schema, f"{hint}_{status}")
            notes = [*found.notes, *([f"a body of {', '.join(others)}"] if others else [])]
            about = text(response, "description")
            said = f", description: {quoted(about)}" if about else ""
            line = f"{quoted(status)}: {{ type: {quoted(found.type)}{said} }},{decide(notes)}"
            yield _Answer(status, found.type, line)


def _content(of: Part) -> tuple[object | None, list[str]]:
    """The schema of a JSON body, None if there is none, and the other media types."""
    content = part(of, "content")
    kinds = [kind for kind in content if _JSON_TYPE.fullmatch(kind)]
    others = [kind for kind in content if kind not in kinds]
    return (part(content, kinds[0]).get("schema", {}) if kinds else None), others


def _always(found: Imported) -> Imported:
    """The type for a path parameter, which is always present: without a default, and not nullable."""
    schema = {key: value for key, value in found.schema.items() if key != "default"}
    return Imported(found.type, schema, values=found.values, notes=found.notes)


def openapi_draft(service: str, namespace: str | None, source: OpenApi, is_wanted: IsWanted) -> ImportedDraft:
    """Draft the document of the wanted operations and the types that they use.

    The text names what OpenAPI does not have, such as events, and what a document does not. Without `namespace`, the
    conventional one with the version of the source is used.
    """
    types = ImportedTypes(source)
    found = _Import(source, types, is_wanted)
    found.read()
    has_health = f"GET {HEALTH_PATH}" in found.seen
    declared = [*types.lines()]
    if not has_health:
        at = declared.index("  models: {") + 1
        declared[at:at] = HEALTH.rstrip("\n").splitlines()
    resources = [] if has_health else HEALTH_RESOURCE.rstrip("\n").splitlines()
    for name, lines in found.resources.items():
        resources += [f"    {name}: {{ // decide: which of these are about something else", "      operations: ["]
        resources += [*chain(*lines), "      ],", "    },"]
    info = part(source.root, "info")
    version = text(info, "version") if _VERSION.fullmatch(text(info, "version")) else "0.1.0"
    usual = f"{usual_namespace(service).rpartition('.')[0]}.v{int(version.partition('.')[0])}"
    others = [f"{quantity(found.unwanted, 'operation')} that [[routes]] leaves to others"] if found.unwanted else []
    text_ = [
        f"// Drafted from a document of OpenAPI by: strangler design import {service}",
        "// What it does not say is marked: decide. Then ask: strangler design lint",
        *(f"// not taken over: {' '.join(item.split())}" for item in (*others, *found.left_out, *_not_here(source))),
        "{",
        f"  name: {quoted(service)},",
        f"  namespace: {quoted(namespace or usual)},",
        f"  version: {quoted(version)},",
        *([f"  description: {quoted(about)},"] if (about := text(info, "description")) else []),
        *declared,
        "  resources: {",
        *resources,
        "  },",
        "  events: {}, // decide: strangler design extract drafts those of the tables",
        "}",
        "",
    ]
    operations = sum(map(len, found.resources.values()))
    return ImportedDraft("\n".join(text_), operations, len(found.left_out), found.unwanted)


def _not_here(source: OpenApi) -> Iterator[str]:
    """What the source has that documents do not."""
    security = [*part(part(source.root, "components"), "securitySchemes")]
    if security:
        yield f"who may ask ({', '.join(security)}), which the service decides"
    if source.root.get("webhooks"):
        yield "webhooks, which are events here"
