"""From `ast` to the slim syntax tree, in one pass."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.conditions import UNCLEAR, Decision
from strangler_analyzers.source.giant_displays import shorten
from strangler_analyzers.source.literals import MAX_ELEMENTS, caught, constant, cut, opaque, operation
from strangler_analyzers.source.lowered_conditions import decision

_Body: TypeAlias = tuple[s.Statement, ...]
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


def lower(source: str, filename: str = "<source>") -> s.Tree:
    """The slim tree of a module's source.

    Raises SyntaxError or ValueError (NUL bytes) like `ast.parse`, RecursionError for expressions nested too deeply.
    """
    module, cuts = _parsed(source, filename)
    lowering = _Lowering()
    body = lowering.block(module.body)
    lines = physical_lines(source)
    return s.Tree(body, tuple(lowering.bindings), lines, (*cuts, *lowering.cuts), lambdas=lowering.lambdas)


def _parsed(source: str, filename: str) -> tuple[ast.Module, Sequence[str]]:
    """The parser's tree, and what was left out of the source before."""
    shortened, cuts = shorten(source)
    if cuts:
        try:
            return ast.parse(shortened, filename), cuts
        except SyntaxError:
            pass  # The error is to be that of the whole source, if it has one.
    return ast.parse(source, filename), ()


def lower_annotation(text: str) -> s.Expression:
    """The annotation that a string holds; what is no expression says nothing."""
    try:
        return _Lowering().expression(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError):
        return s.OPAQUE


def physical_lines(source: str) -> int:
    """How many lines a file has, the last one counted with or without its end."""
    return source.count("\n") + (not source.endswith("\n") and bool(source))


def _kinds(name: str) -> list[type[ast.AST]]:
    kind: object = getattr(ast, name, None)
    return [kind] if isinstance(kind, type) and issubclass(kind, ast.AST) else []


class _Lowering:
    """Holds what expressions of the current scope bind (comprehension targets, walrus), and counts its lambdas."""

    def __init__(self) -> None:
        self.bindings: list[s.Binding] = []
        self._named: frozenset[str] = frozenset()
        self.lambdas = 0
        self.cuts: list[str] = []
        self._expressions: dict[type[ast.AST], Callable[..., s.Expression]] = {
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
        self._statements: dict[type[ast.AST], Callable[..., s.Statement | None]] = {
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
            ast.Match: self._match,
            ast.Raise: self._raise,
            ast.Assert: self._assert,
            ast.Delete: self._delete,
        }
        self._statements[ast.TryStar] = self._try
        self._add_newer()

    def _add_newer(self) -> None:
        """Nodes that only some of the supported interpreters have: PEP 695 and PEP 750."""
        self._statements |= dict.fromkeys(_kinds("TypeAlias"), self._type_alias)
        self._expressions |= dict.fromkeys(_kinds("TemplateStr"), self._format)
        self._expressions |= dict.fromkeys(_kinds("Interpolation"), self._formatted)

    # --- statements

    def block(self, statements: Iterable[ast.stmt]) -> tuple[s.Statement, ...]:
        handlers = self._statements
        lowered: list[s.Statement] = []
        for statement in statements:
            handler = handlers.get(type(statement))
            if handler is not None and (node := handler(statement)) is not None:
                lowered.append(node)
        return tuple(lowered)

    def _evaluate(self, node: ast.Expr) -> s.Statement | None:
        if isinstance(node.value, ast.Constant):
            return None
        return s.Evaluate(self.expression(node.value), node.lineno)

    def _assign(self, node: ast.Assign) -> s.Statement:
        value = self.expression(node.value)
        return s.Assign(tuple(map(self.expression, node.targets)), value, None, node.lineno)

    def _annotated(self, node: ast.AnnAssign) -> s.Statement:
        value = self.expression(node.value) if node.value is not None else None
        return s.Assign((self.expression(node.target),), value, self._annotation(node.annotation), node.lineno)

    def _augment(self, node: ast.AugAssign) -> s.Statement:
        return s.Augment(self.expression(node.target), self.expression(node.value), node.lineno)

    def _return(self, node: ast.Return) -> s.Statement:
        return s.Return(self.expression(node.value) if node.value is not None else None, node.lineno)

    def _import(self, node: ast.Import) -> s.Statement:
        return s.Import(tuple(s.Alias(alias.name, alias.asname) for alias in node.names), node.lineno)

    def _import_from(self, node: ast.ImportFrom) -> s.Statement:
        names = tuple(s.Alias(alias.name, alias.asname) for alias in node.names)
        return s.ImportFrom(node.module or "", node.level, names, node.lineno)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> s.Statement:
        decorators = tuple(map(self.expression, node.decorator_list))
        parameters = self._parameters(node.args)
        returns = self._annotation(node.returns) if node.returns is not None else None
        named = frozenset(parameter.name for parameter in parameters)
        body, bindings, lambdas = self._scope(lambda: self.block(node.body), named)
        is_async = isinstance(node, ast.AsyncFunctionDef)
        end = node.end_lineno or node.lineno
        return s.Function(
            node.name, parameters, decorators, returns, body, bindings, node.lineno, end, is_async, lambdas
        )

    def _scope(
        self, lower_body: Callable[[], _Body], named: frozenset[str] = frozenset()
    ) -> tuple[_Body, tuple[s.Binding, ...], int]:
        """The body of a function or class with what its expressions bind and the number of its lambdas.

        `named` are the parameters that its conditions may ask.
        """
        outer = self.bindings, self.lambdas, self._named
        self.bindings, self.lambdas, self._named = [], 0, named
        body = lower_body()
        found = body, tuple(self.bindings), self.lambdas
        self.bindings, self.lambdas, self._named = outer
        return found

    def _class(self, node: ast.ClassDef) -> s.Statement:
        bases = tuple(map(self.expression, node.bases))
        keywords = tuple(map(self._keyword, node.keywords))
        decorators = tuple(map(self.expression, node.decorator_list))
        body, bindings, lambdas = self._scope(lambda: self.block(node.body))
        end = node.end_lineno or node.lineno
        return s.Class(node.name, bases, keywords, decorators, body, bindings, node.lineno, end, lambdas)

    def _if(self, node: ast.If) -> s.Statement:
        return s.Branch(
            (self.expression(node.test),),
            (self.block(node.body), self.block(node.orelse)),
            node.lineno,
            decision(node, self._named) if self._named else None,
        )

    def _for(self, node: ast.For | ast.AsyncFor) -> s.Statement:
        iterable = self.expression(node.iter)
        body = self.block(node.body) + self.block(node.orelse)
        return s.Loop(self.expression(node.target), iterable, body, node.lineno)

    def _while(self, node: ast.While) -> s.Statement:
        test = self.expression(node.test)
        return s.Loop(None, test, self.block(node.body) + self.block(node.orelse), node.lineno)

    def _with(self, node: ast.With | ast.AsyncWith) -> s.Statement:
        items = tuple(
            s.WithItem(
                self.expression(item.context_expr),
                self.expression(item.optional_vars) if item.optional_vars is not None else None,
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
        return (caught(node.name, self.expression(node.type), node.lineno), *body)

    def _match(self, node: ast.Match) -> s.Statement:
        tests = [self.expression(node.subject)]
        tests += [self.expression(case.guard) for case in node.cases if case.guard is not None]
        arms = tuple(self.block(case.body) for case in node.cases)
        return s.Branch(tuple(tests), arms, node.lineno, Decision(UNCLEAR, ()))

    def _raise(self, node: ast.Raise) -> s.Statement | None:
        return s.Evaluate(self.expression(node.exc), node.lineno) if node.exc is not None else None

    def _assert(self, node: ast.Assert) -> s.Statement:
        return s.Evaluate(self.expression(node.test), node.lineno)

    def _type_alias(self, node: ast.AST) -> s.Statement | None:
        name, value = getattr(node, "name", None), getattr(node, "value", None)
        if not isinstance(name, ast.Name) or not isinstance(value, ast.expr):
            return None
        return s.Assign((self.expression(name),), self.expression(value), None, name.lineno)

    def _delete(self, node: ast.Delete) -> s.Statement:
        return s.Delete(tuple(map(self.expression, node.targets)), node.lineno)

    # --- expressions

    def expression(self, node: ast.expr) -> s.Expression:
        handler = self._expressions.get(type(node))
        return handler(node) if handler is not None else self._opaque(node)

    def _opaque(self, node: ast.expr) -> s.Expression:
        return opaque([self.expression(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)])

    def _name(self, node: ast.Name) -> s.Expression:
        return s.Name(node.id)

    def _attribute(self, node: ast.Attribute) -> s.Expression:
        return s.Attribute(self.expression(node.value), node.attr, node.end_lineno or node.lineno)

    def _constant(self, node: ast.Constant) -> s.Expression:
        return constant(node.value)

    def _keyword(self, node: ast.keyword) -> s.Keyword:
        return s.Keyword(node.arg, self.expression(node.value))

    def _call(self, node: ast.Call) -> s.Expression:
        function = self.expression(node.func)
        arguments = tuple(map(self.expression, node.args))
        keywords = tuple(map(self._keyword, node.keywords))
        # A chained call stands where its own name stands, not where the chain begins.
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
        parameters = self._parameters(node.args)
        self.lambdas += 1
        name = s.lambda_name(self.lambdas)
        body, bindings, lambdas = self._scope(lambda: (s.Return(self.expression(node.body), node.body.lineno),))
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

    # --- parts

    def _annotation(self, node: ast.expr) -> s.Expression:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return lower_annotation(node.value)
        return self.expression(node)

    def _parameters(self, arguments: ast.arguments) -> tuple[s.Parameter, ...]:
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
            self._annotation(node.annotation) if node.annotation is not None else None,
            self.expression(default) if default is not None else None,
        )
