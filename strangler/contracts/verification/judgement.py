"""Checks one answer against its operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from strangler.contracts.document import Method, Operation, Response
from strangler.contracts.library import Library
from strangler.contracts.type_reference import UNIT, short_text
from strangler.contracts.verification.answer import Answer, NoAnswer, Outcome, Silence
from strangler.contracts.verification.case import Case
from strangler.contracts.verification.finding import ContractRule
from strangler.contracts.verification.misfit import misfits
from strangler.contracts.verification.scalar_sample import Expectation
from strangler.model.json_value import Json
from strangler.model.location import Location
from strangler.model.quantity import quantity

_REQUIRED: Mapping[int, str] = MappingProxyType({401: "www-authenticate", 405: "allow", 426: "upgrade"})
"""The header that a status requires (RFC 9110, sections 15.5.2, 15.5.6 and 15.5.22)."""
_NO_BODY = frozenset({204, 205, 304})
_LONGEST = 120
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Breach:
    """One way in which an answer deviates; one that is `everywhere` is reported once for the whole service."""

    rule: ContractRule
    subject: str
    place: Location
    expected: str
    came: str
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body that is not JSON, and why."""

    why: str


def judge(operation: Operation, case: Case, outcome: Outcome, library: Library) -> Iterator[Breach]:
    """Everything in an answer that the document does not allow."""
    if isinstance(outcome, NoAnswer):
        rule = ContractRule.SLOW if outcome.reason is Silence.SLOW else ContractRule.NO_ANSWER
        yield Breach(rule, str(outcome.reason), operation.place, "an answer", outcome.what)
        return
    status = outcome.status
    if status >= 500:
        yield Breach(ContractRule.SERVER_ERROR, f"status {status}", operation.place, "no 5xx", _status(outcome))
        return
    header = _REQUIRED.get(status)
    if header is not None and header not in outcome.headers:
        yield Breach(ContractRule.HEADER, f"status {status} {header}", operation.place, f"the header {header}", "none")
    if case.expectation is Expectation.REFUSED and 200 <= status < 300:
        expected = f"a refusal, as it {case.what}" if case.what.startswith("lacks") else f"a refusal: {case.what}"
        yield Breach(ContractRule.ACCEPTED_INVALID, case.what, operation.place, expected, _status(outcome))
    response = response_of(operation, status)
    if response is None:
        names = ", ".join(item.status for item in operation.responses) or "no status"
        yield Breach(ContractRule.STATUS, f"status {status}", operation.place, names, _status(outcome))
    elif operation.method is not Method.HEAD:
        yield from _of_content(response, outcome, library)


def response_of(operation: Operation, status: int) -> Response | None:
    """The response declared for a status, or else the one declared as ``default``."""
    return operation.response(str(status)) or operation.response("default")


def content_of(answer: Answer) -> Json | Unreadable:
    """The JSON of a body; JSON that is nested too deeply to process counts as unreadable."""
    try:
        content: Json = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Unreadable(str(error))
    return Unreadable(f"nested deeper than {_DEEPEST}") if _is_deep(content) else content


def _is_deep(content: Json) -> bool:
    """Whether arrays and objects are nested more deeply than later steps can process."""
    level: list[Json] = [content]
    for _ in range(_DEEPEST):
        level = [inner for item in level for inner in _inner(item)]
        if not level:
            return False
    return True


def _inner(item: Json) -> Iterable[Json]:
    if isinstance(item, Mapping):
        return item.values()
    return item if isinstance(item, Sequence) and not isinstance(item, str) else ()


def _of_content(response: Response, answer: Answer, library: Library) -> Iterator[Breach]:
    about = f"status {answer.status}"
    if response.type == UNIT:
        if answer.body:
            yield Breach(ContractRule.BODY, about, response.place, "no body", excerpt(answer))
        return
    type_ = answer.headers.get("content-type", "")
    content = content_of(answer)
    if not is_json(type_) and answer.status not in _NO_BODY:
        came = f"{type_ or 'none'}: {excerpt(answer)}" if isinstance(content, Unreadable) else type_ or "none"
        yield Breach(ContractRule.CONTENT_TYPE, f"{about} content-type", response.place, "application/json", came)
        if isinstance(content, Unreadable):
            return
    if answer.is_cut:
        yield Breach(ContractRule.BODY, about, response.place, short_text(response.type), "a body that does not end")
        return
    if isinstance(content, Unreadable):
        came = f"{excerpt(answer)}, which is no JSON: {content.why}" if answer.body else "no body"
        yield Breach(ContractRule.BODY, about, response.place, short_text(response.type), came)
        return
    for item in misfits(content, response.type, response.place, library):
        yield Breach(item.rule, f"{about} {item.path}", item.place, item.expected, item.came)


def is_json(type_: str) -> bool:
    """Whether a ``Content-Type`` is JSON in UTF-8, either itself or by its suffix.

    RFC 6839, section 3.1; RFC 8259, section 8.1.
    """
    name, _, parameters = type_.lower().partition(";")
    kind, _, sub = name.strip().partition("/")
    charset = parameters.strip().partition("charset=")[2].strip('" ')
    return kind == "application" and (sub == "json" or sub.endswith("+json")) and charset in {"", "utf-8", "utf8"}


def _status(answer: Answer) -> str:
    return f"{answer.status}: {excerpt(answer)}" if answer.body else str(answer.status)


def excerpt(answer: Answer) -> str:
    """The beginning of an error's body; for a success, whose body is data, only the length."""
    if 200 <= answer.status < 300:
        return quantity(len(answer.body), "byte")
    text = " ".join(answer.body[: 4 * _LONGEST].decode("utf-8", "replace").split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
