"""Writes ``routes.py``, which reads every request and passes it to its handler, and ``app.py`` around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from strangler.contracts.document import Method, Model
from strangler.contracts.generation.blueprint import Blueprint, PlannedOperation
from strangler.contracts.generation.imports import Imports, module_text
from strangler.contracts.generation.port_module import port_name
from strangler.contracts.generation.python_text import Group, call, lines_of
from strangler.contracts.generation.struct_code import StructCode
from strangler.contracts.generation.type_code import TypeCode, is_decimal
from strangler.contracts.type_reference import Type
from strangler.contracts.use import reachable


def routes_module(blueprint: Blueprint, own: str) -> str:
    """The text of the module."""
    imports = Imports(own)
    types = TypeCode(blueprint, imports)
    body = [line for item in blueprint.operations for line in _inputs(item, types)]
    body += _adapter(blueprint, types)
    body += _routes(blueprint, imports)
    about = "Every operation as a route: what is asked is read strictly, and handed to the port."
    return module_text(about, imports, body)


def _inputs(item: PlannedOperation, types: TypeCode) -> Iterator[str]:
    """The struct of the parameters, and the decoder of the body."""
    if item.arguments:
        yield from ("", "")
        yield from _struct(item, types)
    if item.operation.body is not None:
        types.imports.module("msgspec")
        decoder = f"msgspec.json.Decoder[{types.plain(item.operation.body)}]"
        made = call("msgspec.json.Decoder", [types.strict(item.operation.body)])
        yield from ("", "")
        yield from lines_of(made, before=f"_{item.constant}_BODY: {decoder} = ")


def _struct(item: PlannedOperation, types: TypeCode) -> Iterator[str]:
    """The struct of the parameters; its attributes are named like the arguments of the handler."""
    structs = StructCode(types)
    base = types.imports.name("msgspec", "Struct")
    yield from lines_of(Group(f"class {_parameters(item)}(", (base, "frozen=True", "kw_only=True"), "):"))
    for each in item.arguments:
        field = replace(each.parameter.field, description="", deprecation=None, annotations=())
        yield from structs.field(each.name, each.key, field)
    names = {each.parameter.field.name: each.name for each in item.arguments}
    yield from structs.checks(names, [each.parameter.field for each in item.arguments])


def _parameters(item: PlannedOperation) -> str:
    return f"_{''.join(part.capitalize() for part in item.method.split('_'))}Parameters"


def _adapter(blueprint: Blueprint, types: TypeCode) -> Iterator[str]:
    port = types.imports.sibling("port", port_name(blueprint))
    yield from ("", "", "class _Adapter:", '    """Passes requests on to the port."""', "")
    yield f"    def __init__(self, port: {port}) -> None:"
    yield "        self._port = port"
    for item in blueprint.operations:
        yield ""
        yield f"    async def {item.method}(self, call: {types.imports.sibling('call', 'Call')}) -> object:"
        arguments: list[str] = []
        if item.arguments:
            yield f"        asked = call.parameters({_parameters(item)})"
            arguments += [f"{each.name}=asked.{each.name}" for each in item.arguments]
        if item.operation.body is not None:
            exact = ["has_decimals=True"] if _has_decimals(item.operation.body, blueprint) else []
            yield from lines_of(call("call.body", [f"_{item.constant}_BODY", *exact]), 8, before="body = await ")
            arguments.append("body=body")
        yield from lines_of(call(f"self._port.{item.method}", arguments), 8, before="return await ")


def _has_decimals(type_: Type, blueprint: Blueprint) -> bool:
    names = reachable([type_], blueprint.library)
    models = [item for name in names if isinstance(item := blueprint.library.declarations[name], Model)]
    return is_decimal(type_) or any(is_decimal(field.type) for model in models for field in model.fields)


def _routes(blueprint: Blueprint, imports: Imports) -> Iterator[str]:
    port, base = port_name(blueprint), imports.name("starlette.routing", "BaseRoute")
    if not blueprint.operations:
        yield from (
            "",
            "",
            f"def routes(_: {port}) -> list[{base}]:",
            '    """Return no routes: the document has no operations."""',
        )
        yield "    return []"
        return
    problems, route = imports.sibling("problems", "PROBLEMS"), imports.sibling("call", "route")
    yield from ("", "", f"def routes(port: {port}) -> list[{base}]:")
    yield '    """Return all routes. The first one that matches answers, so those with fewer parameters come first."""'
    yield "    adapter = _Adapter(port)"
    yield "    return ["
    for item in sorted(blueprint.operations, key=_precedence):
        constant = imports.sibling("operations", item.constant)
        yield from lines_of(call(route, [constant, f"adapter.{item.method}", problems]), 8, after=",")
    yield "    ]"


def _precedence(item: PlannedOperation) -> tuple[list[tuple[int, str]], bool]:
    """The order of routes: literal segments before parameters, and HEAD before GET, which would answer it too."""
    segments = item.operation.path.split("/")
    return [(segment.count("{"), segment) for segment in segments], item.operation.method is not Method.HEAD


def app_module(blueprint: Blueprint, own: str) -> str:
    """The text of the module that creates the application."""
    imports = Imports(own)
    ready, always = imports.sibling("health", "Ready"), imports.sibling("health", "always_ready")
    requests = {(item.operation.method, item.operation.path) for item in blueprint.operations}
    parts = ["*routes(port)"]
    for path, name in (("/_internal_/readiness", "readiness_routes"), ("/_internal_/healthcheck", "liveness_routes")):
        if (Method.GET, path) not in requests:
            argument = "ready" if name == "readiness_routes" else ""
            parts.insert(0, f"*{imports.sibling('health', name)}({argument})")
    imports.sibling("routes", "routes")
    made = call(
        imports.sibling("application", "application"),
        [Group("[", tuple(parts), "]"), imports.sibling("problems", "PROBLEMS")],
    )
    starlette, port = (
        imports.name("starlette.applications", "Starlette"),
        imports.sibling("port", port_name(blueprint)),
    )
    body = [
        f"def create_app(port: {port}, *, ready: {ready} = {always}) -> {starlette}:",
        '    """Return the service as an application; `ready` says whether it can take requests now."""',
        *lines_of(made, 4, before="return "),
    ]
    about = f"The application: operations and health check of {blueprint.document.namespace}."
    return module_text(about, imports, body)
