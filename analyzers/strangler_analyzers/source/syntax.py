"""The slim syntax tree: the part of a Python file that the analysis keeps.

It is a fraction of `ast`: operators without meaning for the analysis, comments, docstrings and positions of names are
dropped; everything that can call, bind, import or declare is kept in source order. The nodes are msgspec structs, so
that a tree crosses a process boundary and fits a cache as a few bytes, and compare by identity, so that a node can be
a dictionary key.

`strangler_analyzers.source.lowering` makes the tree from `ast`, `strangler_analyzers.source.tolerant` makes the same
tree from files that the interpreter cannot parse.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from strangler_analyzers.source.conditions import Decision
from strangler_analyzers.source.kinds import Exact


class Node(Struct, frozen=True, array_like=True, gc=False, eq=False, tag=True):
    """Base of every node; equality is identity."""


# --- expressions ---------------------------------------------------------------------------------------------------


class Name(Node, frozen=True, array_like=True, gc=False, eq=False, tag="N", metaclass=Exact):
    """A plain name."""

    id: str


class Attribute(Node, frozen=True, array_like=True, gc=False, eq=False, tag="A", metaclass=Exact):
    """``value.name``."""

    value: Expression
    name: str
    line: int


class Constant(Node, frozen=True, array_like=True, gc=False, eq=False, tag="K", metaclass=Exact):
    """A string, number, boolean or None; bytes and huge integers are `Opaque`."""

    value: str | int | float | bool | None


class Keyword(Node, frozen=True, array_like=True, gc=False, eq=False, tag="k", metaclass=Exact):
    """``name=value`` in a call or class header; ``**value`` has no name."""

    name: str | None
    value: Expression


class Call(Node, frozen=True, array_like=True, gc=False, eq=False, tag="C", metaclass=Exact):
    """A call; `column` is 0-based, so that (line, column) orders calls as the source does."""

    function: Expression
    arguments: tuple[Expression, ...]
    keywords: tuple[Keyword, ...]
    line: int
    column: int

    def keyword(self, name: str) -> Expression | None:
        """The value passed for a keyword, or None."""
        for keyword in self.keywords:
            if keyword.name == name:
                return keyword.value
        return None

    def argument(self, position: int, name: str | None = None) -> Expression | None:
        """The argument passed by position or by name, or None."""
        if position < len(self.arguments):
            return self.arguments[position]
        return self.keyword(name) if name is not None else None


class Sequence(Node, frozen=True, array_like=True, gc=False, eq=False, tag="S", metaclass=Exact):
    """A list, tuple or set display."""

    elements: tuple[Expression, ...]


class Mapping(Node, frozen=True, array_like=True, gc=False, eq=False, tag="M", metaclass=Exact):
    """A dict display; ``**value`` has the key None."""

    keys: tuple[Expression | None, ...]
    values: tuple[Expression, ...]


class Subscript(Node, frozen=True, array_like=True, gc=False, eq=False, tag="B", metaclass=Exact):
    """``value[index]``; a slice is an `Opaque` index."""

    value: Expression
    index: Expression


class Operation(Node, frozen=True, array_like=True, gc=False, eq=False, tag="O", metaclass=Exact):
    """``+``, ``%``, ``|`` and ``&``: the operators that build texts, queries and types."""

    operator: str
    left: Expression
    right: Expression


class Choice(Node, frozen=True, array_like=True, gc=False, eq=False, tag="H", metaclass=Exact):
    """A conditional expression or ``and``/``or``: the value is one of `values`; `condition` is evaluated too."""

    values: tuple[Expression, ...]
    condition: Expression | None


class Format(Node, frozen=True, array_like=True, gc=False, eq=False, tag="F", metaclass=Exact):
    """An f-string: its parts in order."""

    parts: tuple[Expression, ...]


class Lambda(Node, frozen=True, array_like=True, gc=False, eq=False, tag="L", metaclass=Exact):
    """A lambda: a function that returns its body, named ``<lambda>``; the second one of a scope is ``<lambda>2``."""

    function: Function

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters."""
        return self.function.parameters

    @property
    def body(self) -> Expression:
        """The expression it returns."""
        (statement,) = self.function.body
        return statement.value if isinstance(statement, Return) and statement.value is not None else OPAQUE


class Generator(Node, frozen=True, array_like=True, gc=False, eq=False, tag="g", metaclass=Exact):
    """One ``for target in iterable if ...`` of a comprehension."""

    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...]
    line: int


class Comprehension(Node, frozen=True, array_like=True, gc=False, eq=False, tag="G", metaclass=Exact):
    """A comprehension; a dict comprehension has `key`."""

    element: Expression
    key: Expression | None
    generators: tuple[Generator, ...]


class Await(Node, frozen=True, array_like=True, gc=False, eq=False, tag="W", metaclass=Exact):
    """``await value``."""

    value: Expression


class Yield(Node, frozen=True, array_like=True, gc=False, eq=False, tag="Y", metaclass=Exact):
    """``yield value``, or ``yield from value`` when `delegated`."""

    value: Expression | None
    delegated: bool


class Star(Node, frozen=True, array_like=True, gc=False, eq=False, tag="*", metaclass=Exact):
    """``*value`` in a call, display or target."""

    value: Expression


class Walrus(Node, frozen=True, array_like=True, gc=False, eq=False, tag=":=", metaclass=Exact):
    """``name := value``."""

    name: str
    value: Expression


class Opaque(Node, frozen=True, array_like=True, gc=False, eq=False, tag="?", metaclass=Exact):
    """Any other expression; only parts that call or read an attribute are kept.

    For an operator that may run a special method, `operator` and its one or two `operands` are kept as well.
    """

    parts: tuple[Expression, ...]
    operator: str = ""
    operands: tuple[Expression, ...] = ()


Expression: TypeAlias = (
    Name
    | Attribute
    | Constant
    | Call
    | Sequence
    | Mapping
    | Subscript
    | Operation
    | Choice
    | Format
    | Lambda
    | Comprehension
    | Await
    | Yield
    | Star
    | Walrus
    | Opaque
)

# --- statements ----------------------------------------------------------------------------------------------------


class Alias(Node, frozen=True, array_like=True, gc=False, eq=False, tag="a", metaclass=Exact):
    """``name as alias``."""

    name: str
    alias: str | None


class Import(Node, frozen=True, array_like=True, gc=False, eq=False, tag="i", metaclass=Exact):
    """``import a.b as c``."""

    names: tuple[Alias, ...]
    line: int


class ImportFrom(Node, frozen=True, array_like=True, gc=False, eq=False, tag="f", metaclass=Exact):
    """``from ..module import name``; `level` counts the leading dots."""

    module: str
    level: int
    names: tuple[Alias, ...]
    line: int


class Assign(Node, frozen=True, array_like=True, gc=False, eq=False, tag="=", metaclass=Exact):
    """``target = value``, ``target: annotation = value``; several targets for ``a = b = value``."""

    targets: tuple[Expression, ...]
    value: Expression | None
    annotation: Expression | None
    line: int


class Augment(Node, frozen=True, array_like=True, gc=False, eq=False, tag="+=", metaclass=Exact):
    """``target += value`` (or another operator)."""

    target: Expression
    value: Expression
    line: int


class Evaluate(Node, frozen=True, array_like=True, gc=False, eq=False, tag="e", metaclass=Exact):
    """An expression statement, ``raise``, ``assert`` or ``del``."""

    value: Expression
    line: int


class Return(Node, frozen=True, array_like=True, gc=False, eq=False, tag="r", metaclass=Exact):
    """``return value``."""

    value: Expression | None
    line: int


class Delete(Node, frozen=True, array_like=True, gc=False, eq=False, tag="x", metaclass=Exact):
    """``del target``."""

    targets: tuple[Expression, ...]
    line: int


class WithItem(Node, frozen=True, array_like=True, gc=False, eq=False, tag="w", metaclass=Exact):
    """``context as target``."""

    context: Expression
    target: Expression | None


class With(Node, frozen=True, array_like=True, gc=False, eq=False, tag="wi", metaclass=Exact):
    """``with`` and ``async with``."""

    items: tuple[WithItem, ...]
    body: tuple[Statement, ...]
    line: int


class Loop(Node, frozen=True, array_like=True, gc=False, eq=False, tag="l", metaclass=Exact):
    """``for target in iterable`` or ``while iterable`` (no target)."""

    target: Expression | None
    iterable: Expression
    body: tuple[Statement, ...]
    line: int


class Branch(Node, frozen=True, array_like=True, gc=False, eq=False, tag="b", metaclass=Exact):
    """``if``, ``try`` and ``match``: `tests` are evaluated, then some of `arms` run.

    `decision` is the condition of an ``if``, if it depends on parameters of the enclosing function.
    """

    tests: tuple[Expression, ...]
    arms: tuple[tuple[Statement, ...], ...]
    line: int
    decision: Decision | None = None


class Parameter(Node, frozen=True, array_like=True, gc=False, eq=False, tag="p", metaclass=Exact):
    """A parameter; `prefix` is ``""``, ``"*"`` or ``"**"``; `keyword_only` and `positional_only` as in the language."""

    name: str
    prefix: str
    keyword_only: bool
    annotation: Expression | None
    default: Expression | None


class Binding(Node, frozen=True, array_like=True, gc=False, eq=False, tag="v", metaclass=Exact):
    """A target bound inside an expression: by a comprehension (`iterated`) or a walrus."""

    target: Expression
    value: Expression
    iterated: bool


class Function(Node, frozen=True, array_like=True, gc=False, eq=False, tag="d", metaclass=Exact):
    """``def`` and ``async def``."""

    name: str
    parameters: tuple[Parameter, ...]
    decorators: tuple[Expression, ...]
    returns: Expression | None
    body: tuple[Statement, ...]
    bindings: tuple[Binding, ...]
    line: int
    end_line: int
    is_async: bool
    lambdas: int = 0
    """The number of lambdas in its own scope, outside nested functions and classes; likewise in classes and modules."""


class Class(Node, frozen=True, array_like=True, gc=False, eq=False, tag="c", metaclass=Exact):
    """``class``."""

    name: str
    bases: tuple[Expression, ...]
    keywords: tuple[Keyword, ...]
    decorators: tuple[Expression, ...]
    body: tuple[Statement, ...]
    bindings: tuple[Binding, ...]
    line: int
    end_line: int
    lambdas: int = 0


Statement: TypeAlias = (
    Import | ImportFrom | Assign | Augment | Evaluate | Return | Delete | With | Loop | Branch | Function | Class
)


class Tree(Node, frozen=True, array_like=True, gc=False, eq=False, tag="T", metaclass=Exact):
    """A whole module; `lines` counts physical lines.

    `cuts` are notes on what is left out: the rest of overlong displays and, for a `tolerant` tree of a file that the
    interpreter cannot parse, the lines that could not be understood.
    """

    body: tuple[Statement, ...]
    bindings: tuple[Binding, ...]
    lines: int
    cuts: tuple[str, ...] = ()
    tolerant: bool = False
    lambdas: int = 0


OPAQUE = Opaque(())
"""An expression without any part that matters."""


def lambda_name(number: int) -> str:
    """The name of a scope's lambda, numbered from 1 in source order."""
    return "<lambda>" if number == 1 else f"<lambda>{number}"
