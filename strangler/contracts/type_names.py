"""Resolves the types that a document uses to their full names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from strangler.contracts.document import Kind, full_name
from strangler.contracts.json5 import is_object
from strangler.contracts.type_reference import ANY, BUILT_IN, UNIT, Type, innermost, parse_type, renamed
from strangler.toml_section import Section


@dataclass(frozen=True, slots=True)
class DeclaredNames:
    """The declarations of a document, collected before it is read: full names by short names."""

    names: Mapping[str, str]

    @classmethod
    def of(cls, value: object) -> DeclaredNames:
        """The declarations of a raw document, which may be wrong in any other respect."""
        values = value if is_object(value) else {}
        namespace = values.get("namespace")
        return cls({name: full_name(str(namespace), kind, name) for kind in Kind for name in _keys(values, kind)})


def _keys(values: Mapping[str, object], kind: Kind) -> Iterator[str]:
    declared = values.get(kind)
    if is_object(declared):
        yield from declared


@dataclass(frozen=True, slots=True)
class TypeNames:
    """The names a document may use for types: short ones for its own, full ones for imported types."""

    own: Mapping[str, str]
    imported: frozenset[str]

    @classmethod
    def of(cls, own: DeclaredNames, imported: Iterable[DeclaredNames]) -> TypeNames:
        """The names for a document that imports others."""
        return cls(own.names, frozenset(name for item in imported for name in item.names.values()))

    def take(self, section: Section, key: str) -> Type:
        """The type under a key; an invalid one is reported, and any JSON value is returned in its place."""
        type_ = self.take_answer(section, key)
        if type_ == UNIT:
            section.report(key, "unit is nothing: only a response may be of it")
        return type_

    def take_answer(self, section: Section, key: str) -> Type:
        """The type of a response under a key, which may also be ``unit``: no value."""
        if key not in section.values:
            section.required_text(key)
            return ANY
        type_ = section.parsed(key, parse_type)
        if type_ is None:
            return ANY
        if type_ != UNIT and innermost(type_) == UNIT:
            section.report(key, f"{type_} holds unit, which is nothing")
        return self.resolved(section, key, type_)

    def resolved(self, section: Section, key: str, type_: Type) -> Type:
        """The type with its full name; an unknown type is reported at the key."""
        name = innermost(type_).name
        if name in BUILT_IN or name in self.imported:
            return type_
        full = name if name in self.own.values() else self.own.get(name)
        if full is None:
            section.report(key, f"there is no type {name}", self._remedy(name))
            return type_
        return renamed(type_, full)

    def _remedy(self, name: str) -> str:
        known = [*self.own, *sorted(BUILT_IN), *sorted(self.imported)]
        near = get_close_matches(name, known, n=1)
        same = sorted(item for item in self.imported if item.rpartition(".")[2] == name)
        if same:
            return f"did you mean {same[0]}?"
        return f"did you mean {near[0]}?" if near else "declare it, or import the document that does"
