"""One request to an operation: it is read strictly, passed to its handler, and answered."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol, TypeGuard, TypeVar
from urllib.parse import unquote

import msgspec
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from strangler.contracts.generation.runtime.fence import unwritable
from strangler.contracts.generation.runtime.operation import Form, Operation, Parameter, Place, encoded
from strangler.contracts.generation.runtime.reply import Refusal, Reply
from strangler.contracts.generation.runtime.sent_values import text_for_number, text_with_nul

T = TypeVar("T")
LARGEST_BODY = 1024 * 1024
"""In bytes; a longer body is answered with 413."""
logger = logging.getLogger(__name__)
_JSON_TYPE = re.compile(r"application/(?:[\w.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
"""A number of JSON (RFC 8259, section 6)."""
_NUL_IN_JSON = b"\\u0000"
"""U+0000 in JSON, unless the backslash is itself escaped (RFC 8259, section 7)."""
_AT = re.compile(r"(?P<what>.*) - at `\$(?P<path>.*)`", re.DOTALL)


class MakeProblem(Protocol):
    """Creates the body of an error."""

    def __call__(self, kind: object, status: int, code: str, messages: Sequence[str]) -> object:
        """The body, as a value of the declared type `kind`."""
        ...


@dataclass(frozen=True, slots=True)
class Problems:
    """The shape of errors; `usual` is the type of those that the document does not declare."""

    make: MakeProblem
    usual: object

    def response(self, operation: Operation[object] | None, refusal: Refusal) -> Response:
        """The response to a refused request, in the shape declared for its status."""
        status, body = refusal.status, refusal.body
        kind = self.usual if operation is None or not operation.declares(status) else operation.problem(status)
        if body is None:
            phrase = HTTPStatus(status).phrase
            code = refusal.code or phrase.lower().replace(" ", "_")
            body = None if kind is None else self.make(kind, status, code, refusal.messages or (phrase,))
        if body is None:
            return Response(status_code=status, headers=refusal.headers)
        return Response(encoded(body), status, refusal.headers, "application/json")


class Call:
    """A request to an operation."""

    def __init__(self, request: Request, operation: Operation[object]) -> None:
        self.request = request
        self._operation = operation

    def parameters(self, into: type[T]) -> T:
        """All parameters. Refusal if one is missing or of the wrong type; with status 404 if it is in the path."""
        found = {item.key: value for item in self._operation.parameters if (value := self._raw(item)) is not UNSET}
        for key, value in found.items():
            if place := text_with_nul(value, key):
                raise self._invalid_parameter(key, f"{place}: a text has U+0000 in it")
        try:
            return msgspec.convert(found, into)
        except msgspec.ValidationError as error:
            message, path = _located(error)
            raise self._invalid_parameter(re.split(r"[.\[]", path)[0], message) from error

    async def body(self, decoder: msgspec.json.Decoder[T], *, has_decimals: bool = False) -> T:
        """The body. Refusal if it is not JSON or not of its type, or with `has_decimals` for a text sent as one."""
        kind = self.request.headers.get("content-type", "application/json")
        if not _JSON_TYPE.fullmatch(kind):
            raise Refusal(415, "the body must be application/json", code="unsupported_media_type")
        data = await self._data()
        try:
            body = decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if not isinstance(error, msgspec.ValidationError) or _is_malformed(data):
                status = self._operation.declared(400, 422)
                raise Refusal(status, "the body is no JSON", code="malformed_body") from error
            message, _ = _located(error)
            raise Refusal(self._operation.declared(422, 400), message, code="invalid_body") from error
        if has_decimals and (path := text_for_number(msgspec.json.decode(data), msgspec.json.decode(encoded(body)))):
            message = f"{path}: Expected `decimal`, got `str`"
            raise Refusal(self._operation.declared(422, 400), message, code="invalid_body")
        if _NUL_IN_JSON in data and (path := text_with_nul(msgspec.json.decode(encoded(body)))):
            message = f"{path}: a text has U+0000 in it"
            raise Refusal(self._operation.declared(422, 400), message, code="invalid_body")
        return body

    def answer(self, found: object) -> Response:
        """The response with what a handler returned."""
        reply: Reply[object] = found if _is_reply(found) else Reply(found)
        answers, status = self._operation.answers, reply.status
        if status is None and len(answers) == 1:
            (status,) = answers
        if status is None or status not in answers:
            declared = " or ".join(map(str, answers))
            raise ValueError(f"{self._operation.name} is answered with {declared}, not {status}")
        headers = dict(reply.headers)
        if answers[status] is None:
            return Response(status_code=status, headers=headers)
        return Response(encoded(reply.value), status, headers, "application/json")

    def _invalid_parameter(self, key: str, message: str) -> Refusal:
        keys = {item.key for item in self._operation.parameters if item.place is Place.PATH}
        statuses = (404, 422, 400) if key in keys else (422, 400)
        return Refusal(self._operation.declared(*statuses), message, code="invalid_parameter")

    def _raw(self, parameter: Parameter) -> object:
        """The parameter as it was sent; numbers and objects are read as JSON, and a missing one is unset."""
        name, request = parameter.name, self.request
        match parameter.place:
            case Place.PATH:
                texts = [str(request.path_params[name])]
            case Place.QUERY:
                texts = request.query_params.getlist(name)
            case Place.HEADER:
                texts = request.headers.getlist(name)
        if not texts:
            return UNSET
        if parameter.form is Form.JSONS and parameter.place is not Place.QUERY:
            return _read(f"[{','.join(texts)}]", Form.JSON)
        if parameter.form.is_array and parameter.place is not Place.QUERY:
            texts = [part.strip() for text in texts for part in text.split(",")]
        elif not parameter.form.is_array and len(texts) > 1:
            status = self._operation.declared(422, 400)
            raise Refusal(status, f"{parameter.key}: must be given once", code="invalid_parameter")
        values = [_read(text, parameter.form.of_one) for text in texts]
        return values if parameter.form.is_array else values[0]

    async def _data(self) -> bytes:
        data = bytearray()
        async for part in self.request.stream():
            data += part
            if len(data) > LARGEST_BODY:
                raise Refusal(413, f"the body must not be of more than {LARGEST_BODY} bytes", code="body_too_large")
        return bytes(data)


def route(operation: Operation[object], handle: Callable[[Call], Awaitable[object]], problems: Problems) -> BaseRoute:
    """The route of an operation, which answers with what its handler returns or with the reason for a refusal."""

    async def endpoint(request: Request) -> Response:
        call = Call(request, operation)
        try:
            return call.answer(await handle(call))
        except Refusal as refusal:
            return problems.response(operation, refusal)
        except NotImplementedError:
            logger.warning("%s is not written yet", operation.name, exc_info=True)
            return problems.response(operation, Refusal(501, "not written yet", code="not_implemented"))
        except Exception as error:
            refusal = unwritable(error)
            if refusal is None:
                logger.exception("%s failed", operation.name)
                return problems.response(operation, Refusal(500))
            logger.warning("%s wrote where nothing may be written now", operation.name, exc_info=True)
            return problems.response(operation, refusal)

    return Route(unquote(operation.path), endpoint, methods=[operation.method])


def _is_malformed(data: bytes) -> bool:
    """Whether the data is not JSON; msgspec may report a value of the wrong type before it has read to the end."""
    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return True
    return False


def _is_reply(found: object) -> TypeGuard[Reply[object]]:
    return isinstance(found, Reply)


def _read(text: str, form: Form) -> object:
    """The text as a value. Malformed JSON stays a text, a malformed number becomes null: both are of a wrong type."""
    if form is Form.TEXT:
        return text
    if form is Form.NUMBER:
        return text if _NUMBER.fullmatch(text) else None
    try:
        found: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    return found


def _located(error: msgspec.ValidationError) -> tuple[str, str]:
    """The message, beginning with the field, and the path to the field."""
    match = _AT.fullmatch(str(error))
    if match is None:
        return str(error), ""
    path = match["path"].lstrip(".")
    return f"{path}: {match['what']}" if path else match["what"], path
