"""The test cases of an operation: an ordinary request, and variations that differ from it in one respect each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import quote

import msgspec

from strangler.contracts.document import Field, Method, Operation, Parameter, ParameterPlace
from strangler.contracts.verification.answer import Request
from strangler.contracts.verification.sample import Samples
from strangler.contracts.verification.scalar_sample import Expectation, Sample
from strangler.model.json_value import Json

_JSON = ("Content-Type", "application/json")
_ORDINARY = "an ordinary request"
_MOST = 400
"""The most cases of one operation."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request, and what is special about it."""

    what: str
    expectation: Expectation
    request: Request

    @property
    def is_ordinary(self) -> bool:
        """Whether it is the request that the others vary."""
        return self.what == _ORDINARY


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of one operation.

    `path` has a value for each path parameter. `headers` are those that the document allows in every request, without
    the ones the user sends. `draws` is the number of cases that differ from the ordinary one in several respects.
    """

    operation: Operation
    path: Mapping[str, str]
    headers: tuple[Field, ...]
    samples: Samples
    draws: int

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases, the ordinary one first."""
        return islice(self._all(), _MOST)

    def _all(self) -> Iterator[Case]:
        base = self._ordinary()
        body = None if self.operation.body is None else self.samples.of_type(self.operation.body)
        yield Case(_ORDINARY, Expectation.SERVED, self._request(base, body))
        for parameter in self._parameters:
            yield from self._of_parameter(parameter, base, body)
        yield from self._of_body(base)
        for index in range(self.draws if self._can_vary else 0):
            yield Case(f"valid values at random, {index + 1}", Expectation.SERVED, self._drawn(base, body))
        if self.operation.method is Method.DELETE:
            yield Case("once more", Expectation.EITHER, self._request(base, body))

    @property
    def _parameters(self) -> tuple[Parameter, ...]:
        own = {item.key for item in self.operation.parameters}
        common = (Parameter(item, ParameterPlace.HEADER) for item in self.headers)
        return (*self.operation.parameters, *(item for item in common if item.key not in own))

    @property
    def _can_vary(self) -> bool:
        return self.operation.body is not None or any(
            item.within is not ParameterPlace.PATH for item in self._parameters
        )

    def _ordinary(self) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for item in self._parameters:
            if item.within is ParameterPlace.PATH:
                found[item.key] = self.path[item.field.name]
            elif item.field.must_be_sent:
                found[item.key] = self.samples.ordinary(item.field)
        return found

    def _of_parameter(self, item: Parameter, base: Mapping[str, Json], body: Json) -> Iterator[Case]:
        name = (
            f"{item.within} parameter {item.field.name}"
            if item.within is not ParameterPlace.HEADER
            else f"header {item.field.name}"
        )
        if item.key in base and item.within is not ParameterPlace.PATH:
            rest = {key: value for key, value in base.items() if key != item.key}
            yield Case(f"lacks the {name}", Expectation.REFUSED, self._request(rest, body))
        for sample in self.samples.varied(item.field.type, item.field):
            if not sample.needs_json and _can_be_sent(sample.value, item.within) and self._may_be_asked(sample, item):
                expectation = Expectation.EITHER if _is_row(sample, item) else sample.expectation
                request = self._request({**base, item.key: sample.value}, body)
                yield Case(f"{name} {sample.what}", expectation, request)

    def _may_be_asked(self, sample: Sample, item: Parameter) -> bool:
        """Whether a case is safe: a write must not target a row that nobody named, only a value that is no key."""
        if self.operation.method.is_safe or item.within is not ParameterPlace.PATH:
            return True
        return sample.expectation is Expectation.REFUSED and isinstance(sample.value, str)

    def _of_body(self, base: Mapping[str, Json]) -> Iterator[Case]:
        type_ = self.operation.body
        if type_ is None:
            return
        for sample in self.samples.varied(type_):
            yield Case(f"body: {sample.what}", sample.expectation, self._request(base, sample.value))
        whole = self._request(base, self.samples.of_type(type_))
        for what, content in (("is cut off", b'{"'), ("is empty", b"")):
            yield Case(f"body: {what}", Expectation.REFUSED, replace(whole, body=content))

    def _drawn(self, base: Mapping[str, Json], body: Json) -> Request:
        random, values = self.samples.random, dict(base)
        for item in self._parameters:
            if item.within is ParameterPlace.PATH or not (item.field.must_be_sent or random.random() < 1 / 2):
                continue
            value = self.samples.served_value(item.field)
            if _can_be_sent(value, item.within):
                values[item.key] = value
        model = None if self.operation.body is None else self.samples.library.model(self.operation.body)
        return self._request(values, body if model is None else self.samples.drawn(model))

    def _request(self, values: Mapping[str, Json], body: Json) -> Request:
        target, query, headers = self.operation.path, list[str](), list[tuple[str, str]]()
        for item in self._parameters:
            if item.key not in values:
                continue
            name, value = item.field.name, values[item.key]
            match item.within:
                case ParameterPlace.PATH:
                    target = target.replace(f"{{{name}}}", quote(_text(value), safe=""))
                case ParameterPlace.QUERY:
                    query += [f"{quote(name, safe='')}={quote(text, safe='')}" for text in _texts(value)]
                case ParameterPlace.HEADER:
                    headers.append((name, _text(value)))
        if self.operation.body is None:
            return Request(self.operation.method, _with(target, query), tuple(headers))
        content = msgspec.json.encode(body)
        return Request(self.operation.method, _with(target, query), (*headers, _JSON), content)


def _is_row(sample: Sample, item: Parameter) -> bool:
    """Whether a path with this value could identify a row, existing or not."""
    return item.within is ParameterPlace.PATH and sample.expectation is Expectation.SERVED


def _with(target: str, query: Sequence[str]) -> str:
    return f"{target}?{'&'.join(query)}" if query else target


def _texts(value: Json) -> list[str]:
    """The values of a query parameter: one per element of an array (OpenAPI 3.1, style form, exploded)."""
    return (
        [_text(item) for item in value]
        if isinstance(value, Sequence) and not isinstance(value, str)
        else [_text(value)]
    )


def _text(value: Json) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() | int():
            return msgspec.json.encode(value).decode()
        case Mapping():
            return msgspec.json.encode(value).decode()
        case _:
            return ",".join(map(_text, value or ()))


def _can_be_sent(value: Json, within: ParameterPlace) -> bool:
    """Whether a part of a request can carry a value: a path segment cannot be empty, nor an array without elements."""
    if isinstance(value, Sequence) and not isinstance(value, str) and not value:
        return False
    text = _text(value)
    match within:
        case ParameterPlace.PATH:
            return text not in {"", ".", ".."} and "\x00" not in text
        case ParameterPlace.HEADER:
            return text.isascii() and text.isprintable() and text == text.strip() != ""
        case ParameterPlace.QUERY:
            return True
