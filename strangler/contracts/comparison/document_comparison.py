"""Compares two versions of a document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from strangler.contracts.comparison.change import Change, ChangeRule, breaking, harmless
from strangler.contracts.comparison.type_comparison import TypeComparison
from strangler.contracts.document import Document, Operation, Parameter, ParameterPlace, Response
from strangler.contracts.library import Library
from strangler.contracts.type_reference import UNIT, NamedType
from strangler.contracts.use import Direction

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ANSWERED, _SENT = Direction.ANSWERED, Direction.SENT
_DEFAULT = "default"


def compare(old: Document, old_library: Library, new: Document, new_library: Library) -> tuple[Change, ...]:
    """Every change that is visible on the wire, breaking changes first."""
    types = TypeComparison(old_library, new_library)
    changes = (
        *_operations(old, new, types),
        *_headers(old, new, types),
        *_streams(old, new, types),
        *_declarations(old, new, types),
    )
    return tuple(
        sorted(dict.fromkeys(changes), key=lambda item: (not item.breaking, item.subject, item.rule, item.way))
    )


def _operations(old: Document, new: Document, types: TypeComparison) -> Iterator[Change]:
    before, after = _by_request(old), _by_request(new)
    for key, operation in before.items():
        if key in after:
            yield from _operation(operation, after[key], types)
        else:
            text = f"{operation.name} is gone"
            yield breaking(ChangeRule.OPERATION_REMOVED, operation.name, _ANSWERED, text, new.place)
    for key, operation in after.items():
        if key not in before:
            text = f"{operation.name} is new"
            yield harmless(ChangeRule.OPERATION_ADDED, operation.name, _ANSWERED, text, operation.place)


def _by_request(document: Document) -> Mapping[str, Operation]:
    return {item.request: item for item in document.operations}


def _operation(old: Operation, new: Operation, types: TypeComparison) -> Iterator[Change]:
    yield from _parameters(_by_place(old), _by_place(new), new, types)
    yield from _bodies(old, new, types)
    yield from _responses(old, new, types)


def _by_place(operation: Operation) -> Mapping[str, Parameter]:
    """Parameters by what identifies them in a request: those of the path by position, headers ignoring case."""
    order = _PLACEHOLDER.findall(operation.path)
    return {
        f"path {order.index(item.field.name)}"
        if item.within is ParameterPlace.PATH
        else f"{item.within} {item.key}": item
        for item in operation.parameters
    }


def _parameters(
    old: Mapping[str, Parameter], new: Mapping[str, Parameter], operation: Operation, types: TypeComparison
) -> Iterator[Change]:
    for key, item in old.items():
        subject = f"{operation.name} {item.field.name}"
        if key in new:
            yield from types.fields(item.field, new[key].field, _SENT, subject)
        else:
            yield breaking(ChangeRule.PARAMETER_REMOVED, subject, _SENT, f"{subject} is gone", operation.place)
    for key, item in new.items():
        if key not in old:
            subject, must = f"{operation.name} {item.field.name}", item.field.must_be_sent
            text = f"{subject} is new" + (", and must be sent" if must else "")
            yield Change(ChangeRule.PARAMETER_ADDED, subject, _SENT, must, text, item.field.place)


def _bodies(old: Operation, new: Operation, types: TypeComparison) -> Iterator[Change]:
    subject = f"{new.name} body"
    if old.body is not None and new.body is not None:
        yield from types.types(old.body, new.body, _SENT, subject, new.place)
    elif old.body is not new.body:
        text = f"{subject} {'must be sent now' if old.body is None else 'is gone'}"
        yield breaking(ChangeRule.BODY, subject, _SENT, text, new.place)


def _responses(old: Operation, new: Operation, types: TypeComparison) -> Iterator[Change]:
    """Compare the responses; the ``default`` of one version stands in for a status that only the other one names."""
    for item in old.responses:
        subject = f"{new.name} {item.status}"
        after = new.response(item.status)
        if after is None:
            breaks = not _is_error(item.status)
            text = f"{subject} is not answered any more"
            yield Change(ChangeRule.RESPONSE_REMOVED, subject, _ANSWERED, breaks, text, new.place)
            after = new.response(_DEFAULT)
        if after is not None:
            yield from _response(item, after, subject, types)
    for item in new.responses:
        if old.response(item.status) is None:
            subject = f"{new.name} {item.status}"
            breaks = not _is_error(item.status)
            text = f"{subject} is answered now, too"
            yield Change(ChangeRule.RESPONSE_ADDED, subject, _ANSWERED, breaks, text, item.place)
            if (before := old.response(_DEFAULT)) is not None:
                yield from _response(before, item, subject, types)


def _response(old: Response, new: Response, subject: str, types: TypeComparison) -> Iterator[Change]:
    if old.type != UNIT or new.type == UNIT:
        yield from types.types(old.type, new.type, _ANSWERED, subject, new.place)
    else:
        text = f"{subject} has a body now"
        yield harmless(ChangeRule.BODY, subject, _ANSWERED, text, new.place)


def _is_error(status: str) -> bool:
    """Whether the status is an error, whose class tells a client what to do (RFC 9110, section 15)."""
    return status.startswith(("4", "5"))


def _headers(old: Document, new: Document, types: TypeComparison) -> Iterator[Change]:
    before = {item.name.lower(): item for item in old.headers}
    after = {item.name.lower(): item for item in new.headers}
    for key, item in before.items():
        subject = f"header {item.name}"
        if key in after:
            yield from types.fields(item, after[key], _SENT, subject)
        else:
            yield breaking(ChangeRule.PARAMETER_REMOVED, subject, _SENT, f"{subject} is gone", new.place)
    for key, item in after.items():
        if key not in before:
            subject, must = f"header {item.name}", item.must_be_sent
            text = f"{subject} is new" + (", and must be sent" if must else "")
            yield Change(ChangeRule.PARAMETER_ADDED, subject, _SENT, must, text, item.place)


def _streams(old: Document, new: Document, types: TypeComparison) -> Iterator[Change]:
    before, after = ({item.name: item for item in document.events} for document in (old, new))
    for name, stream in before.items():
        if name in after:
            yield from types.types(stream.type, after[name].type, _ANSWERED, name, after[name].place)
        else:
            yield breaking(ChangeRule.STREAM_REMOVED, name, _ANSWERED, f"the stream {name} is gone", new.place)
    for name, stream in after.items():
        if name not in before:
            yield harmless(ChangeRule.STREAM_ADDED, name, _ANSWERED, f"the stream {name} is new", stream.place)


def _declarations(old: Document, new: Document, types: TypeComparison) -> Iterator[Change]:
    """Compare types that other documents may import. One that no operation or stream uses is compared both ways."""
    after = dict(new.declarations)
    compared = {before for before, after, _ in types.seen if before == after}
    for name, item in old.declarations:
        if name not in after:
            text = f"{item.name} is not declared any more"
            yield breaking(ChangeRule.TYPE_REMOVED, item.name, _ANSWERED, text, new.place)
        elif name not in compared:
            for way in Direction:
                yield from types.types(NamedType(name), NamedType(name), way, item.name, after[name].place)
