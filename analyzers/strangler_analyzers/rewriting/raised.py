"""The exceptions that leave an operation, and whether an answer can tell them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from strangler_analyzers.rewriting.signatures import Definition, SourceModule, own_nodes
from strangler_analyzers.rewriting.wire_types import Entity, UntransferableError, WireReader, parts_of

_MAKES_TEXT = frozenset({"str", "repr", "format", "join"})


@dataclass(frozen=True, slots=True, order=True)
class RaisedClass:
    """An exception's class: its module, ``builtins`` for Python's own, and its name there."""

    module: str
    name: str


class UntellableError(Exception):
    """An exception that no answer can tell: `line` raises it, and the message says why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


@dataclass(frozen=True)
class Raising:
    """Reads ``raise`` statements."""

    wire: WireReader

    def classes(self, definition: Definition, module: SourceModule) -> Iterator[RaisedClass]:
        """The exceptions that a function itself raises. Raises UntellableError if they are unknown."""
        for node in own_nodes(definition):
            if isinstance(node, ast.Raise):
                yield self._class(node, module)

    def _class(self, node: ast.Raise, module: SourceModule) -> RaisedClass:
        raised = node.exc
        call = raised if isinstance(raised, ast.Call) else None
        name = raised if call is None else call.func
        if not isinstance(name, ast.Name | ast.Attribute):
            raise UntellableError(node.lineno, "it raises again what it has caught")
        full = self.wire.name_of(name, module)
        owner, colon, qualname = full.partition(":")
        if not colon:
            owner, _, qualname = full.rpartition(".")
            if not qualname[:1].isupper():
                raise UntellableError(node.lineno, f"{ast.unparse(name)} is no class it names")
            found = RaisedClass(owner or "builtins", qualname)
            maker = None
        else:
            source = self.wire.sources.module(owner)
            definition = None if source is None else source.definitions.get(qualname)
            if source is None or not isinstance(definition, ast.ClassDef):
                raise UntellableError(node.lineno, f"{ast.unparse(name)} is no class it names")
            found = RaisedClass(owner, qualname)
            maker = self._maker(source, definition)
        if maker is not None:
            self._check_maker(*maker, node.lineno)
        elif call is not None and not all(_is_plain(value) for value in _given(call)):
            raise UntellableError(node.lineno, f"{qualname} is made of more than texts and numbers")
        return found

    def _maker(self, source: SourceModule, definition: ast.ClassDef) -> tuple[SourceModule, Definition] | None:
        """The ``__init__`` of an exception's class, or of a class of the monolith it inherits from."""
        for _ in range(8):
            qualname = next(name for name, node in source.definitions.items() if node is definition)
            found = source.definitions.get(f"{qualname}.__init__")
            if isinstance(found, Definition):
                return source, found
            base = definition.bases[0] if definition.bases else None
            owner, colon, name = self.wire.name_of(base, source).partition(":") if base is not None else ("", "", "")
            above = self.wire.sources.module(owner) if colon else None
            parent = None if above is None else above.definitions.get(name)
            if above is None or not isinstance(parent, ast.ClassDef):
                return None
            source, definition = above, parent
        return None

    def _check_maker(self, source: SourceModule, maker: Definition, line: int) -> None:
        for argument in [*maker.args.args[1:], *maker.args.kwonlyargs]:
            try:
                wire = self.wire.read(argument.annotation, source)
            except UntransferableError as error:
                raise UntellableError(line, f"{argument.arg} of the exception: {error}") from None
            if any(isinstance(part, Entity) for part in parts_of(wire)):
                raise UntellableError(line, f"{argument.arg} of the exception is a model")
        if maker.args.kwonlyargs or maker.args.vararg or maker.args.kwarg:
            raise UntellableError(line, "the exception is not made by values in an order")


def _given(call: ast.Call) -> Iterable[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is_plain(node: ast.expr) -> bool:
    """Whether a value certainly is a text, a number or a dictionary or list of such."""
    match node:
        case ast.Constant() | ast.JoinedStr():
            return True
        case ast.Dict():
            return all(key is not None and _is_plain(key) for key in node.keys) and all(map(_is_plain, node.values))
        case ast.List():
            return all(map(_is_plain, node.elts))
        case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod()):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in _MAKES_TEXT
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr=name)):
            return name in _MAKES_TEXT
        case _:
            return False
