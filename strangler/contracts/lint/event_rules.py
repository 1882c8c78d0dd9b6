"""Rules about events and their streams."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.contracts.document import Document, Model, Union
from strangler.contracts.lint.finding import Finding
from strangler.contracts.type_reference import STRING, BuiltIn, NamedType, Type, short_text
from strangler.model.design import DesignRule

UPSERTED, DELETED = "_upserted", "_deleted"
_FIRST: tuple[tuple[str, Type], ...] = (("event_id", STRING), ("timestamp", NamedType(BuiltIn.DATE_TIME)))


def check_events(document: Document) -> Iterator[Finding]:
    """Every event model has the required fields, and its counterpart."""
    names = {model.name for model in document.models}
    streams = {item.type.name for item in document.events}
    published = {
        member.type.name
        for name, union in document.declarations
        if isinstance(union, Union) and name in streams
        for member in union.members
    }
    for name, item in document.declarations:
        if not isinstance(item, Model) or not item.name.endswith((UPSERTED, DELETED)):
            continue
        yield from _check_pair(item, names)
        yield from _check_shape(item)
        if name not in published:
            yield Finding(
                item.place,
                DesignRule.EVENT_STREAM,
                item.name,
                f"{item.name} is in no union that is published",
                "add it to a union, and the union to events with its stream",
            )


def _check_pair(model: Model, names: set[str]) -> Iterator[Finding]:
    thing = model.name.removesuffix(UPSERTED)
    if thing != model.name and f"{thing}{DELETED}" not in names:
        yield Finding(
            model.place,
            DesignRule.EVENT_PAIR,
            model.name,
            f"{model.name} has no {thing}{DELETED} beside it",
            f"declare {thing}{DELETED}, and publish it where a row goes",
        )


def _check_shape(model: Model) -> Iterator[Finding]:
    begin = tuple((field.name, field.type) for field in model.fields[: len(_FIRST)] if field.must_be_sent)
    if begin != _FIRST:
        yield Finding(
            model.place,
            DesignRule.EVENT_FIELDS,
            model.name,
            f"{model.name} does not begin with {' and '.join(f'{name}: {type_}' for name, type_ in _FIRST)}",
            "put them first, in this order, both required",
        )
    thing = model.name.removesuffix(UPSERTED).removesuffix(DELETED)
    payload = model.field(thing)
    if payload is None or not payload.required or (model.name.endswith(UPSERTED) and not _is(payload.type, thing)):
        found = f"its {thing} is {short_text(payload.type)}" if payload else f"it has no field {thing}"
        yield Finding(
            model.place,
            DesignRule.EVENT_PAYLOAD,
            model.name,
            f"{model.name} does not carry the {thing}: {found}",
            f'add {{ name: "{thing}", type: "{thing}" }}',
        )


def _is(type_: Type, thing: str) -> bool:
    return isinstance(type_, NamedType) and type_.short == thing


def check_streams(document: Document) -> Iterator[Finding]:
    """The names of streams look like ``reviews.v0.review_event.json``."""
    version = document.namespace.rpartition(".")[2]
    for stream in document.events:
        wanted = f"{document.name}.{version}.{stream.type.short}."
        if not stream.name.startswith(wanted) or stream.name.removeprefix(wanted) != "json":
            yield Finding(
                stream.place,
                DesignRule.STREAM_NAME,
                stream.type.short,
                f"the stream {stream.name} does not say service, version, union and how its events are written",
                f"call it {wanted}json; where it runs, the environment stands in front",
            )
