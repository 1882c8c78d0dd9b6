"""Lowers the expressions of `ast` to those of the slim syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeAlias

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.literals import MAX_ELEMENTS, constant, cut, opaque, operation

Body: TypeAlias = tuple[s.Statement, ...]
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Mod: "%",
    ast.BitOr: "|",
    ast.BitAnd: "&",
}
_BINARY: dict[type[ast.operator], str] = {
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitXor: "^",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_UNARY: dict[type[ast.unaryop], str] = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}


def lower_annotation(text: str) -> s.Expression:
    """The annotation in a string; opaque if the string is not an expression."""
    try:
        return Expressions().expression(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError):
        return s.OPAQUE


def kinds(name: str) -> list[type[ast.AST]]:
    """The `ast` class of that name, in a list; empty if this interpreter does not have it."""
    kind: object = getattr(ast, name, None)
    return [kind] if isinstance(kind, type) and issubclass(kind, ast.AST) else []


class Expressions:
    """Lowers expressions; collects what they bind in the current scope (comprehension targets, walrus), counts lambdas.

    `named` are the parameters that conditions of the current scope may test; `cuts` are notes on shortened displays.
    """

    def __init__(self) -> None:
        self.bindings: list[s.Binding] = []
        self.named: frozenset[str] = frozenset()
        self.lambdas = 0
        self.cuts: list[str] = []
        self._handlers: dict[type[ast.AST], Callable[..., s.Expression]] = {
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Constant: self._constant,
            ast.Call: self._call,
            ast.List: self._sequence,
            ast.Tuple: self._sequence,
            ast.Set: self._sequence,
            ast.Dict: self._mapping,
            ast.Subscript: self._subscript,
            ast.BinOp: self._operation,
            ast.Compare: self._compare,
            ast.UnaryOp: self._unary,
            ast.BoolOp: self._bool,
            ast.IfExp: self._conditional,
            ast.JoinedStr: self._format,
            ast.Lambda: self._lambda,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.DictComp: self._dict_comprehension,
            ast.Await: self._await,
            ast.Yield: self._yield,
            ast.YieldFrom: self._yield_from,
            ast.Starred: self._starred,
            ast.NamedExpr: self._walrus,
            ast.FormattedValue: self._formatted,
        }
        # Only some of the supported interpreters have these: PEP 750.
        self._handlers |= dict.fromkeys(kinds("TemplateStr"), self._format)
        self._handlers |= dict.fromkeys(kinds("Interpolation"), self._formatted)

    def expression(self, node: ast.expr) -> s.Expression:
        """Lower an expression; of a kind the analysis does not read, only the subexpressions are kept."""
        handler = self._handlers.get(type(node))
        return handler(node) if handler is not None else self._opaque(node)

    def _opaque(self, node: ast.expr) -> s.Expression:
        return opaque([self.expression(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)])

    def _name(self, node: ast.Name) -> s.Expression:
        return s.Name(node.id)

    def _attribute(self, node: ast.Attribute) -> s.Expression:
        return s.Attribute(self.expression(node.value), node.attr, node.end_lineno or node.lineno)

    def _constant(self, node: ast.Constant) -> s.Expression:
        return constant(node.value)

    def keyword(self, node: ast.keyword) -> s.Keyword:
        """``name=value`` or ``**value``."""
        return s.Keyword(node.arg, self.expression(node.value))

    def _call(self, node: ast.Call) -> s.Expression:
        function = self.expression(node.func)
        arguments = tuple(map(self.expression, node.args))
        keywords = tuple(map(self.keyword, node.keywords))
        # The position of a chained call is that of its own name, not of the beginning of the chain.
        line, column = node.lineno, node.col_offset
        if isinstance(node.func, ast.Attribute):
            line, column = node.func.end_lineno or line, node.func.end_col_offset or column
        return s.Call(function, arguments, keywords, line, column)

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set) -> s.Expression:
        self._note_cut(node, len(node.elts))
        return s.Sequence(tuple(map(self.expression, node.elts[:MAX_ELEMENTS])))

    def _mapping(self, node: ast.Dict) -> s.Expression:
        self._note_cut(node, len(node.values))
        keys = tuple(self.expression(key) if key is not None else None for key in node.keys[:MAX_ELEMENTS])
        return s.Mapping(keys, tuple(map(self.expression, node.values[:MAX_ELEMENTS])))

    def _note_cut(self, node: ast.expr, count: int) -> None:
        if count > MAX_ELEMENTS:
            self.cuts.append(cut(count, node.lineno))

    def _subscript(self, node: ast.Subscript) -> s.Expression:
        return s.Subscript(self.expression(node.value), self.expression(node.slice))

    def _operation(self, node: ast.BinOp) -> s.Expression:
        left, right = self.expression(node.left), self.expression(node.right)
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            return operation(_BINARY[type(node.op)], (left, right))
        return s.Operation(operator, left, right)

    def _compare(self, node: ast.Compare) -> s.Expression:
        operator = _COMPARISONS.get(type(node.ops[0])) if len(node.ops) == 1 else None
        if operator is None:
            return self._opaque(node)
        return operation(operator, (self.expression(node.left), self.expression(node.comparators[0])))

    def _unary(self, node: ast.UnaryOp) -> s.Expression:
        operator = _UNARY.get(type(node.op))
        return self._opaque(node) if operator is None else operation(operator, (self.expression(node.operand),))

    def _bool(self, node: ast.BoolOp) -> s.Expression:
        return s.Choice(tuple(map(self.expression, node.values)), None)

    def _conditional(self, node: ast.IfExp) -> s.Expression:
        body, test, orelse = self.expression(node.body), self.expression(node.test), self.expression(node.orelse)
        return s.Choice((body, orelse), test)

    def _format(self, node: ast.JoinedStr) -> s.Expression:
        return s.Format(tuple(map(self.expression, node.values)))

    def _formatted(self, node: ast.FormattedValue) -> s.Expression:
        return self.expression(node.value)

    def _lambda(self, node: ast.Lambda) -> s.Expression:
        parameters = self.parameters(node.args)
        self.lambdas += 1
        name = s.lambda_name(self.lambdas)
        body, bindings, lambdas = self.scope(lambda: (s.Return(self.expression(node.body), node.body.lineno),))
        end = node.end_lineno or node.lineno
        return s.Lambda(
            s.Function(name, parameters, (), None, body, bindings, node.lineno, end, is_async=False, lambdas=lambdas)
        )

    def _generators(self, nodes: list[ast.comprehension]) -> tuple[s.Generator, ...]:
        generators: list[s.Generator] = []
        for node in nodes:
            target, iterable = self.expression(node.target), self.expression(node.iter)
            self.bindings.append(s.Binding(target, iterable, iterated=True))
            conditions = tuple(map(self.expression, node.ifs))
            generators.append(s.Generator(target, iterable, conditions, node.iter.lineno))
        return tuple(generators)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> s.Expression:
        element = self.expression(node.elt)
        return s.Comprehension(element, None, self._generators(node.generators))

    def _dict_comprehension(self, node: ast.DictComp) -> s.Expression:
        key, value = self.expression(node.key), self.expression(node.value)
        return s.Comprehension(value, key, self._generators(node.generators))

    def _await(self, node: ast.Await) -> s.Expression:
        return s.Await(self.expression(node.value))

    def _yield(self, node: ast.Yield) -> s.Expression:
        return s.Yield(self.expression(node.value) if node.value is not None else None, delegated=False)

    def _yield_from(self, node: ast.YieldFrom) -> s.Expression:
        return s.Yield(self.expression(node.value), delegated=True)

    def _starred(self, node: ast.Starred) -> s.Expression:
        return s.Star(self.expression(node.value))

    def _walrus(self, node: ast.NamedExpr) -> s.Expression:
        value = self.expression(node.value)
        self.bindings.append(s.Binding(s.Name(node.target.id), value, iterated=False))
        return s.Walrus(node.target.id, value)

    def annotation(self, node: ast.expr) -> s.Expression:
        """A type annotation, which may be quoted."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return lower_annotation(node.value)
        return self.expression(node)

    def parameters(self, arguments: ast.arguments) -> tuple[s.Parameter, ...]:
        """The parameters of a function, in source order."""
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
        defaults += arguments.defaults
        parameters = [
            self._parameter(argument, "", default, keyword_only=False)
            for argument, default in zip(positional, defaults, strict=True)
        ]
        if arguments.vararg is not None:
            parameters.append(self._parameter(arguments.vararg, "*", None, keyword_only=False))
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            parameters.append(self._parameter(argument, "", default, keyword_only=True))
        if arguments.kwarg is not None:
            parameters.append(self._parameter(arguments.kwarg, "**", None, keyword_only=False))
        return tuple(parameters)

    def _parameter(self, node: ast.arg, prefix: str, default: ast.expr | None, *, keyword_only: bool) -> s.Parameter:
        return s.Parameter(
            node.arg,
            prefix,
            keyword_only,
            self.annotation(node.annotation) if node.annotation is not None else None,
            self.expression(default) if default is not None else None,
        )

    def scope(
        self, lower_body: Callable[[], Body], named: frozenset[str] = frozenset()
    ) -> tuple[Body, tuple[s.Binding, ...], int]:
        """The body of a function or class, with what its expressions bind and the number of its lambdas.

        `named` are the parameters that its conditions may test.
        """
        outer = self.bindings, self.lambdas, self.named
        self.bindings, self.lambdas, self.named = [], 0, named
        body = lower_body()
        found = body, tuple(self.bindings), self.lambdas
        self.bindings, self.lambdas, self.named = outer
        return found
