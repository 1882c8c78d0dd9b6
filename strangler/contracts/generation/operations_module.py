"""Writes ``operations.py``, the table that server and clients share, and ``problems.py``, the shape of errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from strangler.contracts.document import Field, Model
from strangler.contracts.generation.blueprint import Argument, Blueprint, PlannedOperation
from strangler.contracts.generation.imports import Imports, module_text
from strangler.contracts.generation.python_names import attributes
from strangler.contracts.generation.python_text import Code, Group, call, entry, keyword, lines_of, literal
from strangler.contracts.generation.signature import answer
from strangler.contracts.generation.type_code import TypeCode
from strangler.contracts.type_reference import STRING, ArrayType, BuiltIn, NamedType, Type

_CODES = frozenset({"code", "type", "key", "kind"})
_JSON = frozenset({BuiltIn.BOOLEAN, BuiltIn.INTEGER, BuiltIn.LONG, BuiltIn.DOUBLE, BuiltIn.OBJECT, BuiltIn.JSON})
"""Types whose parameters are written as JSON; decimals are not, because a float would lose digits."""


def operations_module(blueprint: Blueprint, own: str) -> str:
    """The text of the table."""
    imports = Imports(own)
    types = TypeCode(blueprint, imports)
    body: list[str] = []
    for item in blueprint.operations:
        operation = imports.sibling("operation", "Operation")
        table = call(operation, _described(item, types))
        body += ["", *lines_of(table, before=f"{item.constant}: {operation}[{answer(item, types)}] = ")]
    return module_text(f"The operations of {blueprint.document.namespace}.", imports, body)


def _described(item: PlannedOperation, types: TypeCode) -> Iterator[Code]:
    yield f"method={literal(item.operation.method)}"
    yield f"path={literal(item.operation.path)}"
    if item.arguments:
        parameters = tuple(_parameter(each, types) for each in item.arguments)
        yield Group("parameters=(", parameters, ",)" if len(parameters) == 1 else ")")
    yield keyword("answers", _by_status(item.answers, types))
    if item.problems:
        yield keyword("problems", _by_status(item.problems, types))
    if item.otherwise is not None:
        yield f"otherwise={types.strict(item.otherwise)}"


def _by_status(found: Mapping[int, Type | None], types: TypeCode) -> Group:
    return Group("{", tuple(entry(str(status), types.strict(type_)) for status, type_ in found.items()), "}")


def _parameter(item: Argument, types: TypeCode) -> Code:
    place, form = types.imports.sibling("operation", "Place"), types.imports.sibling("operation", "Form")
    names = [literal(item.parameter.field.name), literal(item.key)]
    where = item.parameter.within.name
    return call(
        types.imports.sibling("operation", "Parameter"),
        [*names, f"{place}.{where}", f"{form}.{form_of(item.parameter.field.type, types.blueprint)}"],
    )


def form_of(type_: Type, blueprint: Blueprint) -> str:
    """The form in which a parameter of the type is written."""
    if isinstance(type_, ArrayType):
        return f"{form_of(type_.item, blueprint)}S" if not isinstance(type_.item, ArrayType) else "JSONS"
    if isinstance(type_, NamedType):
        if type_.built_in is not None:
            return "NUMBER" if type_.built_in is BuiltIn.DECIMAL else "JSON" if type_.built_in in _JSON else "TEXT"
        return "JSON" if blueprint.library.enumeration(type_) is None else "TEXT"
    return "JSON"


def problems_module(blueprint: Blueprint, own: str) -> str:
    """The text of the module that shapes errors: the types the document declares, filled with a code and messages."""
    imports = Imports(own)
    types = TypeCode(blueprint, imports)
    found = Counter(
        type_.name
        for item in blueprint.operations
        for type_ in (*item.problems.values(), item.otherwise)
        if isinstance(type_, NamedType)
    )
    shapes = {name: fields for name in found if (fields := _filled(name, types))}
    usual = max(shapes, key=lambda name: (found[name], name), default=None)
    cases: list[str] = []
    for name, arguments in shapes.items():
        cases.append(f"    if kind is {types.declared(name)}:")
        cases += lines_of(call(types.declared(name), arguments), 8, before="return ")
    sequence = imports.name("collections.abc", "Sequence")
    problems = imports.sibling("call", "Problems")
    body = [
        f"def make_problem(kind: object, status: int, code: str, messages: {sequence}[str]) -> object:",
        '    """Return the body of an error, in the type declared for it or else in the usual one."""',
        *cases,
        '    return {"code": code, "messages": list(messages)}',
        "",
        "",
        f"PROBLEMS = {problems}(make_problem, usual={'dict' if usual is None else types.declared(usual)})",
    ]
    return module_text("How errors are answered where a handler gives no body itself.", imports, body)


def _filled(name: str, types: TypeCode, *, is_outermost: bool = True) -> list[Code]:
    """Return the arguments that construct an error of a type.

    Empty if the type needs more than a code and messages, or has room for neither.
    """
    model = types.blueprint.library.declarations.get(name)
    if not isinstance(model, Model):
        return []
    names = attributes(field.name for field in model.fields)
    arguments: list[Code] = []
    for field in model.fields:
        value = _part(field, types, is_outermost=is_outermost)
        if value is not None:
            arguments.append(keyword(names[field.name], value))
        elif field.must_be_sent:
            return []
    return arguments


def _part(field: Field, types: TypeCode, *, is_outermost: bool) -> Code | None:
    """Return the value that a field of an error is filled with, or None if nothing fits.

    A list of errors, such as FastAPI's `detail`, gets one element, whose own lists stay empty.
    """
    if field.minimum is not None or field.maximum is not None or field.default is not None:
        return None
    match field.type:
        case ArrayType(item) if item == STRING:
            return "list(messages)" if is_outermost else "[]"
        case ArrayType(NamedType(built_in=None) as item) if is_outermost:
            inner = _filled(item.name, types, is_outermost=False)
            return Group("[", (call(types.declared(item.name), inner),), "]") if inner else None
        case ArrayType() if field.must_be_sent and not is_outermost:
            return "[]"
        case NamedType(BuiltIn.STRING):
            return "code" if field.name in _CODES else '"; ".join(messages)'
        case NamedType(BuiltIn.INTEGER) if field.name == "status":
            return "status"
        case _:
            return None
