"""The tables that a query joins: lookups in its arguments, ``order__customer__name``, followed over relations.

The rules are those of "Making queries" and the QuerySet reference of Django 5.2: a key that the table holds itself
needs no join.
"""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.frameworks.django.models.index import AnyModel, Model
from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import ConstantValue, External, Frame, MappingValue, SequenceValue, Value
from strangler_analyzers.source import syntax as s

_BY_KEYWORD = frozenset({"filter", "exclude", "get", "get_or_create", "update_or_create"})
_LOADED = frozenset({"select_related", "prefetch_related"})
_BY_TEXT = _LOADED | {
    "values",
    "values_list",
    "order_by",
    "only",
    "defer",
    "dates",
    "datetimes",
    "distinct",
    "earliest",
    "latest",
    "aggregate",
    "annotate",
    "alias",
}
_EXPRESSIONS = ("django.db.models.", "django.contrib.postgres.", "django.contrib.gis.")
_NO_PATH = (".Value()", ".RawSQL()", ".OuterRef()", ".Subquery()", ".Exists()", ".Prefetch()")
_OWN_KEY = frozenset({"pk", "id"})
_MAX_NESTING = 8


class Lookups:
    """Finds the relations that a query's arguments cross."""

    def __init__(self, models: DjangoModels) -> None:
        self._models = models

    def tables(self, resolver: Resolver, model: AnyModel, method: str, call: s.Call, frame: Frame) -> tuple[str, ...]:
        """The tables that a method's arguments join to the model's own."""
        found: dict[str, None] = {}
        for path in _Paths(resolver, frame).of(method, call):
            found.update(dict.fromkeys(self._crossed(model, path, whole=method in _LOADED)))
        return tuple(found)

    def _crossed(self, model: AnyModel, path: str, *, whole: bool) -> Iterator[str]:
        """The tables along a lookup; `whole` if the rows at its end are loaded as well."""
        steps = path.lstrip("-+").split("__")
        current = model
        for position, step in enumerate(steps):
            relation = self._models.relations.lookup(current, step)
            if relation is None and whole:
                relation = self._models.relations.accessor(current, step)
            if relation is None:
                yield from self._inherited(current, step)
                return
            if relation.through:
                yield relation.through
            last = position == len(steps) - 1 or (steps[position + 1] in _OWN_KEY and not whole)
            if whole or not last or not (relation.forward or relation.through):
                yield from (row.table for row in self._models.rows_of(relation.target))
            current = relation.target
            if last:
                return

    def _inherited(self, model: AnyModel, step: str) -> Iterator[str]:
        """A column of a parent's table is joined with the child's."""
        if isinstance(model, Model) and step not in model.fields:
            for parent in model.parents.values():
                if isinstance(parent, Model) and step in parent.fields:
                    yield parent.table


class _Paths:
    """The lookups in the arguments of one call."""

    def __init__(self, resolver: Resolver, frame: Frame) -> None:
        self._resolver = resolver
        self._frame = frame

    def of(self, method: str, call: s.Call) -> Iterator[str]:
        if method not in _BY_KEYWORD and method not in _BY_TEXT:
            return
        for argument in call.arguments:
            yield from self._argument(argument, self._frame, 0, texts=method in _BY_TEXT)
        for keyword in call.keywords:
            if keyword.name is None:
                yield from self._argument(keyword.value, self._frame, 0, texts=False)
                continue
            if method in _BY_KEYWORD and keyword.name != "defaults":
                yield keyword.name
            yield from self._argument(keyword.value, self._frame, 1, texts=False)

    def _argument(self, expression: s.Expression, frame: Frame, depth: int, *, texts: bool) -> Iterator[str]:
        """Lookups in ``Q(...)``, ``F(...)``, ``Count(...)`` and operands; plain strings if they can be lookups."""
        if depth > _MAX_NESTING:
            return
        match expression:
            case s.Constant(value=str() as text):
                if texts:
                    yield text
            case s.Operation(left=left, right=right):
                yield from self._argument(left, frame, depth + 1, texts=texts)
                yield from self._argument(right, frame, depth + 1, texts=texts)
            case s.Choice(values=parts) | s.Sequence(elements=parts) | s.Opaque(parts=parts):
                for part in parts:
                    yield from self._argument(part, frame, depth + 1, texts=texts)
            case s.Star(value=starred):
                yield from self._argument(starred, frame, depth, texts=texts)
            case _:
                for value in self._resolver.evaluate(expression, frame):
                    yield from self._value(value, depth + 1, texts=texts)

    def _value(self, value: Value, depth: int, *, texts: bool) -> Iterator[str]:
        match value:
            case ConstantValue(value=str() as text):
                if texts:
                    yield text
            case SequenceValue(node=node, frame=frame):
                yield from self._argument(node, frame, depth, texts=texts)
            case MappingValue(node=node, frame=frame):
                for key in node.keys:
                    if isinstance(key, s.Constant) and isinstance(key.value, str):
                        yield key.value
            case External(path=path, site=site) if site is not None and path.startswith(_EXPRESSIONS):
                yield from self._expression(path, site.call, site.frame, depth)
            case _:
                pass

    def _expression(self, path: str, call: s.Call, frame: Frame, depth: int) -> Iterator[str]:
        """The lookups of ``Q(a__b=1)`` are its keywords; those of ``F("a__b")`` and functions their strings."""
        if path.endswith(".Prefetch()"):
            yield from self._argument(call.arguments[0], frame, depth, texts=True) if call.arguments else ()
            return
        if path.endswith(_NO_PATH):
            return
        is_condition = path.endswith((".Q()", ".When()"))
        for argument in call.arguments:
            yield from self._argument(argument, frame, depth, texts=not is_condition)
        for keyword in call.keywords:
            if is_condition and keyword.name not in {None, "then", "_connector", "_negated"}:
                yield keyword.name or ""
            yield from self._argument(keyword.value, frame, depth, texts=False)
