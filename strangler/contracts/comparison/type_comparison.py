"""Compares types by their form on the wire, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from strangler.contracts.bounds import bounds_within
from strangler.contracts.comparison.change import Change, ChangeRule, breaking
from strangler.contracts.comparison.subtypes import is_within
from strangler.contracts.document import Enumeration, Field, Model, Union
from strangler.contracts.library import Library
from strangler.contracts.type_reference import ArrayType, BuiltIn, MapType, NamedType, Type, short_text
from strangler.contracts.use import Direction
from strangler.model.location import Location


@dataclass(slots=True)
class TypeComparison:
    """Compares types of two libraries; each pair of declared types is compared once per direction."""

    old: Library
    new: Library
    seen: set[tuple[str, str, Direction]] = field(default_factory=set[tuple[str, str, Direction]])

    def types(self, old: Type, new: Type, way: Direction, subject: str, place: Location) -> Iterator[Change]:
        """The differences between two types, at any depth."""
        match old, new:
            case ArrayType(before), ArrayType(after):
                yield from self.types(before, after, way, f"{subject}[]", place)
            case MapType(before), MapType(after):
                yield from self.types(before, after, way, f"{subject}[]", place)
            case NamedType(), NamedType():
                yield from self._named(old, new, way, subject, place)
            case _:
                yield self._other_type(old, new, way, subject, place)

    def _named(self, old: NamedType, new: NamedType, way: Direction, subject: str, place: Location) -> Iterator[Change]:
        before, after = self.old.declarations.get(old.name), self.new.declarations.get(new.name)
        if type(before) is not type(after) or (before is None and old != new):
            yield self._other_type(old, new, way, subject, place)
            return
        key = (old.name, new.name, way)
        if key in self.seen:
            return
        self.seen.add(key)
        match before, after:
            case Model(), Model():
                yield from self._models(before, after, way)
            case Enumeration(), Enumeration():
                yield from self._enums(before, after, way)
            case Union(), Union():
                yield from self._unions(before, after, way)
            case _:
                return

    def _other_type(self, old: Type, new: Type, way: Direction, subject: str, place: Location) -> Change:
        narrow, broad = (old, new) if way is Direction.SENT else (new, old)
        libraries = (self.old, self.new) if way is Direction.SENT else (self.new, self.old)
        breaks = not _is_within(narrow, broad, libraries[0])
        message = f"{subject} is {short_text(new)} now, was {short_text(old)}"
        return Change(ChangeRule.TYPE, subject, way, breaks, message, place)

    def _models(self, old: Model, new: Model, way: Direction) -> Iterator[Change]:
        for item in old.fields:
            after = new.field(item.name)
            subject = f"{new.name}.{item.name}"
            if after is None:
                yield breaking(ChangeRule.FIELD_REMOVED, subject, way, f"{subject} is gone", new.place)
            else:
                yield from self.fields(item, after, way, subject)
        for item in new.fields:
            if old.field(item.name) is None:
                subject = f"{new.name}.{item.name}"
                must = way is Direction.SENT and item.must_be_sent
                text = f"{subject} is new" + (", and must be sent" if must else "")
                yield Change(ChangeRule.FIELD_ADDED, subject, way, must, text, item.place)

    def fields(self, old: Field, new: Field, way: Direction, subject: str) -> Iterator[Change]:
        """The differences between two fields: whether they are required, their types, bounds and defaults."""
        yield from self.types(old.type, new.type, way, subject, new.place)
        before, after = _is_sure(old, way), _is_sure(new, way)
        if before != after:
            breaks = after if way is Direction.SENT else before
            verb = "sent" if way is Direction.SENT else "answered"
            text = f"{subject} {'must' if after else 'need not'} be {verb} now"
            yield Change(ChangeRule.REQUIREMENT, subject, way, breaks, text, new.place)
        if (old.minimum, old.maximum) != (new.minimum, new.maximum):
            narrow, broad = (old, new) if way is Direction.SENT else (new, old)
            text = f"{subject} is {_bounds(new)} now, was {_bounds(old)}"
            yield Change(ChangeRule.BOUND, subject, way, not bounds_within(narrow, broad), text, new.place)
        if way is Direction.SENT and old.default != new.default and not old.must_be_sent:
            text = f"{subject} is {new.default!r} now where it is not sent, was {old.default!r}"
            yield breaking(ChangeRule.DEFAULT, subject, way, text, new.place)

    def _enums(self, old: Enumeration, new: Enumeration, way: Direction) -> Iterator[Change]:
        before, after = [item.name for item in old.values], [item.name for item in new.values]
        for name in before:
            if name not in after:
                yield _other(ChangeRule.VALUES, f"{new.name}.{name}", way, gone=True, place=new.place)
        for name in after:
            if name not in before:
                yield _other(ChangeRule.VALUES, f"{new.name}.{name}", way, gone=False, place=new.place)

    def _unions(self, old: Union, new: Union, way: Direction) -> Iterator[Change]:
        if old.discriminator != new.discriminator:
            text = f"{new.name} is told apart by {new.discriminator} now, was {old.discriminator}"
            yield breaking(ChangeRule.DISCRIMINATOR, new.name, way, text, new.place)
        before = {item.value: item for item in old.members}
        after = {item.value: item for item in new.members}
        for value, item in before.items():
            if value in after:
                yield from self.types(item.type, after[value].type, way, f"{new.name}.{value}", new.place)
            else:
                yield _other(ChangeRule.MEMBERS, f"{new.name}.{value}", way, gone=True, place=new.place)
        for value in after:
            if value not in before:
                yield _other(ChangeRule.MEMBERS, f"{new.name}.{value}", way, gone=False, place=new.place)


def _other(rule: ChangeRule, subject: str, way: Direction, *, gone: bool, place: Location) -> Change:
    breaks = gone is (way is Direction.SENT)
    verb = "accepted" if way is Direction.SENT else "answered"
    return Change(rule, subject, way, breaks, f"{subject} is {'not ' if gone else ''}{verb} {_WHEN[gone]}", place)


_WHEN = {True: "any more", False: "now, too"}


def _is_sure(item: Field, way: Direction) -> bool:
    """Whether the field is always present: every client sends it, or every service answers with it."""
    return item.must_be_sent if way is Direction.SENT else item.required or item.default is not None


def _bounds(item: Field) -> str:
    """The bounds in words, ``at most 500``: of a number, of the length of a string, or of the count of an array."""
    low, high = (None if value is None else repr(value) for value in (item.minimum, item.maximum))
    if low is None:
        return "without bounds" if high is None else f"at most {high}"
    return f"at least {low}" if high is None else f"from {low} to {high}"


def _is_within(narrow: Type, broad: Type, library: Library) -> bool:
    """Whether every value of one type, looked up in `library`, is a value of a wider built-in type."""
    if not isinstance(broad, NamedType) or broad.built_in is None:
        return False
    if broad.built_in is BuiltIn.JSON:
        return narrow != NamedType(BuiltIn.UNIT)
    match narrow:
        case MapType():
            return broad.built_in is BuiltIn.OBJECT
        case ArrayType():
            return False
        case NamedType():
            if narrow.built_in is not None:
                return is_within(narrow.built_in, broad.built_in)
            wanted = BuiltIn.STRING if library.enumeration(narrow) is not None else BuiltIn.OBJECT
            return broad.built_in is wanted
