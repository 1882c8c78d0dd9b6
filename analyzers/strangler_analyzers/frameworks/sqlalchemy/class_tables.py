"""The mapping of classes to tables, by the rules of the declarative extension.

After "Declarative Mapping" in SQLAlchemy's documentation, Flask-SQLAlchemy's `should_set_tablename` and SQLModel's
metaclass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from strangler_analyzers.frameworks.sqlalchemy.library import (
    is_declarative_base,
    is_mapping_decorator,
    is_sqlmodel,
    name_of,
    names_table_by_itself,
)
from strangler_analyzers.linker.definitions import returned_expressions
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Assigned, Defined, Scope
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import ClassValue, External, Frame
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import calls, statements

_FLASK_WORD = re.compile(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))")
_DECLARED = frozenset({"declared_attr", "directive", "cascading", "declared_attr_with_parent"})
_PLAIN = frozenset({"builtins.object", "abc.ABC", "typing.Generic", "typing.Any", "enum.Enum", "typing.Protocol"})
_BASE_ARGUMENTS = ("cls", "model_class")
_HOOK = "__init_subclass__"


class ClassTables:
    """Decides for each class whether it is mapped, and the name of its own table."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._ancestors: dict[Scope, tuple[Scope, ...]] = {}
        self._outside: dict[Scope, frozenset[str]] = {}
        self._names: dict[Scope, str | None] = {}

    # --- ancestry

    def ancestors(self, scope: Scope) -> tuple[Scope, ...]:
        """The class and its ancestors in Python's order, those given to ``declarative_base(cls=...)`` included."""
        known = self._ancestors.get(scope)
        if known is None:
            found = dict.fromkeys(item for item in self._resolver.order(scope) if not isinstance(item, str))
            for ancestor in tuple(found):
                for hidden in self._hidden_bases(ancestor):
                    found.update(dict.fromkeys(a for a in self._resolver.order(hidden) if not isinstance(a, str)))
            known = self._ancestors[scope] = tuple(found)
        return known

    def outside(self, scope: Scope) -> frozenset[str]:
        """The paths of all ancestors outside the program; a base that may be several things counts as each."""
        known = self._outside.get(scope)
        if known is None:
            paths = {item for item in self._resolver.order(scope) if isinstance(item, str)}
            for ancestor in self.ancestors(scope):
                paths.update(value.path for value in self._base_values(ancestor))
            known = self._outside[scope] = frozenset(paths)
        return known

    def _base_values(self, scope: Scope) -> Iterator[External]:
        if isinstance(scope.node, s.Class):
            for base in scope.node.bases:
                target = base.value if isinstance(base, s.Subscript) else base
                for value in self._resolver.evaluate(target, Frame(scope.parent or scope)):
                    if isinstance(value, External):
                        yield value

    def _hidden_bases(self, scope: Scope) -> Iterator[Scope]:
        for value in self._base_values(scope):
            if value.site is None:
                continue
            for name in _BASE_ARGUMENTS:
                argument = value.site.call.keyword(name)
                if argument is not None:
                    found = self._resolver.evaluate(argument, value.site.frame)
                    yield from (item.scope for item in found if isinstance(item, ClassValue))

    # --- mapping

    def is_declarative(self, scope: Scope) -> bool:
        """Whether a class derives from a declarative base, or is declared one."""
        if any(is_declarative_base(path) for path in self.outside(scope)):
            return True
        if any(self._declared_by_hand(ancestor) for ancestor in self.ancestors(scope)):
            return True
        return bool(self.outside(scope) - _PLAIN) and any(map(self._looks_mapped, self.ancestors(scope)))

    def is_mapped(self, scope: Scope) -> bool:
        """Whether instances of a class are rows of a table."""
        return self.own_table(scope) is not None or self.parent(scope) is not None

    def own_table(self, scope: Scope) -> str | None:
        """The name of the table a class declares itself; None for abstract classes and single-table inheritance."""
        if scope not in self._names:
            self._names[scope] = None  # A class whose table's name depends on itself has none.
            self._names[scope] = self._own_table(scope)
        return self._names[scope]

    def parent(self, scope: Scope) -> Scope | None:
        """The nearest mapped ancestor of a class that is mapped with it; None for abstract classes."""
        if not self._may_be_mapped(scope):
            return None
        return next((base for base in self.ancestors(scope)[1:] if self.own_table(base) is not None), None)

    def explicit_table(self, scope: Scope) -> s.Expression | None:
        """The expression assigned to ``__table__`` in the class body."""
        for binding in scope.bindings.get("__table__", ()):
            if isinstance(binding, Assigned):
                return binding.expression
        return None

    def table_text(self, owner: ClassValue, name: str) -> str | None:
        """The text of ``Model.__tablename__``."""
        return self.own_table(owner.scope) if name == "__tablename__" else None

    def name_below(self, base: Scope, class_name: str) -> str | None:
        """The name that a base computes for the table of a class `class_name` which is made right below it."""
        for ancestor in self.ancestors(base):
            for binding in reversed(ancestor.bindings.get("__tablename__", ())):
                if isinstance(binding, Defined) and is_declared_attribute(binding.scope):
                    texts = Texts(self._resolver, class_name=class_name, member=self.table_text)
                    return self._computed_name(binding.scope, base, texts)
        by_itself = any(names_table_by_itself(path) for path in self.outside(base))
        return _FLASK_WORD.sub(r"_\1", class_name).lower().lstrip("_") if by_itself else None

    def _own_table(self, scope: Scope) -> str | None:
        if not self._may_be_mapped(scope):
            return None
        explicit = self.explicit_table(scope)
        if explicit is not None:
            return self._name_of_table(explicit, Frame(scope))
        name = self._declared_name(scope) or self._default_name(scope)
        return self._given_name(scope, name) or name

    def _may_be_mapped(self, scope: Scope) -> bool:
        if not isinstance(scope.node, s.Class) or not self.is_declarative(scope) or self._is_abstract(scope):
            return False
        if any(is_sqlmodel(path) for path in self.outside(scope)):
            flag = next((keyword.value for keyword in scope.node.keywords if keyword.name == "table"), None)
            return isinstance(flag, s.Constant) and flag.value is True
        return not self._is_base(scope)

    def _looks_mapped(self, scope: Scope) -> bool:
        """Whether a class below an unknown library base is mapped, as a table name and columns prove."""
        if "__tablename__" not in scope.bindings:
            return False
        expressions = (b.expression for found in scope.bindings.values() for b in found if isinstance(b, Assigned))
        return any(
            name_of(value) in {"Column", "mapped_column"}
            for expression in expressions
            if isinstance(expression, s.Call)
            for value in self._resolver.evaluate(expression.function, Frame(scope))
        )

    def _is_abstract(self, scope: Scope) -> bool:
        for binding in scope.bindings.get("__abstract__", ()):
            if isinstance(binding, Assigned):
                return isinstance(binding.expression, s.Constant) and binding.expression.value is True
        return False

    def _is_base(self, scope: Scope) -> bool:
        """``class Base(DeclarativeBase)`` declares a base; so do ``as_declarative`` and a metaclass."""
        names = {name_of(value) for value in self._base_values(scope)}
        if names & {"DeclarativeBase", "DeclarativeBaseNoMeta"}:
            return True
        decorators = {(name_of(value) or "").removesuffix("()") for value in self._decorators(scope)}
        return bool(decorators & {"as_declarative", "as_declarative_base"}) or self._has_metaclass(scope)

    def _declared_by_hand(self, scope: Scope) -> bool:
        return self._has_metaclass(scope) or any(map(is_mapping_decorator, self._decorators(scope)))

    def _has_metaclass(self, scope: Scope) -> bool:
        if not isinstance(scope.node, s.Class):
            return False
        for keyword in scope.node.keywords:
            if keyword.name == "metaclass":
                values = self._resolver.evaluate(keyword.value, Frame(scope.parent or scope))
                return any(name_of(value) == "DeclarativeMeta" for value in values)
        return False

    def _decorators(self, scope: Scope) -> Iterator[External]:
        if isinstance(scope.node, s.Class):
            for decorator in scope.node.decorators:
                for value in self._resolver.evaluate(decorator, Frame(scope.parent or scope)):
                    if isinstance(value, External):
                        yield value

    # --- names

    def _texts(self, scope: Scope) -> Texts:
        return Texts(self._resolver, class_name=scope.short_name, member=self.table_text)

    def _name_of_table(self, expression: s.Expression, frame: Frame) -> str | None:
        for value in self._resolver.evaluate(expression, frame):
            if isinstance(value, External) and name_of(value) == "Table()" and value.site is not None:
                return self._texts(frame.scope).one(value.site.call.argument(0, "name"), value.site.frame)
        return None

    def _declared_name(self, scope: Scope) -> str | None:
        """``__tablename__`` of the class, of a mixin or abstract base, or computed by a mapped ancestor."""
        texts = self._texts(scope)
        for ancestor in self.ancestors(scope):
            for binding in reversed(ancestor.bindings.get("__tablename__", ())):
                match binding:
                    case Assigned(expression=expression):
                        inherited = ancestor is not scope and self.own_table(ancestor) is not None
                        return None if inherited else texts.one(expression, Frame(ancestor))
                    case Defined(scope=function) if is_declared_attribute(function):
                        return self._computed_name(function, scope, texts)
                    case _:
                        pass
        return None

    def _computed_name(self, function: Scope, scope: Scope, texts: Texts) -> str | None:
        for expression in returned_expressions(function):
            if (text := texts.one(expression, Frame(function, scope))) is not None:
                return text
        return None

    def _given_name(self, scope: Scope, name: str | None) -> str | None:
        """What ``__init_subclass__`` of an ancestor assigns to ``cls.__tablename__``, which was `name` until then."""
        hook = next((found for base in self.ancestors(scope)[1:] if (found := _subclass_hook(base)) is not None), None)
        if hook is None or (name is None and self._has_table_above(scope)):
            return None

        def member(owner: ClassValue, attribute: str) -> str | None:
            asks_for_itself = owner.scope is scope and attribute == "__tablename__"
            return name if asks_for_itself else self.table_text(owner, attribute)

        texts = replace(self._texts(scope), member=member)
        for expression, always in _assigned_names(hook):
            if always or name is None:
                return texts.one(expression, Frame(hook, scope))
        return None

    def _has_table_above(self, scope: Scope) -> bool:
        return any(self.own_table(base) is not None for base in self.ancestors(scope)[1:])

    def _default_name(self, scope: Scope) -> str | None:
        paths = self.outside(scope)
        if any(is_sqlmodel(path) for path in paths):
            return scope.short_name.lower()
        if not any(names_table_by_itself(path) for path in paths):
            return None
        if not self._declares_key(scope):
            return None
        return _FLASK_WORD.sub(r"_\1", scope.short_name).lower().lstrip("_")

    def _declares_key(self, scope: Scope) -> bool:
        """Flask-SQLAlchemy gives a table to classes with a primary key that no mapped ancestor brings."""
        inherited: set[Scope] = set()
        for ancestor in self.ancestors(scope)[1:]:
            if self.own_table(ancestor) is not None:
                inherited.update(self.ancestors(ancestor))
        own = (ancestor for ancestor in self.ancestors(scope) if ancestor not in inherited)
        return any(_mentions_primary_key(ancestor) for ancestor in own)


def is_declared_attribute(function: Scope) -> bool:
    """Whether a function of a class body is evaluated once for each mapped class."""
    return function.is_function and bool(_DECLARED & set(function.decorator_names()))


def _subclass_hook(scope: Scope) -> Scope | None:
    return next((child for child in scope.children if child.is_function and child.short_name == _HOOK), None)


def _assigned_names(hook: Scope) -> Iterator[tuple[s.Expression, bool]]:
    """The table name that a function assigns to its class, and whether it always does."""
    for statement in statements(hook.node.body):
        if isinstance(statement, s.Assign) and statement.value is not None:
            for target in statement.targets:
                if spelling.dotted(target) == f"{hook.first_parameter()}.__tablename__":
                    yield statement.value, any(statement is one for one in hook.node.body)


def _mentions_primary_key(scope: Scope) -> bool:
    expressions = [
        binding.expression
        for bindings in scope.bindings.values()
        for binding in bindings
        if isinstance(binding, Assigned)
    ]
    functions = [child.node for child in scope.children if is_declared_attribute(child)]
    bodies = [statement for node in functions if isinstance(node, s.Function) for statement in node.body]
    for call in calls((*expressions, *bodies)):
        key = call.keyword("primary_key")
        if isinstance(key, s.Constant) and key.value is True:
            return True
        if (spelling.dotted(call.function) or "").rpartition(".")[2] == "PrimaryKeyConstraint":
            return True
    return False
