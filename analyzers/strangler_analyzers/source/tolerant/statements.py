"""Lowers tree-sitter's statement nodes to the slim tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tree_sitter import Node

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.conditions import UNCLEAR, Decision, decided
from strangler_analyzers.source.literals import caught
from strangler_analyzers.source.tolerant.conditions import condition, leaves
from strangler_analyzers.source.tolerant.damage import Damage
from strangler_analyzers.source.tolerant.expressions import Expressions
from strangler_analyzers.source.tolerant.nodes import (
    bare,
    damages,
    end_line,
    has_token,
    is_damage,
    line,
    part,
    parts,
    text,
)

_CONSTANTS = frozenset({"integer", "float", "true", "false", "none", "ellipsis"})


class Statements:
    """Lowers blocks; `expressions` lowers the expressions in them."""

    def __init__(self, damage: Damage) -> None:
        self.expressions = Expressions(damage)
        self._damage = damage
        self._of = self.expressions.of
        self._simple: dict[str, Callable[[Node], s.Statement | None]] = {
            "expression_statement": self._expression,
            "return_statement": self._return,
            "import_statement": self._import,
            "import_from_statement": self._import_from,
            "future_import_statement": self._import_from,
            "raise_statement": self._raise,
            "assert_statement": self._assert,
            "delete_statement": self._delete,
            "print_statement": self._print,
            "exec_statement": self._exec,
            "type_alias_statement": self._type_alias,
        }
        self._compound: dict[str, Callable[[Node], s.Statement | None]] = {
            "function_definition": self._function,
            "class_definition": self._class,
            "decorated_definition": self._decorated,
            "if_statement": self._if,
            "elif_clause": self._if,
            "for_statement": self._for,
            "while_statement": self._while,
            "with_statement": self._with,
            "try_statement": self._try,
            "match_statement": self._match,
        }

    def block(self, node: Node | None) -> tuple[s.Statement, ...]:
        """The statements of a block that could be understood."""
        if node is None:
            return ()
        found: list[s.Statement] = []
        for child in _sound_children(node, self._damage):
            statement = self._statement(child)
            if statement is not None:
                found.append(statement)
        return tuple(found)

    def _statement(self, node: Node) -> s.Statement | None:
        handler = self._simple.get(node.type)
        if handler is not None:
            if node.has_error and (damages(node) or any(damages(child) for child in node.children[:1])):
                self._damage.leave_out(node)
                return None
            return handler(node)
        handler = self._compound.get(node.type)
        if handler is None:
            return None
        self._damage.leave_out_damages(node)
        return handler(node)

    # --- simple statements

    def _expression(self, node: Node) -> s.Statement | None:
        given = parts(node)
        first = given[0]
        comma = has_token(node, ",")
        if len(given) == 1 and not comma:
            if first.type == "assignment":
                return self._assign(first, line(node))
            if first.type == "augmented_assignment":
                return self._augment(first, line(node))
            if _is_constant(bare(first)):
                return None
        return s.Evaluate(self.expressions.tuple_of(given, comma=comma), line(node))

    def _assign(self, node: Node, where: int) -> s.Statement | None:
        targets: list[Node] = []
        annotation = part(node, "type")
        value: Node | None = node
        while value is not None and value.type == "assignment":
            left = part(value, "left")
            if left is None:
                return None
            targets.append(left)
            value = part(value, "right")
        lowered = self._of(value) if value is not None else None
        lowered_targets = tuple(map(self._of, targets))
        typed = self.expressions.annotation(annotation) if annotation is not None else None
        return s.Assign(lowered_targets, lowered, typed, where)

    def _augment(self, node: Node, where: int) -> s.Statement | None:
        left, right = part(node, "left"), part(node, "right")
        if left is None or right is None:
            return None
        return s.Augment(self._of(left), self._of(right), where)

    def _return(self, node: Node) -> s.Statement:
        given = parts(node)
        return s.Return(self._of(given[0]) if given else None, line(node))

    def _raise(self, node: Node) -> s.Statement | None:
        given = parts(node)
        if not given or given[0] == node.child_by_field_name("cause"):
            return None
        raised = given[0]
        if raised.type == "expression_list":  # Python 2: ``raise Error, "text"`` makes the error from the text.
            error, *arguments = parts(raised)
            made = s.Call(
                self._of(error), tuple(map(self._of, arguments[:1])), (), line(error), error.start_point.column
            )
            return s.Evaluate(made, line(node))
        return s.Evaluate(self._of(raised), line(node))

    def _assert(self, node: Node) -> s.Statement | None:
        given = parts(node)
        return s.Evaluate(self._of(given[0]), line(node)) if given else None

    def _delete(self, node: Node) -> s.Statement | None:
        given = parts(node)
        if len(given) == 1 and given[0].type == "expression_list":
            given = parts(given[0])
        return s.Delete(tuple(map(self._of, given)), line(node))

    def _print(self, node: Node) -> s.Statement:
        return self._called("print", node)

    def _exec(self, node: Node) -> s.Statement:
        return self._called("exec", node)

    def _called(self, name: str, node: Node) -> s.Statement:
        """A Python 2 statement that is a function in Python 3."""
        given = [item for part_ in parts(node) for item in (parts(part_) if part_.type == "chevron" else [part_])]
        call = s.Call(s.Name(name), tuple(map(self._of, given)), (), line(node), node.start_point.column)
        return s.Evaluate(call, line(node))

    def _type_alias(self, node: Node) -> s.Statement | None:
        left, right = part(node, "left"), part(node, "right")
        if left is None or right is None:
            return None
        name = bare(left)
        if name.type == "generic_type":
            name = parts(name)[0]
        if name.type == "attribute":  # The grammar takes ``type(self).name = value`` for an alias.
            return s.Assign((self._attribute_of_type(name, node),), self._of(right), None, line(node))
        return s.Assign((self._of(name),), self._of(right), None, line(node))

    def _attribute_of_type(self, node: Node, statement: Node) -> s.Expression:
        value, name = part(node, "object"), part(node, "attribute")
        if node.type == "attribute" and value is not None and name is not None:
            return s.Attribute(self._attribute_of_type(value, statement), text(name), end_line(node))
        arguments = tuple(map(self._of, parts(node)))
        return s.Call(s.Name("type"), arguments, (), line(statement), statement.start_point.column)

    # --- modules

    def _import(self, node: Node) -> s.Statement:
        return s.Import(_aliases(node), line(node))

    def _import_from(self, node: Node) -> s.Statement:
        module, level = "__future__", 0
        if node.type == "import_from_statement":
            named = part(node, "module_name")
            source = text(named).replace(" ", "") if named is not None else ""
            module = source.lstrip(".")
            level = len(source) - len(module)
        names = _aliases(node)
        if any(child.type == "wildcard_import" for child in node.named_children):
            names = (s.Alias("*", None),)
        return s.ImportFrom(module, level, names, line(node))

    # --- definitions

    def _decorated(self, node: Node) -> s.Statement | None:
        definition = part(node, "definition")
        decorators = [child for child in node.named_children if child.type == "decorator"]
        if definition is None:
            return None
        self._damage.leave_out_damages(definition)
        make = self._function if definition.type == "function_definition" else self._class
        return make(definition, decorators)

    def _decorators(self, decorators: list[Node]) -> tuple[s.Expression, ...]:
        return tuple(self._of(inner) for decorator in decorators for inner in parts(decorator)[:1])

    def _function(self, node: Node, decorated_by: list[Node] | None = None) -> s.Statement | None:
        name, given, body = part(node, "name"), part(node, "parameters"), part(node, "body")
        if name is None or given is None or body is None or not body.child_count:
            self._damage.leave_out(node)
            return None
        decorators = self._decorators(decorated_by or [])
        parameters = self.expressions.parameters(given)
        returned = part(node, "return_type")
        returns = self.expressions.annotation(returned) if returned is not None else None
        named = frozenset(parameter.name for parameter in parameters)
        statements, bindings, lambdas = self.expressions.scope(lambda: self.block(body), named)
        statements = (*self._unpacked_parameters(given), *statements)
        is_async = has_token(node, "async")
        place = line(node), _last_line(node)
        return s.Function(text(name), parameters, decorators, returns, statements, bindings, *place, is_async, lambdas)

    def _unpacked_parameters(self, given: Node) -> Iterator[s.Statement]:
        """The assignments by which Python 2 unpacks a tuple parameter: ``def f((a, b))``."""
        for item in parts(given):
            if item.type == "tuple_pattern":
                yield s.Assign((self._of(item),), s.Name(text(item)), None, line(item))

    def _class(self, node: Node, decorated_by: list[Node] | None = None) -> s.Statement | None:
        name, given = part(node, "name"), part(node, "superclasses")
        if name is None:
            self._damage.leave_out(node)
            return None
        bases, keywords = self.expressions.arguments(given) if given is not None else ((), ())
        decorators = self._decorators(decorated_by or [])
        body, bindings, lambdas = self.expressions.scope(lambda: self.block(part(node, "body")))
        place = line(node), _last_line(node)
        return s.Class(text(name), bases, keywords, decorators, body, bindings, *place, lambdas)

    # --- compound statements

    def _if(self, node: Node) -> s.Statement:
        alternatives = [child for child in node.children_by_field_name("alternative") if not is_damage(child)]
        return self._branch(node, alternatives)

    def _branch(self, node: Node, alternatives: list[Node]) -> s.Statement:
        test = part(node, "condition")
        tests = (self._of(test),) if test is not None else ()
        body = self.block(part(node, "consequence"))
        left = False
        if alternatives and alternatives[0].type == "elif_clause":
            self._damage.leave_out_damages(alternatives[0])
            otherwise: tuple[s.Statement, ...] = (self._branch(alternatives[0], alternatives[1:]),)
        else:
            otherwise = self._else(alternatives[0] if alternatives else None)
            left = bool(alternatives) and leaves(part(alternatives[0], "body"))
        asked = condition(test, self.expressions.named, self._of) if test is not None else None
        decision = decided(asked, leaves(part(node, "consequence")), left)
        return s.Branch(tests, (body, otherwise), line(node), decision)

    def _else(self, node: Node | None) -> tuple[s.Statement, ...]:
        return self.block(part(node, "body")) if node is not None else ()

    def _for(self, node: Node) -> s.Statement:
        left, right = part(node, "left"), part(node, "right")
        iterable = self._of(right) if right is not None else s.OPAQUE
        body = self.block(part(node, "body")) + self._else(part(node, "alternative"))
        return s.Loop(self._of(left) if left is not None else None, iterable, body, line(node))

    def _while(self, node: Node) -> s.Statement:
        condition = part(node, "condition")
        test = self._of(condition) if condition is not None else s.OPAQUE
        body = self.block(part(node, "body")) + self._else(part(node, "alternative"))
        return s.Loop(None, test, body, line(node))

    def _with(self, node: Node) -> s.Statement:
        items = [
            self._with_item(item)
            for clause in parts(node)
            if clause.type == "with_clause"
            for item in parts(clause)
            if item.type == "with_item"
        ]
        return s.With(tuple(items), self.block(part(node, "body")), line(node))

    def _with_item(self, node: Node) -> s.WithItem:
        value = part(node, "value")
        if value is None:
            return s.WithItem(s.OPAQUE, None)
        inner = bare(value)
        if inner.type != "as_pattern":
            return s.WithItem(self._of(value), None)
        context, alias = parts(inner)[:1], part(inner, "alias")
        return s.WithItem(self._of(context[0]) if context else s.OPAQUE, self._of(alias) if alias is not None else None)

    def _try(self, node: Node) -> s.Statement:
        arms = [self.block(part(node, "body"))]
        for clause in parts(node):
            if clause.type in {"except_clause", "finally_clause", "except_group_clause"}:
                self._damage.leave_out_damages(clause)
                arms += [
                    (*self._caught(clause), *self.block(child)) for child in parts(clause) if child.type == "block"
                ]
            elif clause.type == "else_clause":
                arms.append(self._else(clause))
        return s.Branch((), tuple(arm for arm in arms if arm), line(node))

    def _caught(self, clause: Node) -> Iterator[s.Statement]:
        """The declarations that ``except kind as name`` makes.

        ``except a, b`` names two classes (PEP 758), or in Python 2 a class and a name, which begins in lower case.
        """
        given = [child for child in clause.children_by_field_name("value") if child.is_named]
        kind, name = given if len(given) == 2 and text(given[1])[:1].islower() else (None, None)
        if len(given) == 1 and given[0].type == "as_pattern":
            kind, name = next(iter(parts(given[0])), None), part(given[0], "alias")
        if kind is not None and name is not None:
            yield caught(text(name), self._of(kind), line(clause))

    def _match(self, node: Node) -> s.Statement:
        subjects = [child for child in node.children_by_field_name("subject") if child.is_named]
        tests = [self.expressions.tuple_of(subjects, comma=has_token(node, ","))]
        body = part(node, "body")
        cases = [child for child in (parts(body) if body is not None else []) if child.type == "case_clause"]
        for case in cases:
            guard = part(case, "guard")
            tests += [self._of(condition) for condition in (parts(guard)[:1] if guard is not None else [])]
        arms = tuple(self.block(part(case, "consequence")) for case in cases)
        return s.Branch(tuple(tests), arms, line(node), Decision(UNCLEAR, ()))


def _sound_children(block: Node, damage: Damage) -> Iterator[Node]:
    """The statements of a block.

    Inside a damaged stretch, only statements with the block's own indentation count; anything deeper may belong to any
    statement.
    """
    own = block.named_children
    column = own[0].start_point.column if own else 0
    for child in own:
        if not is_damage(child):
            yield child
            continue
        kept = [inner for inner in child.named_children if inner.start_point.column == column and _is_statement(inner)]
        if kept:
            for inner in child.children:
                if inner not in kept:
                    damage.leave_out(inner)
        else:
            damage.leave_out(child)
        yield from kept


def _is_statement(node: Node) -> bool:
    return node.type.endswith(("_statement", "_definition"))


def _is_constant(node: Node) -> bool:
    if node.type in _CONSTANTS:
        return True
    literals = parts(node) if node.type == "concatenated_string" else [node]
    return all(literal.type == "string" and _is_plain(literal) for literal in literals)


def _is_plain(string: Node) -> bool:
    opening = text(string.children[0]).lower() if string.children else ""
    return not any(letter in opening for letter in "ft`")


def _aliases(node: Node) -> tuple[s.Alias, ...]:
    aliases: list[s.Alias] = []
    for item in node.children_by_field_name("name"):
        if item.type == "aliased_import":
            name, alias = part(item, "name"), part(item, "alias")
            if name is not None:
                aliases.append(s.Alias(_dotted(name), text(alias) if alias is not None else None))
        elif item.type == "dotted_name":
            aliases.append(s.Alias(_dotted(item), None))
    return tuple(aliases)


def _dotted(node: Node) -> str:
    return ".".join(map(text, parts(node)))


def _last_line(node: Node) -> int:
    """The line a definition ends on; comments after its last statement do not belong to it."""
    while node.type not in {"string", "concatenated_string"}:
        own = [child for child in node.children if not child.is_extra]
        if not own:
            break
        node = own[-1]
    return end_line(node)
