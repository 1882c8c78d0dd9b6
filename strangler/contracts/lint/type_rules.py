"""Rules about names, declared types and their fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from strangler.contracts.document import Document, Enumeration, Field, Model, ParameterPlace, Union
from strangler.contracts.lint.finding import Company, Finding
from strangler.contracts.personal_data import NOT_PERSONAL, PERSONAL, is_undecided
from strangler.contracts.type_reference import BuiltIn, NamedType, Type, innermost, short_text
from strangler.contracts.use import used_types
from strangler.model.design import DesignRule
from strangler.model.location import Location

_SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_VERSIONED = re.compile(r".+\.v(\d+)")
_MONEY = re.compile(r"(?:^|_)(?:price|amount|cost|total|balance|fee|tax|discount|salary)$")


def check_names(document: Document) -> Iterator[Finding]:
    """All names are in lower case with underscores."""
    names: list[tuple[str, str, Location]] = []
    for _, item in document.declarations:
        names.append((item.name, item.name, item.place))
        match item:
            case Model():
                names += [(f"{item.name}.{field.name}", field.name, field.place) for field in item.fields]
            case Enumeration():
                names += [(f"{item.name}.{value.name}", value.name, item.place) for value in item.values]
            case Union():
                names += [(f"{item.name}.{member.value}", member.value, item.place) for member in item.members]
    for operation in document.operations:
        names += [
            (f"{operation.name} {item.field.name}", item.field.name, item.field.place)
            for item in operation.parameters
            if item.within is not ParameterPlace.HEADER
        ]
    for subject, name, place in names:
        if not _SNAKE.fullmatch(name):
            yield Finding(
                place,
                DesignRule.NAME,
                subject,
                f"{name} is not in lower case with underscores",
                f"call it {_snake(name)}",
            )


def _snake(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).lower().strip("_")
    return words if _SNAKE.fullmatch(words) else "something like order_item"


def check_namespace(document: Document) -> Iterator[Finding]:
    """The namespace of version 1.x.y ends in the major version: ``shop.reviews.v1``."""
    major = document.version.partition(".")[0]
    match = _VERSIONED.fullmatch(document.namespace)
    if match is None or match[1] != major:
        yield Finding(
            document.place,
            DesignRule.NAMESPACE,
            document.namespace,
            f"the namespace of version {document.version} does not end with v{major}",
            f"end it with .v{major}, or change the version",
        )


def check_descriptions(document: Document) -> Iterator[Finding]:
    """Types and operations have a description."""
    lacking = [(item.name, item.place) for _, item in document.declarations if not item.description]
    lacking += [(item.name, item.place) for item in document.operations if not item.description]
    for subject, place in lacking:
        yield Finding(
            place, DesignRule.DESCRIPTION, subject, f"{subject} has no description", "say in a sentence what it is for"
        )


def check_unused(document: Document, company: Company) -> Iterator[Finding]:
    """Every type of a service is used by an operation, an event or another type; shared types may still be unused."""
    if not document.resources and not document.events:
        return
    used = {name for other in company.library for name in used_types(other, company.library)}
    for name, item in document.declarations:
        if name not in used:
            yield Finding(
                item.place, DesignRule.UNUSED, item.name, f"nothing uses {item.name}", "use it, or take it out"
            )


def check_fields(document: Document, company: Company) -> Iterator[Finding]:
    """The rules for every field, of models and parameters alike."""
    for subject, field in fields_of(document):
        yield from _check_annotations(subject, field, company)
        yield from _check_type(subject, field, company)
        yield from _check_default(subject, field, company)


def fields_of(document: Document) -> Iterator[tuple[str, Field]]:
    """Every field of models and parameters, with the subject that findings name it by."""
    for model in document.models:
        for field in model.fields:
            yield f"{model.name}.{field.name}", field
    for operation in document.operations:
        for item in operation.parameters:
            yield f"{operation.name} {item.field.name}", item.field


def _check_annotations(subject: str, field: Field, company: Company) -> Iterator[Finding]:
    known = (PERSONAL, NOT_PERSONAL, *company.terms.annotations)
    for name in field.annotations:
        if name not in known:
            yield Finding(
                field.place,
                DesignRule.ANNOTATION,
                subject,
                f"{subject} has the annotation {name}, which nobody has agreed on",
                f"use one of {', '.join(known)}, or add it to annotations in [design.lint]",
            )
    if is_undecided(field):
        yield Finding(
            field.place,
            DesignRule.PERSONAL_DATA,
            subject,
            f"{subject} may be about a person, and nobody has decided",
            f'decide: annotations: ["{PERSONAL}"] or ["{NOT_PERSONAL}"]',
        )


def _check_type(subject: str, field: Field, company: Company) -> Iterator[Finding]:
    wanted = company.terms.fields.get(field.name)
    text = short_text(field.type)
    if wanted and wanted not in {text, str(field.type)}:
        yield Finding(
            field.place,
            DesignRule.COMMON_FIELD,
            subject,
            f"{subject} is {text}; {field.name} is {wanted} everywhere",
            "give it that type, or another name",
        )
    if _MONEY.search(field.name) and innermost(field.type).built_in is BuiltIn.DOUBLE:
        yield Finding(
            field.place,
            DesignRule.MONEY,
            subject,
            f"{subject} is a double",
            "make it decimal, or a model with a currency",
        )


def _check_default(subject: str, field: Field, company: Company) -> Iterator[Finding]:
    enumeration = company.library.enumeration(field.type)
    if enumeration is None:
        return
    values = [value.name for value in enumeration.values]
    for what, value in (("default", field.default), ("example", field.example)):
        if value is not None and value not in values:
            yield Finding(
                field.place,
                DesignRule.DEFAULT,
                subject,
                f"the {what} of {subject} is {value!r}, which {enumeration.name} does not have",
                f"use one of {', '.join(values)}",
            )


def check_references(document: Document, company: Company) -> Iterator[Finding]:
    """``product_id`` has the type of the field ``id`` of the model ``product``.

    Versions of one service may give that key different types; a document follows its own model first.
    """
    keys = _keys(company.library) | _keys([document])
    for subject, field in fields_of(document):
        name = field.name.removesuffix("_id")
        if name == field.name or name not in keys or field.type in keys[name]:
            continue
        wanted = " or ".join(dict.fromkeys(map(short_text, keys[name])))
        yield Finding(
            field.place,
            DesignRule.REFERENCE,
            subject,
            f"{subject} is {short_text(field.type)}, and the id of {name} is {wanted}",
            f"make it {wanted}",
        )


def _keys(documents: Iterable[Document]) -> dict[str, list[Type]]:
    """The types of the keys of models, by model name."""
    found: dict[str, list[Type]] = {}
    for model in (item for document in documents for item in document.models):
        if (key := model.field("id")) is not None:
            found.setdefault(model.name, []).append(key.type)
    return found


def check_mappings(document: Document) -> Iterator[Finding]:
    """A mapping such as ``user_role_mapping`` has an id and two references."""
    for model in document.models:
        if not model.name.endswith("_mapping"):
            continue
        references = [field.name for field in model.fields if _refers(field)]
        if model.field("id") is None or len(references) != 2:
            found = ", ".join(references) or "none"
            yield Finding(
                model.place,
                DesignRule.MAPPING,
                model.name,
                f"{model.name} must have an id and two references; it has {found}",
                "give it id and the two things it maps, or another name",
            )


def _refers(field: Field) -> bool:
    if field.name.endswith("_id") and field.name != "event_id":
        return True
    return isinstance(field.type, NamedType) and ".models." in field.type.name


def check_discriminators(document: Document, company: Company) -> Iterator[Finding]:
    """All unions share one discriminator, which is not a field of their models."""
    wanted = company.terms.discriminator
    for union in document.unions:
        if union.discriminator != wanted:
            yield Finding(
                union.place,
                DesignRule.DISCRIMINATOR,
                union.name,
                f"{union.name} is told apart by {union.discriminator}, and all others by {wanted}",
                f'write discriminator: "{wanted}", or set it for all: discriminator in [design.lint]',
            )
        for member in union.members:
            model = company.library.model(member.type)
            if model is not None and model.field(union.discriminator) is not None:
                yield Finding(
                    union.place,
                    DesignRule.DISCRIMINATOR,
                    f"{union.name}.{member.value}",
                    f"{model.name} has a field {union.discriminator} itself",
                    "take it out: the union adds it",
                )
