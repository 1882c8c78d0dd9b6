"""Reads resources and their operations."""

from __future__ import annotations

import re
from collections.abc import Sequence

from strangler.contracts.document import Method, Operation, Parameter, ParameterPlace, Resource, Response, Used
from strangler.contracts.field_reader import place_of, read_field
from strangler.contracts.latency import parse_latency
from strangler.contracts.operation_path import is_path
from strangler.contracts.repetition import report_repeated
from strangler.contracts.type_names import TypeNames
from strangler.contracts.type_reference import NamedType, Type, parse_type
from strangler.contracts.uses_reader import read_calls
from strangler.toml_section import Section

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_STATUS = re.compile(r"[1-5][0-9][0-9]|default")


def read_resource(name: str, section: Section, types: TypeNames, used: Sequence[Used]) -> Resource:
    """Read the operations on the type `name`; they may only call what the document has `used`."""
    type_ = _type_of(name, section, types)
    path = _path(section)
    resource = Resource(
        type=type_,
        place=place_of(section),
        description=section.text("description") or "",
        operations=tuple(_operation(item, path, types, used) for item in section.section_list("operations")),
    )
    section.close()
    return resource


def _type_of(name: str, section: Section, types: TypeNames) -> NamedType:
    parent = Section(section.document, section.path[:-1], {})
    try:
        type_ = parse_type(name)
    except ValueError:
        type_ = None
    if not isinstance(type_, NamedType):
        section.document.report(section.path, f"a resource is called like its type, not {name}")
        return NamedType(name)
    resolved = types.resolved(parent, name, type_)
    assert isinstance(resolved, NamedType)
    return resolved


def _path(section: Section) -> str:
    path = section.text("path") or ""
    if not is_path(path):
        section.report("path", f"the path {path} must begin with /, with {{name}} for a parameter")
    return path


def _operation(section: Section, above: str, types: TypeNames, used: Sequence[Used]) -> Operation:
    if "method" not in section.values:
        section.required_text("method")
    path = above.rstrip("/") + _path(section) or "/"
    parts = section.section_list("parameters")
    parameters = tuple(_parameter(item, path, types) for item in parts)
    names = (((*part.path, "name"), item.key) for part, item in zip(parts, parameters, strict=True))
    report_repeated(section.document, names, "parameter")
    _report_path(section, path, parameters)
    operation = Operation(
        method=Method(section.choice("method", tuple(Method)) or Method.GET),
        path=path,
        place=place_of(section),
        parameters=parameters,
        body=_body(section, types),
        responses=_responses(section.section("responses"), types),
        description=section.text("description") or "",
        deprecation=section.text("deprecation"),
        calls=read_calls(section, used),
        concurrent=section.flag("concurrent"),
        p99=section.parsed("p99", parse_latency),
    )
    if operation.concurrent and not operation.calls:
        section.report("concurrent", "concurrent is said of calls, and there are none", "name them in calls")
    section.close()
    return operation


def _parameter(section: Section, path: str, types: TypeNames) -> Parameter:
    field = read_field(section, types)
    usual = ParameterPlace.PATH if field.name in _PLACEHOLDER.findall(path) else ParameterPlace.QUERY
    within = ParameterPlace(section.choice("location", tuple(ParameterPlace)) or usual)
    if within is ParameterPlace.PATH and not field.must_be_sent:
        section.report("required", f"the path parameter {field.name} is always there: no default, nor required: false")
    section.close()
    return Parameter(field, within)


def _report_path(section: Section, path: str, parameters: tuple[Parameter, ...]) -> None:
    """Report differences between the parameters in the path and those declared."""
    written = _PLACEHOLDER.findall(path)
    declared = [item.field.name for item in parameters if item.within is ParameterPlace.PATH]
    for name in dict.fromkeys(written):
        if written.count(name) > 1:
            section.report("path", f"the path {path} has {{{name}}} twice")
        if name not in declared:
            remedy = f'add {{ name: "{name}", type: ... }} to parameters'
            section.report("path", f"the path parameter {name} is not declared", remedy)
    for name in declared:
        if name not in written:
            section.report("parameters", f"the path {path} has no {{{name}}}")


def _body(section: Section, types: TypeNames) -> Type | None:
    if "body" not in section.values:
        return None
    body = section.section("body")
    type_ = types.take(body, "type")
    body.text("description")
    body.close()
    return type_


def _responses(section: Section, types: TypeNames) -> tuple[Response, ...]:
    found: list[Response] = []
    for status, part in section.sections().items():
        if not _STATUS.fullmatch(status):
            section.report(status, f"{status} is no status; write 200 to 599, or default")
        found.append(
            Response(status, types.take_answer(part, "type"), place_of(part), part.text("description") or ""),
        )
        part.close()
    return tuple(found)
