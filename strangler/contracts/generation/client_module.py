"""Writes ``client.py``, and ``async_client.py``, its asynchronous counterpart."""

from __future__ import annotations

from strangler.contracts.generation.blueprint import Blueprint, PlannedOperation
from strangler.contracts.generation.imports import Imports, module_text
from strangler.contracts.generation.python_text import Code, Group, call, docstring, entry, lines_of, literal
from strangler.contracts.generation.signature import answer, client_arguments, signature
from strangler.contracts.generation.type_code import TypeCode


def client_module(blueprint: Blueprint, own: str, *, is_async: bool) -> str:
    """The text of a client's module."""
    imports = Imports(own)
    types = TypeCode(blueprint, imports)
    imports.module("httpx")
    for name in ("TIMEOUT", "AsyncConnection" if is_async else "Connection"):
        imports.sibling("connection", name)
    imports.name("typing", "Self")
    body = _head(blueprint, is_async=is_async)
    for item in blueprint.operations:
        body += ["", *_method(item, types, is_async=is_async)]
    kind = "An asynchronous client" if is_async else "A client that blocks until it has the answer"
    about = f"{kind}; its errors are those of the module connection."
    return module_text(about, imports, body)


def _head(blueprint: Blueprint, *, is_async: bool) -> list[str]:
    prefix, word, leave = ("Async", "async ", "a") if is_async else ("", "", "")
    enter, leave, close = ("__aenter__", "__aexit__", "aclose") if is_async else ("__enter__", "__exit__", "close")
    wait = "await " if is_async else ""
    transport = f"httpx.{'Async' if is_async else ''}BaseTransport"
    given = ("base_url", "timeout", "headers", "transport")
    made = call(f"httpx.{prefix}Client", [f"{name}={name}" for name in given])
    about = f'    """A client of {blueprint.stem}, with a timeout for every request.'
    return [
        f"class {prefix}{blueprint.prefix}Client:",
        about,
        "",
        "    Raises RefusedError for an error that the document declares, FailedError for another answer of 5xx,",
        "    UnreachableError without an answer, and UnexpectedAnswerError for any other undeclared answer.",
        '    """',
        "",
        "    def __init__(",
        "        self,",
        "        base_url: str,",
        "        *,",
        "        timeout: httpx.Timeout = TIMEOUT,",
        "        headers: dict[str, str] | None = None,",
        f"        transport: {transport} | None = None,",
        "    ) -> None:",
        *lines_of(made, 8, before="self._http = "),
        f"        self._connection = {prefix}Connection(self._http)",
        "",
        f"    {word}def {enter}(self) -> Self:",
        "        return self",
        "",
        f"    {word}def {leave}(self, *_: object) -> None:",
        f"        {wait}self._http.{close}()",
    ]


def _method(item: PlannedOperation, types: TypeCode, *, is_async: bool) -> list[str]:
    constant = types.imports.sibling("operations", item.constant)
    given = Group("{", tuple(entry(literal(each.key), each.name) for each in item.arguments), "}")
    arguments: list[Code] = [constant, given, *(["body"] if item.operation.body is not None else [])]
    return [
        *signature(item, client_arguments(item, types), answer(item, types), is_async=is_async),
        *docstring(item.about, 8),
        *lines_of(call("self._connection.ask", arguments), 8, before=f"return {'await ' if is_async else ''}"),
    ]
