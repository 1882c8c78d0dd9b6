"""Reads a design document strictly and reports all problems at once, each with its location."""

from __future__ import annotations

import re

from strangler.contracts.document import (
    Document,
    Enumeration,
    EnumValue,
    EventStream,
    Kind,
    Model,
    Union,
    UnionMember,
)
from strangler.contracts.field_reader import place_of, read_field
from strangler.contracts.json5 import is_array, is_object
from strangler.contracts.namespace import NAMESPACE, NAMESPACE_SHAPE
from strangler.contracts.operation_reader import read_resource
from strangler.contracts.repetition import report_repeated
from strangler.contracts.type_names import TypeNames
from strangler.contracts.type_reference import BUILT_IN, NamedType, Type
from strangler.contracts.uses_reader import read_uses
from strangler.toml_positions import KeyPath
from strangler.toml_section import Document as Source
from strangler.toml_section import Section

_VERSION = re.compile(r"\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_DECLARED = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def read_document(root: Section, types: TypeNames) -> Document:
    """Read a whole file; problems are reported to the section's document."""
    headers = root.section_list("headers")
    namespace = _matching(root, "namespace", NAMESPACE, NAMESPACE_SHAPE)
    calls, follows = read_uses(root.section("uses"), namespace)
    document = Document(
        file=root.document.file,
        name=root.required_text("name"),
        namespace=namespace,
        version=_matching(root, "version", _VERSION, "three numbers, as in 1.4.0"),
        place=place_of(root),
        description=root.text("description") or "",
        imports=root.texts("imports"),
        headers=tuple(read_field(item, types) for item in headers),
        enums=tuple(_enum(name, item) for name, item in _declared(root, Kind.ENUMS)),
        models=tuple(_model(name, item, types) for name, item in _declared(root, Kind.MODELS)),
        unions=tuple(_union(name, item, types) for name, item in _declared(root, Kind.UNIONS)),
        resources=tuple(
            read_resource(name, item, types, calls) for name, item in root.section("resources").sections().items()
        ),
        events=tuple(_stream(name, item, types) for name, item in root.section("events").sections().items()),
        calls=calls,
        follows=follows,
    )
    for header in headers:
        header.close()
    _report_repeated(root, document)
    root.close()
    return document


def _matching(root: Section, key: str, pattern: re.Pattern[str], shape: str) -> str:
    text = root.required_text(key)
    if text and not pattern.fullmatch(text):
        root.report(key, f"the {key} {text} must be {shape}")
    return text


def _declared(root: Section, kind: Kind) -> list[tuple[str, Section]]:
    found = [*root.section(kind).sections().items()]
    for name, section in found:
        if not _DECLARED.fullmatch(name):
            section.document.report(section.path, f"the name {name} must be letters, digits, _ and -, a letter first")
        if name in BUILT_IN:
            section.document.report(section.path, f"{name} is a built-in type", "call the declared one otherwise")
    return found


def _enum(name: str, section: Section) -> Enumeration:
    values = section.take("values")
    if is_array(values) and values and all(isinstance(item, str) and item for item in values):
        found = tuple(map(EnumValue, section.texts("values")))
    else:
        parts = section.section_list("values")
        found = tuple(_enum_value(item) for item in parts)
        if not found:
            section.document.report(section.path, f"{section.name} needs values")
    names = (((*section.path, "values", index), value.name) for index, value in enumerate(found))
    report_repeated(section.document, names, "value")
    enumeration = Enumeration(
        name, place_of(section), found, section.text("description") or "", section.text("deprecation")
    )
    section.close()
    return enumeration


def _enum_value(section: Section) -> EnumValue:
    value = EnumValue(section.required_text("name"), section.text("description") or "", section.text("deprecation"))
    section.close()
    return value


def _model(name: str, section: Section, types: TypeNames) -> Model:
    parts = section.section_list("fields")
    fields = tuple(read_field(item, types) for item in parts)
    for item in parts:
        item.close()
    names = (((*part.path, "name"), item.name) for part, item in zip(parts, fields, strict=True))
    report_repeated(section.document, names, "field")
    if "fields" not in section.values:
        section.document.report(section.path, f"{section.name} needs fields")
    model = Model(name, place_of(section), fields, section.text("description") or "", section.text("deprecation"))
    section.close()
    return model


def _union(name: str, section: Section, types: TypeNames) -> Union:
    parts = section.section_list("types")
    members = tuple(_member(item, types) for item in parts)
    if not members:
        section.document.report(section.path, f"{section.name} needs types")
    values = ((part.path, item.value) for part, item in zip(parts, members, strict=True))
    report_repeated(section.document, values, "value of the discriminator")
    union = Union(
        name,
        place_of(section),
        section.required_text("discriminator"),
        members,
        section.text("description") or "",
        section.text("deprecation"),
    )
    section.close()
    return union


def _member(section: Section, types: TypeNames) -> UnionMember:
    type_ = _one_of(section, "type", types.take(section, "type"), Kind.MODELS)
    member = UnionMember(
        type_,
        section.text("discriminator_value") or type_.short,
        section.text("description") or "",
        section.text("deprecation"),
    )
    section.close()
    return member


def _stream(name: str, section: Section, types: TypeNames) -> EventStream:
    parent = Section(section.document, section.path[:-1], {})
    type_ = _one_of(parent, name, types.resolved(parent, name, NamedType(name)), Kind.UNIONS)
    stream = EventStream(type_, section.required_text("stream"), place_of(section), section.text("description") or "")
    section.close()
    return stream


def _one_of(section: Section, key: str, type_: Type, kind: Kind) -> NamedType:
    """The type, which must be declared as the given kind; anything else is reported."""
    if isinstance(type_, NamedType):
        parts = type_.name.split(".")
        if len(parts) < 2 or parts[-2] == kind:
            if type_.built_in is not None:
                section.report(key, f"{type_} is none of the {kind}")
            return type_
    section.report(key, f"{type_} is none of the {kind}")
    return NamedType(str(type_))


def _report_repeated(root: Section, document: Document) -> None:
    """Report repeated names of things that must be unique in a document: types, requests and streams."""
    source = root.document
    headers = [(("headers", index, "name"), item.name.lower()) for index, item in enumerate(document.headers)]
    report_repeated(source, headers, "header")
    report_repeated(source, (((kind, name), name) for kind in Kind for name in _keys(root, kind)), "type")
    above = zip(_keys(root, "resources"), document.resources, strict=True)
    requests = [
        (("resources", name, "operations", index), operation.request)
        for name, resource in above
        for index, operation in enumerate(resource.operations)
    ]
    wrong = {(problem.line, problem.column) for problem in source.problems}
    known = [item for item in requests if _at(source, (*item[0], "method")) not in wrong]
    report_repeated(source, known, "operation")
    streams = [*zip(_keys(root, "events"), document.events, strict=True)]
    report_repeated(source, ((("events", name, "stream"), item.name) for name, item in streams), "stream")
    report_repeated(source, ((("events", name), item.type.name) for name, item in streams), "union")
    imports = ((("imports", index), name) for index, name in enumerate(document.imports))
    report_repeated(source, imports, "import")


def _at(source: Source, path: KeyPath) -> tuple[int, int]:
    position = source.position(path)
    return position.line, position.column


def _keys(root: Section, key: str) -> tuple[str, ...]:
    value = root.values.get(key)
    return tuple(value) if is_object(value) else ()
