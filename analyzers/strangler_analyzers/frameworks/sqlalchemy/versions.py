"""The tables in which SQLAlchemy-Continuum keeps former states of rows.

After "Version objects" in its documentation: a mapped class with ``__versioned__`` gets a table ``NAME_version`` with
its columns and three of Continuum's own, and so does the table between two such classes. None has foreign keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from strangler.model.tables import Column, Table
from strangler_analyzers.frameworks.sqlalchemy.models import Models
from strangler_analyzers.frameworks.sqlalchemy.relations import Relations
from strangler_analyzers.linker.scope import Assigned, Scope
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import Frame
from strangler_analyzers.source import syntax as s

_NAME = "%s_version"
_ADDED = (
    Column("transaction_id", "BigInteger", nullable=False, primary_key=True),
    Column("end_transaction_id", "BigInteger", nullable=True),
    Column("operation_type", "SmallInteger", nullable=False),
)


def version_tables(relations: Relations, tables: Iterable[Table]) -> Iterator[Table]:
    """The tables of former states beside the tables of a program."""
    models = relations.models
    versioned = {scope: options for scope in models.mapped() if (options := _options(models, scope)) is not None}
    known = {table.name: table for table in tables}
    for scope, options in versioned.items():
        own = known.get(models.classes.own_table(scope) or "")
        if own is not None:
            yield _version(own, _named(options, models, scope), _excluded(options, models, scope))
    between: dict[str, None] = {}
    for scope in versioned:
        for attribute in models.content(scope).relations:
            link = relations.link(scope, attribute)
            if link is not None and link.target in versioned:
                between.update(dict.fromkeys(link.secondary))
    for name in between:
        if name in known:
            yield _version(known[name], _NAME, frozenset())


def _options(models: Models, scope: Scope) -> s.Mapping | None:
    for ancestor in models.classes.ancestors(scope):
        for binding in ancestor.bindings.get("__versioned__", ()):
            if isinstance(binding, Assigned) and isinstance(binding.expression, s.Mapping):
                return binding.expression
    return None


def _option(options: s.Mapping, name: str) -> s.Expression | None:
    for key, value in zip(options.keys, options.values, strict=True):
        if isinstance(key, s.Constant) and key.value == name:
            return value
    return None


def _named(options: s.Mapping, models: Models, scope: Scope) -> str:
    return Texts(models.resolver).one(_option(options, "table_name"), Frame(scope)) or _NAME


def _excluded(options: s.Mapping, models: Models, scope: Scope) -> frozenset[str]:
    left_out = _option(options, "exclude")
    parts = left_out.elements if isinstance(left_out, s.Sequence) else ()
    texts = (Texts(models.resolver).one(part, Frame(scope)) for part in parts)
    return frozenset(text for text in texts if text is not None)


def _version(table: Table, name: str, excluded: frozenset[str]) -> Table:
    columns = (*(column for column in table.columns if column.name not in excluded), *_ADDED)
    return replace(
        table, name=name.replace("%s", table.name), model=None, columns=tuple(sorted(columns)), foreign_keys=()
    )
