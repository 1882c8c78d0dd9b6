"""Lowers `ast` to the slim syntax tree, in one pass."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.conditions import UNCLEAR, Decision
from strangler_analyzers.source.giant_displays import shorten
from strangler_analyzers.source.literals import caught
from strangler_analyzers.source.lowered_conditions import decision
from strangler_analyzers.source.lowered_expressions import Expressions, kinds


def lower(source: str, filename: str = "<source>") -> s.Tree:
    """The slim tree of a module's source.

    Raises SyntaxError or ValueError (NUL bytes) like `ast.parse`, RecursionError for expressions nested too deeply.
    """
    module, cuts = _parsed(source, filename)
    found = Expressions()
    body = _Statements(found).block(module.body)
    lines = physical_lines(source)
    return s.Tree(body, tuple(found.bindings), lines, (*cuts, *found.cuts), lambdas=found.lambdas)


def _parsed(source: str, filename: str) -> tuple[ast.Module, Sequence[str]]:
    """The parser's tree, and notes on what was cut from the source beforehand."""
    shortened, cuts = shorten(source)
    if cuts:
        try:
            return ast.parse(shortened, filename), cuts
        except SyntaxError:
            pass  # Any error to report is that of the whole source.
    return ast.parse(source, filename), ()


def physical_lines(source: str) -> int:
    """The number of lines of a file; the last one counts with or without a newline."""
    return source.count("\n") + (not source.endswith("\n") and bool(source))


class _Statements:
    """Lowers statements, one scope inside the other."""

    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions
        self._expression = expressions.expression
        self._handlers: dict[type[ast.AST], Callable[..., s.Statement | None]] = {
            ast.Expr: self._evaluate,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.AugAssign: self._augment,
            ast.Return: self._return,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.ClassDef: self._class,
            ast.If: self._if,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.While: self._while,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Try: self._try,
            ast.TryStar: self._try,
            ast.Match: self._match,
            ast.Raise: self._raise,
            ast.Assert: self._assert,
            ast.Delete: self._delete,
        }
        # Only some of the supported interpreters have it: PEP 695.
        self._handlers |= dict.fromkeys(kinds("TypeAlias"), self._type_alias)

    def block(self, statements: Iterable[ast.stmt]) -> tuple[s.Statement, ...]:
        handlers = self._handlers
        lowered: list[s.Statement] = []
        for statement in statements:
            handler = handlers.get(type(statement))
            if handler is not None and (node := handler(statement)) is not None:
                lowered.append(node)
        return tuple(lowered)

    def _evaluate(self, node: ast.Expr) -> s.Statement | None:
        if isinstance(node.value, ast.Constant):
            return None
        return s.Evaluate(self._expression(node.value), node.lineno)

    def _assign(self, node: ast.Assign) -> s.Statement:
        value = self._expression(node.value)
        return s.Assign(tuple(map(self._expression, node.targets)), value, None, node.lineno)

    def _annotated(self, node: ast.AnnAssign) -> s.Statement:
        value = self._expression(node.value) if node.value is not None else None
        return s.Assign(
            (self._expression(node.target),), value, self._expressions.annotation(node.annotation), node.lineno
        )

    def _augment(self, node: ast.AugAssign) -> s.Statement:
        return s.Augment(self._expression(node.target), self._expression(node.value), node.lineno)

    def _return(self, node: ast.Return) -> s.Statement:
        return s.Return(self._expression(node.value) if node.value is not None else None, node.lineno)

    def _import(self, node: ast.Import) -> s.Statement:
        return s.Import(tuple(s.Alias(alias.name, alias.asname) for alias in node.names), node.lineno)

    def _import_from(self, node: ast.ImportFrom) -> s.Statement:
        names = tuple(s.Alias(alias.name, alias.asname) for alias in node.names)
        return s.ImportFrom(node.module or "", node.level, names, node.lineno)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> s.Statement:
        decorators = tuple(map(self._expression, node.decorator_list))
        parameters = self._expressions.parameters(node.args)
        returns = self._expressions.annotation(node.returns) if node.returns is not None else None
        named = frozenset(parameter.name for parameter in parameters)
        body, bindings, lambdas = self._expressions.scope(lambda: self.block(node.body), named)
        is_async = isinstance(node, ast.AsyncFunctionDef)
        end = node.end_lineno or node.lineno
        return s.Function(
            node.name, parameters, decorators, returns, body, bindings, node.lineno, end, is_async, lambdas
        )

    def _class(self, node: ast.ClassDef) -> s.Statement:
        bases = tuple(map(self._expression, node.bases))
        keywords = tuple(map(self._expressions.keyword, node.keywords))
        decorators = tuple(map(self._expression, node.decorator_list))
        body, bindings, lambdas = self._expressions.scope(lambda: self.block(node.body))
        end = node.end_lineno or node.lineno
        return s.Class(node.name, bases, keywords, decorators, body, bindings, node.lineno, end, lambdas)

    def _if(self, node: ast.If) -> s.Statement:
        return s.Branch(
            (self._expression(node.test),),
            (self.block(node.body), self.block(node.orelse)),
            node.lineno,
            decision(node, self._expressions.named) if self._expressions.named else None,
        )

    def _for(self, node: ast.For | ast.AsyncFor) -> s.Statement:
        iterable = self._expression(node.iter)
        body = self.block(node.body) + self.block(node.orelse)
        return s.Loop(self._expression(node.target), iterable, body, node.lineno)

    def _while(self, node: ast.While) -> s.Statement:
        test = self._expression(node.test)
        return s.Loop(None, test, self.block(node.body) + self.block(node.orelse), node.lineno)

    def _with(self, node: ast.With | ast.AsyncWith) -> s.Statement:
        items = tuple(
            s.WithItem(
                self._expression(item.context_expr),
                self._expression(item.optional_vars) if item.optional_vars is not None else None,
            )
            for item in node.items
        )
        return s.With(items, self.block(node.body), node.lineno)

    def _try(self, node: ast.Try) -> s.Statement:
        arms = (
            self.block(node.body),
            *(self._handler(handler) for handler in node.handlers),
            self.block(node.orelse),
            self.block(node.finalbody),
        )
        return s.Branch((), tuple(arm for arm in arms if arm), node.lineno)

    def _handler(self, node: ast.ExceptHandler) -> tuple[s.Statement, ...]:
        body = self.block(node.body)
        if node.name is None or node.type is None:
            return body
        return (caught(node.name, self._expression(node.type), node.lineno), *body)

    def _match(self, node: ast.Match) -> s.Statement:
        tests = [self._expression(node.subject)]
        tests += [self._expression(case.guard) for case in node.cases if case.guard is not None]
        arms = tuple(self.block(case.body) for case in node.cases)
        return s.Branch(tuple(tests), arms, node.lineno, Decision(UNCLEAR, ()))

    def _raise(self, node: ast.Raise) -> s.Statement | None:
        return s.Evaluate(self._expression(node.exc), node.lineno) if node.exc is not None else None

    def _assert(self, node: ast.Assert) -> s.Statement:
        return s.Evaluate(self._expression(node.test), node.lineno)

    def _type_alias(self, node: ast.AST) -> s.Statement | None:
        name, value = getattr(node, "name", None), getattr(node, "value", None)
        if not isinstance(name, ast.Name) or not isinstance(value, ast.expr):
            return None
        return s.Assign((self._expression(name),), self._expression(value), None, name.lineno)

    def _delete(self, node: ast.Delete) -> s.Statement:
        return s.Delete(tuple(map(self._expression, node.targets)), node.lineno)
