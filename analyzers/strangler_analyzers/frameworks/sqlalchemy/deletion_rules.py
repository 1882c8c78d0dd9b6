"""The effect of a relationship on its rows when the object on this side is deleted.

After "Cascades" and "Using foreign key ON DELETE cascade with ORM relationships" in SQLAlchemy's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from strangler_analyzers.frameworks.sqlalchemy.relations import Link, Relations
from strangler_analyzers.frameworks.sqlalchemy.schema_keys import SchemaKeys
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.texts import Texts
from strangler_analyzers.linker.values import ClassValue, Frame, Site
from strangler_analyzers.source import syntax as s

_COLUMN_TEXT = re.compile(r"(\w+)\.(?:c\.)?(\w+)")


@dataclass(frozen=True, slots=True)
class DeletionRule:
    """One relationship, seen from the side whose object is deleted."""

    deletes: bool
    """Whether the other side's objects are deleted too."""
    unlinks: bool
    """Whether the other side's foreign key is set to NULL."""
    looks: bool
    """Whether the other side is loaded first; if not, only loaded objects change, and the database does the rest."""


_NOTHING = DeletionRule(deletes=False, unlinks=False, looks=False)


class DeletionRules:
    """Reads the rules of relationships."""

    def __init__(self, relations: Relations, keys: SchemaKeys) -> None:
        self._models = relations.models
        self._resolver = relations.models.resolver
        self._keys = keys
        self._texts = Texts(relations.models.resolver)

    def of(self, link: Link) -> DeletionRule | None:
        """The rule of one side of a relationship; None if it is read-only."""
        options = link.options
        view = self._option(options, "viewonly") or self._option(link.declaration, "viewonly")
        if isinstance(view, s.Constant) and view.value is True:
            return None
        deletes = self._deletes(options)
        passive = self._option(options, "passive_deletes")
        passive_value = passive.value if isinstance(passive, s.Constant) else None
        if passive_value == "all":
            return _NOTHING
        unlinks = not deletes and not link.secondary and not self._holds_key(link)
        return DeletionRule(deletes, unlinks, passive_value is not True)

    def _deletes(self, options: Site | None) -> bool:
        whole = self._option(options, "cascade_delete")
        if isinstance(whole, s.Constant) and whole.value is True:
            return True
        expression = self._option(options, "cascade")
        text = self._texts.one(expression, options.frame) if expression is not None and options is not None else None
        return bool({"all", "delete"} & {word.strip() for word in (text or "").split(",")})

    @staticmethod
    def _option(site: Site | None, name: str) -> s.Expression | None:
        """An option of the constructor, or among those that SQLModel hands on to it."""
        if site is None:
            return None
        handed_on = site.call.keyword("sa_relationship_kwargs")
        if isinstance(handed_on, s.Mapping):
            for key, value in zip(handed_on.keys, handed_on.values, strict=True):
                if isinstance(key, s.Constant) and key.value == name:
                    return value
        return site.call.keyword(name)

    # --- which side has the foreign key

    def _holds_key(self, link: Link) -> bool:
        """Whether this side's row holds the foreign key, so that deleting it leaves the other side as it is."""
        backward = link.options is not link.declaration
        owner, target = (link.target, link.owner) if backward else (link.owner, link.target)
        declared = self._declaring_side_holds(link.declaration, owner, target)
        if declared is None:
            return not link.collection
        return declared is not backward

    def _declaring_side_holds(self, site: Site, owner: Scope, target: Scope) -> bool | None:
        own_tables, other_tables = self._models.tables_of(owner), self._models.tables_of(target)
        here = self._keys.refer(own_tables, other_tables)
        there = self._keys.refer(other_tables, own_tables)
        if here != there:
            return here
        remote = self._option(site, "remote_side")
        if owner is target or set(own_tables) & set(other_tables):
            columns = self._columns(remote, site.frame, owner)
            return bool(columns) and not any(self._is_key(*column) for column in columns)
        for name in ("foreign_keys", "primaryjoin"):
            for holder, attribute in self._columns(self._option(site, name), site.frame, owner):
                if self._is_key(holder, attribute):
                    return holder in set(self._models.lineage(owner))
        return None

    def _is_key(self, scope: Scope, attribute: str) -> bool:
        column = self._models.attribute_column(scope, attribute)
        return column is not None and any(
            self._keys.is_key(table, column.column.name) for table in self._models.tables_of(scope)
        )

    def _columns(self, expression: s.Expression | None, frame: Frame, owner: Scope) -> Iterator[tuple[Scope, str]]:
        """The columns an option names, with their classes: as names of the class body, attributes, or in a text."""
        match expression:
            case None:
                return
            case s.Lambda(body=body):
                yield from self._columns(body, frame, owner)
            case s.Sequence(elements=elements):
                for element in elements:
                    yield from self._columns(element, frame, owner)
            case s.Name(id=name):
                yield owner, name
            case s.Attribute(value=value, name=name):
                for found in self._resolver.evaluate(value, frame):
                    if isinstance(found, ClassValue):
                        yield found.scope, name
            case s.Constant(value=str() as text):
                for match in _COLUMN_TEXT.finditer(text):
                    scope = self._models.by_name(match[1], owner)
                    if scope is not None:
                        yield scope, match[2]
            case _:
                return
