"""Sends the clients' requests over HTTP, with time-outs and distinct errors."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from strangler.contracts.generation.runtime.operation import Form, Operation, Place, encoded, in_text

T = TypeVar("T")
_LONGEST = 200
"""The most characters of a body that an error shows."""
TIMEOUT = httpx.Timeout(5.0, connect=1.0)
"""In seconds."""


class ClientError(Exception):
    """Base of all errors that a client raises."""


class UnreachableError(ClientError):
    """No answer: no connection, a time-out, or a broken connection. Whether the request was carried out is unknown."""


class RefusedError(ClientError):
    """An error that the document declares; `problem` is its body, or None if it has none."""

    def __init__(self, status: int, problem: object) -> None:
        super().__init__(f"answered with {status}: {problem}")
        self.status = status
        self.problem = problem


class UnexpectedAnswerError(ClientError):
    """An answer that the document does not declare: another status, or another body."""

    def __init__(self, response: httpx.Response, reason: str) -> None:
        super().__init__(f"{response.request.method} {response.request.url}: {reason}")
        self.response = response


class FailedError(ClientError):
    """The service failed: an answer with a 5xx status, which the document need not declare."""

    def __init__(self, response: httpx.Response) -> None:
        said = " ".join(response.text[: 4 * _LONGEST].split())
        what = f"answered with {response.status_code}: {said[:_LONGEST] or response.reason_phrase}"
        super().__init__(f"{response.request.method} {response.request.url}: {what}")
        self.response = response


class Connection:
    """Sends requests and blocks until they are answered."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def ask(self, operation: Operation[T], parameters: Mapping[str, object], body: object = msgspec.UNSET) -> T:
        """Call an operation and return its answer; `parameters` are by key."""
        try:
            response = self._http.send(request_of(self._http, operation, parameters, body))
        except httpx.TransportError as error:
            raise UnreachableError(f"{operation.name}: {error!r}") from error
        return answer_of(operation, response)


class AsyncConnection:
    """Sends requests asynchronously."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def ask(self, operation: Operation[T], parameters: Mapping[str, object], body: object = msgspec.UNSET) -> T:
        """Call an operation and return its answer; `parameters` are by key."""
        try:
            response = await self._http.send(request_of(self._http, operation, parameters, body))
        except httpx.TransportError as error:
            raise UnreachableError(f"{operation.name}: {error!r}") from error
        return answer_of(operation, response)


def request_of(
    http: httpx.Client | httpx.AsyncClient, operation: Operation[T], parameters: Mapping[str, object], body: object
) -> httpx.Request:
    """The HTTP request that calls an operation."""
    path = operation.path
    query = httpx.QueryParams()
    headers: dict[str, str] = {}
    for item in operation.parameters:
        value = parameters[item.key]
        if value is msgspec.UNSET:
            continue
        texts = _texts(value, item.form)
        match item.place:
            case Place.PATH:
                path = path.replace(f"{{{item.name}}}", ",".join(quote(text, safe="") for text in texts))
            case Place.QUERY:
                for text in texts:
                    query = query.add(item.name, text)
            case Place.HEADER:
                headers[item.name] = ",".join(texts)
    content = None
    if body is not msgspec.UNSET:
        content, headers["Content-Type"] = encoded(body), "application/json"
    return http.build_request(operation.method, path, params=query or None, headers=headers, content=content)


def _texts(value: object, form: Form) -> list[str]:
    values = msgspec.convert(value, list[Any]) if form.is_array else [value]
    return [in_text(item, form) for item in values]


def answer_of(operation: Operation[T], response: httpx.Response) -> T:
    """The answer in a response, as the document declares it; RefusedError for an error that it declares."""
    status = response.status_code
    if status in operation.answers:
        kind = operation.answers[status]
        with _expected(response):
            found: T = msgspec.json.decode(b"null" if kind is None else response.content, type=kind)
        return found
    if status >= 500 and not operation.declares(status):
        raise FailedError(response)
    if status < 400 or not operation.declares(status):
        raise UnexpectedAnswerError(response, f"the document does not declare {status}")
    kind = operation.problem(status)
    with _expected(response):
        problem: object = msgspec.json.decode(b"null" if kind is None else response.content, type=kind)
    raise RefusedError(status, problem)


@contextmanager
def _expected(response: httpx.Response) -> Generator[None]:
    try:
        yield
    except msgspec.DecodeError as error:
        raise UnexpectedAnswerError(response, str(error)) from error
