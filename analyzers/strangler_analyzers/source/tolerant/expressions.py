"""Lowers tree-sitter's expression nodes to the slim tree.

Every method mirrors its counterpart in `strangler_analyzers.source.lowering`: two input trees, one meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tree_sitter import Node

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.literals import (
    MAX_ELEMENTS,
    constant,
    cut,
    opaque,
)
from strangler_analyzers.source.lowered_expressions import lower_annotation
from strangler_analyzers.source.tolerant.damage import Damage
from strangler_analyzers.source.tolerant.nodes import (
    bare,
    damages,
    end_line,
    has_token,
    line,
    part,
    parts,
    text,
    walk_parts,
)
from strangler_analyzers.source.tolerant.operations import Operations
from strangler_analyzers.source.tolerant.texts import fields, number, plain, prefix, shown_expression

_LISTS = frozenset({"list", "tuple", "set", "dictionary"})
"""The displays whose sound elements are kept; any other expression with a damaged part is opaque."""


class Expressions:
    """Lowers expressions; collects what they bind in the scope (comprehension targets, walrus) and counts lambdas."""

    def __init__(self, damage: Damage) -> None:
        self.bindings: list[s.Binding] = []
        self.lambdas = 0
        self.named: frozenset[str] = frozenset()
        """The parameters that conditions may test."""
        self.cuts: list[str] = []
        self._damage = damage
        operations = Operations(self.of)
        self._handlers: dict[str, Callable[[Node], s.Expression]] = {
            "identifier": self._name,
            "dotted_name": self._dotted,
            "attribute": self._attribute,
            "member_type": self._member_type,
            "string": self._string,
            "concatenated_string": self._string,
            "integer": self._number,
            "float": self._number,
            "true": lambda _: s.Constant(value=True),
            "false": lambda _: s.Constant(value=False),
            "none": lambda _: s.Constant(None),
            "call": self._call,
            **dict.fromkeys(("list", "tuple", "set", "list_pattern"), self.display),
            "tuple_pattern": self._tuple_pattern,
            **dict.fromkeys(("expression_list", "pattern_list"), self.display),
            "dictionary": self._mapping,
            "subscript": self._subscript,
            "generic_type": self._generic_type,
            "binary_operator": operations.binary,
            "comparison_operator": operations.comparison,
            "unary_operator": operations.unary,
            "union_type": operations.union_type,
            "boolean_operator": operations.choice,
            "conditional_expression": self._conditional,
            "lambda": self._lambda,
            "list_comprehension": self._comprehension,
            "set_comprehension": self._comprehension,
            "generator_expression": self._comprehension,
            "dictionary_comprehension": self._comprehension,
            "await": self._await,
            "yield": self._yield,
            **dict.fromkeys(("list_splat", "list_splat_pattern", "splat_type"), self._star),
            "named_expression": self._walrus,
        }

    def of(self, node: Node) -> s.Expression:
        """The expression of a node."""
        node = bare(node)
        if node.has_error and node.type not in _LISTS and damages(node):
            self._damage.leave_out(node)
            return s.OPAQUE
        handler = self._handlers.get(node.type, self._opaque)
        return handler(node)

    def tuple_of(self, nodes: list[Node], *, comma: bool) -> s.Expression:
        """One expression, or a tuple if there are several or a trailing comma."""
        if len(nodes) == 1 and not comma:
            return self.of(nodes[0])
        return s.Sequence(tuple(map(self.of, nodes)))

    def annotation(self, node: Node) -> s.Expression:
        """A type annotation; a quoted one is parsed."""
        expression = self.of(node)
        if isinstance(expression, s.Constant) and isinstance(expression.value, str):
            return lower_annotation(expression.value)
        return expression

    def arguments(self, node: Node) -> tuple[tuple[s.Expression, ...], tuple[s.Keyword, ...]]:
        """The positional and the keyword arguments of a call or a class header."""
        self._damage.leave_out_damages(node)
        given = parts(node)
        named = {"keyword_argument", "dictionary_splat"}
        positional = tuple(self.of(item) for item in given if item.type not in named)
        return positional, tuple(self._keyword(item) for item in given if item.type in named)

    # --- names and literals

    def _name(self, node: Node) -> s.Expression:
        return s.Name(text(node))

    def _dotted(self, node: Node) -> s.Expression:
        first, *rest = parts(node)
        expression: s.Expression = s.Name(text(first))
        for name in rest:
            expression = s.Attribute(expression, text(name), end_line(name))
        return expression

    def _attribute(self, node: Node) -> s.Expression:
        value, name = part(node, "object"), part(node, "attribute")
        if value is None or name is None:
            return s.OPAQUE
        return _loosened(s.Attribute(self.of(value), text(name), end_line(node)))

    def _member_type(self, node: Node) -> s.Expression:
        value, *names = parts(node)
        return s.Attribute(self.of(value), text(names[-1]), end_line(node)) if names else self.of(value)

    def _number(self, node: Node) -> s.Expression:
        return constant(number(text(node)))

    def _string(self, node: Node) -> s.Expression:
        literals = parts(node) if node.type == "concatenated_string" else [node]
        letters = [prefix(literal) for literal in literals]
        if "`" in letters or any("b" in each for each in letters):
            return s.OPAQUE
        if not any("f" in each or "t" in each for each in letters):
            return constant("".join(map(plain, literals)))
        pieces: list[s.Expression] = []
        written = ""
        for piece in self._pieces(literals, letters):
            if isinstance(piece, str):
                written += piece
                continue
            pieces += [constant(written)] if written else []
            pieces.append(piece)
            written = ""
        return s.Format((*pieces, constant(written)) if written else tuple(pieces))

    def _pieces(self, literals: list[Node], letters: list[str]) -> Iterator[str | s.Expression]:
        """The literal parts and the values of an f-string; ``{value=}`` gives a literal part as well."""
        for literal, each in zip(literals, letters, strict=True):
            if "f" not in each and "t" not in each:
                yield plain(literal)
                continue
            for field in fields(literal):
                if isinstance(field, str):
                    yield field
                    continue
                if "t" not in each:
                    yield shown_expression(field)
                inner = [item for item in parts(field) if item.type not in {"type_conversion", "format_specifier"}]
                yield self.tuple_of(inner, comma=has_token(field, ",")) if inner else s.OPAQUE

    # --- calls and displays

    def _keyword(self, node: Node) -> s.Keyword:
        if node.type == "dictionary_splat":
            return s.Keyword(None, self._only(node))
        name, value = part(node, "name"), part(node, "value")
        return s.Keyword(text(name) if name is not None else None, self.of(value) if value is not None else s.OPAQUE)

    def _call(self, node: Node) -> s.Expression:
        called, given = part(node, "function"), part(node, "arguments")
        if called is None or (given is not None and damages(given)):
            self._damage.leave_out(node)
            return s.OPAQUE
        called = bare(called)
        function = self.of(called)
        if given is None:
            arguments, keywords = (), ()
        elif given.type == "generator_expression":
            arguments, keywords = (self.of(given),), ()
        else:
            arguments, keywords = self.arguments(given)
        # The position of a chained call is that of its own name, not of the beginning of the chain.
        named = parts(called)[0] if called.type == "list_splat" else called
        begin = node if named is called else named
        place = named.end_point if named.type == "attribute" else begin.start_point
        return _loosened(s.Call(function, arguments, keywords, place.row + 1, place.column))

    def display(self, node: Node) -> s.Expression:
        """The elements of a list, tuple, set or target."""
        return s.Sequence(tuple(map(self.of, self._elements(node))))

    def _tuple_pattern(self, node: Node) -> s.Expression:
        return self.tuple_of(parts(node), comma=has_token(node, ",") or not parts(node))

    def _mapping(self, node: Node) -> s.Expression:
        items = self._elements(node)
        keys: list[s.Expression | None] = []
        for item in items:
            key = part(item, "key")
            keys.append(self.of(key) if key is not None else None)
        values = [part(item, "value") if item.type == "pair" else item for item in items]
        return s.Mapping(tuple(keys), tuple(self._value(value) for value in values))

    def _value(self, node: Node | None) -> s.Expression:
        if node is None:
            return s.OPAQUE
        return self._only(node) if node.type == "dictionary_splat" else self.of(node)

    def _elements(self, node: Node) -> list[Node]:
        self._damage.leave_out_damages(node)
        elements: list[Node] = []
        count = 0
        for count, element in enumerate(walk_parts(node), 1):
            if count <= MAX_ELEMENTS:
                elements.append(element)
        if count > MAX_ELEMENTS:
            self.cuts.append(cut(count, line(node)))
        return elements

    # --- operators

    def _opaque(self, node: Node) -> s.Expression:
        return opaque([self.of(item) for item in parts(node)])

    def _subscript(self, node: Node) -> s.Expression:
        value = part(node, "value")
        indices = [item for item in node.children_by_field_name("subscript") if item.is_named]
        if value is None:
            return s.OPAQUE
        return _loosened(s.Subscript(self.of(value), self._index(indices, comma=has_token(node, ","))))

    def _generic_type(self, node: Node) -> s.Expression:
        value, *rest = parts(node)
        indices = parts(rest[0]) if rest else []
        comma = bool(rest) and has_token(rest[0], ",")
        return s.Subscript(self.of(value), self._index(indices, comma=comma))

    def _index(self, indices: list[Node], *, comma: bool) -> s.Expression:
        index = self.tuple_of(indices, comma=comma)
        return s.Sequence((index,)) if isinstance(index, s.Star) else index

    def _conditional(self, node: Node) -> s.Expression:
        given = parts(node)
        if len(given) != 3:
            return self._opaque(node)
        body, test, other = given
        if body.type == "named_expression":  # The grammar binds ``x := a if b else c`` too tightly.
            return self._named(body, lambda value: self._choice(value, test, other))
        return self._choice(body, test, other)

    def _choice(self, body: Node, test: Node, other: Node) -> s.Expression:
        value, condition, alternative = self.of(body), self.of(test), self.of(other)
        return s.Choice((value, alternative), condition)

    def _only(self, node: Node) -> s.Expression:
        inner = parts(node)
        return self.of(inner[0]) if inner else s.OPAQUE

    def _star(self, node: Node) -> s.Expression:
        return s.Star(self._only(node))

    def _await(self, node: Node) -> s.Expression:
        return s.Await(self._only(node))

    def _yield(self, node: Node) -> s.Expression:
        inner = parts(node)
        return s.Yield(self._only(node) if inner else None, delegated=has_token(node, "from"))

    def _walrus(self, node: Node) -> s.Expression:
        return self._named(node, self.of)

    def _named(self, node: Node, value_of: Callable[[Node], s.Expression]) -> s.Expression:
        name, value = part(node, "name"), part(node, "value")
        if name is None or value is None:
            return s.OPAQUE
        lowered = value_of(value)
        self.bindings.append(s.Binding(s.Name(text(name)), lowered, iterated=False))
        return s.Walrus(text(name), lowered)

    # --- scopes

    def _lambda(self, node: Node) -> s.Expression:
        given, body = part(node, "parameters"), part(node, "body")
        parameters = self.parameters(given) if given is not None else ()
        self.lambdas += 1
        name = s.lambda_name(self.lambdas)
        returned, bindings, lambdas = self.scope(
            lambda: (s.Return(self.of(body) if body is not None else s.OPAQUE, line(bare(body or node))),)
        )
        place = line(node), end_line(node)
        return s.Lambda(
            s.Function(name, parameters, (), None, returned, bindings, *place, is_async=False, lambdas=lambdas)
        )

    def scope(
        self, lower_body: Callable[[], tuple[s.Statement, ...]], named: frozenset[str] = frozenset()
    ) -> tuple[tuple[s.Statement, ...], tuple[s.Binding, ...], int]:
        """The body of a function or class, with what its expressions bind and the number of its lambdas."""
        outer = self.bindings, self.lambdas, self.named
        self.bindings, self.lambdas, self.named = [], 0, named
        body = lower_body()
        found = body, tuple(self.bindings), self.lambdas
        self.bindings, self.lambdas, self.named = outer
        return found

    def _comprehension(self, node: Node) -> s.Expression:
        body, *clauses = parts(node)
        if body.type != "pair":
            element = self.of(body)
            return s.Comprehension(element, None, self._generators(clauses))
        key, value = self._value(part(body, "key")), self._value(part(body, "value"))
        return s.Comprehension(value, key, self._generators(clauses))

    def _generators(self, clauses: Iterable[Node]) -> tuple[s.Generator, ...]:
        grouped: list[tuple[Node, list[Node]]] = []
        for clause in clauses:
            if clause.type == "for_in_clause":
                grouped.append((clause, []))
            elif grouped:
                grouped[-1][1].append(clause)
        return tuple(self._generator(clause, conditions) for clause, conditions in grouped)

    def _generator(self, clause: Node, conditions: list[Node]) -> s.Generator:
        left, rights = part(clause, "left"), [n for n in clause.children_by_field_name("right") if n.is_named]
        target = self.of(left) if left is not None else s.OPAQUE
        iterable = self.tuple_of(rights, comma=False)
        self.bindings.append(s.Binding(target, iterable, iterated=True))
        where = line(bare(rights[0])) if rights else line(clause)
        return s.Generator(target, iterable, tuple(map(self._only, conditions)), where)

    def parameters(self, node: Node) -> tuple[s.Parameter, ...]:
        """The parameters of a function or lambda."""
        self._damage.leave_out_damages(node)
        found: list[s.Parameter] = []
        keyword_only = False
        for item in parts(node):
            if item.type == "keyword_separator":
                keyword_only = True
            elif item.type != "positional_separator":
                parameter = self._parameter(item, keyword_only=keyword_only)
                found.append(parameter)
                keyword_only = keyword_only or parameter.prefix == "*"
        return tuple(found)

    def _parameter(self, node: Node, *, keyword_only: bool) -> s.Parameter:
        named, annotation, default = part(node, "name"), part(node, "type"), part(node, "value")
        if named is None:
            named = parts(node)[0] if node.type == "typed_parameter" else node
        sign = {"list_splat_pattern": "*", "dictionary_splat_pattern": "**"}.get(named.type, "")
        return s.Parameter(
            text(named).lstrip("* ") if sign else text(named),
            sign,
            keyword_only and not sign,
            self.annotation(annotation) if annotation is not None else None,
            self.of(default) if default is not None else None,
        )


def _loosened(expression: s.Call | s.Attribute | s.Subscript) -> s.Expression:
    """The starred whole of ``*a.b(c)[d]``, whose star the grammar sometimes binds to the first name alone."""
    match expression:
        case s.Call(function=s.Star(value=value), arguments=arguments, keywords=keywords, line=line, column=column):
            return s.Star(s.Call(value, arguments, keywords, line, column))
        case s.Attribute(value=s.Star(value=value), name=name, line=line):
            return s.Star(s.Attribute(value, name, line))
        case s.Subscript(value=s.Star(value=value), index=index):
            return s.Star(s.Subscript(value, index))
        case _:
            return expression
