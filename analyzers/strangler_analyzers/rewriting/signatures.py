"""The signature of a called function, from its source: parameters, types, and what it may do to them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

Definition = ast.FunctionDef | ast.AsyncFunctionDef


class ParameterKind(Enum):
    """How a parameter is passed."""

    POSITIONAL = "positional"
    ANY = "any"
    VARIADIC = "variadic"
    KEYWORD = "keyword"
    KEYWORDS = "keywords"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `annotation` is None where there is none, `default` is source."""

    name: str
    kind: ParameterKind
    annotation: ast.expr | None
    default: str | None


@dataclass(frozen=True, slots=True)
class Signature:
    """How a function is called.

    `plain` says that calling it with the same values in the order of the parameters is the same call: it has no
    decorators, and its defaults are constants.
    """

    parameters: tuple[Parameter, ...]
    returns: ast.expr | None
    is_async: bool
    is_generator: bool
    plain: bool


@dataclass(frozen=True, slots=True)
class SourceModule:
    """The source of one module: its definitions by qualified name, and where its imported names come from."""

    name: str
    definitions: Mapping[str, ast.stmt]
    imported: Mapping[str, tuple[str, str]]
    """Module and name there, empty for the module itself."""


def read_module(name: str, source: bytes, *, is_package: bool = False) -> SourceModule:
    """Read a module's source; raises SyntaxError and ValueError."""
    tree = ast.parse(source)
    return SourceModule(name, dict(_definitions(tree.body, "")), dict(_imports(tree.body, name, is_package=is_package)))


def signature_of(definition: Definition) -> Signature:
    """How a function is called."""
    arguments = definition.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    parameters: list[Parameter] = []
    for number, (argument, default) in enumerate(zip(positional, defaults, strict=True)):
        kind = ParameterKind.POSITIONAL if number < len(arguments.posonlyargs) else ParameterKind.ANY
        parameters.append(_parameter(argument, kind, default))
    if arguments.vararg is not None:
        parameters.append(_parameter(arguments.vararg, ParameterKind.VARIADIC, None))
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        parameters.append(_parameter(argument, ParameterKind.KEYWORD, default))
    if arguments.kwarg is not None:
        parameters.append(_parameter(arguments.kwarg, ParameterKind.KEYWORDS, None))
    given = [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]
    return Signature(
        tuple(parameters),
        unquoted(definition.returns),
        isinstance(definition, ast.AsyncFunctionDef),
        any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(definition)),
        not definition.decorator_list and all(_is_constant(default) for default in given),
    )


def unquoted(annotation: ast.expr | None) -> ast.expr | None:
    """An annotation, as an expression where it is written as text."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return annotation
    return annotation


def own_nodes(definition: Definition) -> Iterator[ast.AST]:
    """The nodes of a function's body without those of functions and classes in it."""
    pending: list[ast.AST] = list(definition.body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))


def _parameter(argument: ast.arg, kind: ParameterKind, default: ast.expr | None) -> Parameter:
    text = None if default is None else ast.unparse(default)
    return Parameter(argument.arg, kind, unquoted(argument.annotation), text)


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand)
    if isinstance(node, ast.Tuple):
        return all(map(_is_constant, node.elts))
    return isinstance(node, ast.Constant)


def _definitions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.stmt]]:
    for node in _flat(body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{prefix}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _definitions(node.body, f"{prefix}{node.name}.")


def _imports(body: list[ast.stmt], module: str, *, is_package: bool) -> Iterator[tuple[str, tuple[str, str]]]:
    package = module if is_package else module.rpartition(".")[0]
    for node in _flat(body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, (alias.name, "")
                else:
                    root = alias.name.partition(".")[0]
                    yield root, (root, "")
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            above = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            source = ".".join(filter(None, (above, node.module or "")))
            for alias in node.names:
                yield alias.asname or alias.name, (source, alias.name)


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a body, those under conditions too."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from _flat([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _flat([*node.body, *(s for handler in node.handlers for s in handler.body), *node.orelse])
