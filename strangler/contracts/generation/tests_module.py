"""Writes ``tests/generated/test_api.py``, the tests that the generated code passes as it is generated."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from strangler.contracts.document import Model, ParameterPlace
from strangler.contracts.generation.blueprint import Blueprint, PlannedOperation
from strangler.contracts.generation.imports import Imports, module_text
from strangler.contracts.generation.port_module import port_name, unwritten_name
from strangler.contracts.generation.python_text import Code, Group, call, docstring, keyword, lines_of, literal
from strangler.contracts.generation.sample import NoSampleError, Samples
from strangler.contracts.generation.signature import answer, handler_arguments, returned, signature
from strangler.contracts.generation.type_code import TypeCode
from strangler.contracts.generation.value_code import UnfitValueError, ValueCode
from strangler.contracts.type_reference import ANY, NamedType, Type
from strangler.model.json_value import Json


@dataclass(frozen=True)
class _Exchange:
    """An operation with the values sent, by argument, the answer, and the path with its values filled in."""

    item: PlannedOperation
    sent: Sequence[tuple[str, Code]]
    status: int
    answered: Code
    path: str


def tests_module(blueprint: Blueprint, own: str) -> str:
    """The text of the module."""
    imports = Imports(own)
    types = TypeCode(blueprint, imports)
    exchanges = [found for item in blueprint.operations if (found := _exchange(item, types)) is not None]
    parts = [
        *_answering(blueprint, exchanges, types),
        *_harness(blueprint, imports),
        *_health(blueprint, imports),
        *(line for found in exchanges for line in _asked(found, blueprint, types)),
        *(line for found in exchanges for line in _refused(found, blueprint)),
        *_unwritten(blueprint, exchanges),
        *_messages(blueprint, types),
    ]
    return module_text("What holds of the generated code, whatever the handlers do.", imports, parts)


def _exchange(item: PlannedOperation, types: TypeCode) -> _Exchange | None:
    """An exchange of samples; None if a type has no sample that can be shown."""
    samples, values = Samples(types.blueprint), ValueCode(types)
    status, type_ = next(iter(item.answers.items()))
    try:
        sent = [
            (each.name, values.of_field(field, samples.of_field(field)))
            for each in item.arguments
            if (field := each.parameter.field).must_be_sent
        ]
        if item.operation.body is not None:
            sent.append(("body", values.of(item.operation.body, samples.of(item.operation.body))))
        path = _path(item, samples)
        answered = "None" if type_ is None else values.of(type_, samples.of(type_))
    except (NoSampleError, UnfitValueError):
        return None
    return _Exchange(item, sent, status, answered, path)


def _answering(blueprint: Blueprint, exchanges: Sequence[_Exchange], types: TypeCode) -> Iterator[str]:
    """A port that checks what it receives, and answers with samples."""
    unwritten = types.imports.sibling("port", unwritten_name(blueprint))
    yield from (
        "",
        "",
        f"class _Answering({unwritten}):",
        '    """A port that checks what it receives and answers with samples."""',
    )
    for found in exchanges:
        item = found.item
        value: Code = found.answered
        if len(item.answers) > 1:
            value = call(types.imports.sibling("reply", "Reply"), [value, f"status={found.status}"])
        yield ""
        yield from signature(item, handler_arguments(item, types), returned(item, types))
        for name, code in found.sent:
            yield from lines_of(code, 8, before=f"assert {name} == ")
        yield from lines_of(value, 8, before="return ")


def _harness(blueprint: Blueprint, imports: Imports) -> Iterator[str]:
    imports.module("asyncio")
    imports.module("httpx")
    client = imports.sibling("async_client", f"Async{blueprint.prefix}Client")
    app, port = imports.sibling("app", "create_app"), imports.sibling("port", port_name(blueprint))
    for name in ("Awaitable", "Callable"):
        imports.name("collections.abc", name)
    type_var = imports.name("typing", "TypeVar")
    yield from ("", "", f'T = {type_var}("T")')
    yield from ("", "", f"def _asked(call: Callable[[{client}], Awaitable[T]]) -> T:")
    yield '    """Return what a client of that service receives."""'
    yield ""
    yield "    async def ask() -> T:"
    yield f"        transport = httpx.ASGITransport(app={app}(_Answering()))"
    yield f'        async with {client}("http://service", transport=transport) as client:'
    yield "            return await call(client)"
    yield ""
    yield "    return asyncio.run(ask())"
    yield from ("", "", f"def _status(port: {port}, method: str, path: str, content: bytes | None = None) -> int:")
    yield '    """Return the status of the answer to a request."""'
    yield ""
    yield "    async def ask() -> int:"
    yield f"        transport = httpx.ASGITransport(app={app}(port))"
    yield '        async with httpx.AsyncClient(base_url="http://service", transport=transport) as http:'
    yield '            headers = {} if content is None else {"Content-Type": "application/json"}'
    yield "            response = await http.request(method, path, content=content, headers=headers)"
    yield "            return response.status_code"
    yield ""
    yield "    return asyncio.run(ask())"


def _health(blueprint: Blueprint, imports: Imports) -> Iterator[str]:
    imports.sibling("health", "HEALTH_PATH")
    unwritten = unwritten_name(blueprint)
    yield from ("", "", "def test_the_service_is_healthy_before_a_handler_is_written() -> None:")
    yield '    """The health check needs no handler."""'
    yield f'    assert _status({unwritten}(), "GET", HEALTH_PATH) == 200'
    yield from ("", "", "def test_what_is_not_in_the_document_is_not_there() -> None:")
    yield '    """An unknown path is answered with 404, without a redirect."""'
    yield f'    assert _status({unwritten}(), "GET", f"{{HEALTH_PATH}}/unknown") == 404'


def _asked(found: _Exchange, blueprint: Blueprint, types: TypeCode) -> Iterator[str]:
    item = found.item
    client, returns = f"Async{blueprint.prefix}Client", answer(item, types)
    request = call(f"client.{item.method}", [keyword(name, code) for name, code in found.sent])
    yield from ("", "", f"def test_{item.method}() -> None:")
    yield f'    """{_plain(item)}: the port receives what the client sent, and the client what the port returned."""'
    yield ""
    yield f"    async def ask(client: {client}) -> {returns}:"
    yield from lines_of(request, 8, before="return await ")
    yield ""
    is_none = found.answered in {"None", "True", "False"}
    yield from lines_of(found.answered, 4, before=f"assert _asked(ask) {'is' if is_none else '=='} ")


def _refused(found: _Exchange, blueprint: Blueprint) -> Iterator[str]:
    item = found.item
    if item.operation.body is None or any(
        each.parameter.within is not ParameterPlace.PATH and each.parameter.field.must_be_sent
        for each in item.arguments
    ):
        return
    malformed = _declared(item, 400, 422)
    yield from ("", "", f"def test_{item.method}_refuses_other_bodies() -> None:")
    yield '    """Neither text that is not JSON nor JSON of another type is accepted."""'
    yield from _line(found, blueprint, 'b"{"', malformed)
    if item.operation.body != ANY:
        yield from _line(found, blueprint, 'b"null"', _declared(item, 422, 400))


def _line(found: _Exchange, blueprint: Blueprint, content: str, status: int) -> Iterator[str]:
    method = literal(found.item.operation.method)
    request = call("_status", [f"{unwritten_name(blueprint)}()", method, literal(found.path), content])
    yield from lines_of(request, 4, before="assert ", after=f" == {status}")


def _declared(item: PlannedOperation, *statuses: int) -> int:
    return next((status for status in statuses if status in item.problems), statuses[0])


def _path(item: PlannedOperation, samples: Samples) -> str:
    """The path filled with samples; NoSampleError if a sample cannot be a path segment."""
    path = item.operation.path
    for each in item.arguments:
        if each.parameter.within is ParameterPlace.PATH:
            value = samples.of_field(each.parameter.field)
            text = ",".join(map(_text, value)) if isinstance(value, list) else _text(value)
            if "/" in text or text in {"", ".", ".."}:
                raise NoSampleError
            path = path.replace(f"{{{each.parameter.field.name}}}", quote(text, safe=","))
    return path


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _unwritten(blueprint: Blueprint, exchanges: Sequence[_Exchange]) -> Iterator[str]:
    simple = [found for found in exchanges if not found.sent]
    if simple:
        item = simple[0].item
        request = call(
            "_status", [f"{unwritten_name(blueprint)}()", literal(item.operation.method), literal(item.operation.path)]
        )
        yield from ("", "", "def test_a_handler_that_is_not_written_is_said_to_be_missing() -> None:")
        yield '    """It is answered with 501, which no client takes for a result."""'
        yield from lines_of(request, 4, before="assert ", after=" == 501")


def _messages(blueprint: Blueprint, types: TypeCode) -> Iterator[str]:
    """Tests that encode and decode every model and union."""
    messages = [entry for name in blueprint.needed for entry in _message(name, types)]
    if not messages:
        return
    types.imports.module("msgspec")
    types.imports.module("pytest")
    encoded = types.imports.sibling("operation", "encoded")
    yield from ("", "", "MESSAGES: list[tuple[object, object]] = [")
    for message in messages:
        yield from lines_of(message, 4, after=",")
    yield "]"
    yield from ("", "", '@pytest.mark.parametrize(("kind", "message"), MESSAGES)')
    yield "def test_a_message_is_read_as_it_was_written(kind: object, message: object) -> None:"
    yield '    """Every type of the document survives a round trip."""'
    yield f"    assert msgspec.json.decode({encoded}(message), type=kind) == message"


def _message(name: str, types: TypeCode) -> Iterator[Code]:
    samples, values = Samples(types.blueprint), ValueCode(types)
    declared: Type = NamedType(name)
    if isinstance(types.blueprint.library.declarations[name], Model) or types.blueprint.library.union(declared):
        try:
            yield Group("(", (types.declared(name), values.of(declared, samples.of(declared))), ")")
        except (NoSampleError, UnfitValueError):
            return


def _plain(item: PlannedOperation) -> str:
    """The request in a form that is safe in a docstring."""
    return docstring(item.operation.name)[0].strip('"')
