"""A TOML table, or an object of JSON, read strictly: every wrong or unknown key becomes a problem with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeGuard, TypeVar

from strangler.model.errors import Problem
from strangler.toml_positions import KeyPath, Position

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Notation:
    """What a format calls a table, a list of tables and the table of a given name."""

    table: str
    tables: str
    name: str


TOML = Notation("a table", "an array of tables, [[{}]]", "[{}]")


@dataclass(slots=True)
class Document:
    """What all sections of one file share: its name, where its keys stand, what is wrong so far."""

    file: str
    positions: Mapping[KeyPath, Position]
    problems: list[Problem] = field(default_factory=list[Problem])
    notation: Notation = TOML

    def position(self, path: KeyPath) -> Position:
        """Return where a key stands, or the nearest table above it."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions.get(path, Position(1, 1))

    def where(self, path: KeyPath) -> str:
        """``strangler.toml:3:1``."""
        position = self.position(path)
        return f"{self.file}:{position.line}:{position.column}"

    def report(self, path: KeyPath, what: str, remedy: str | None = None) -> None:
        """Note what is wrong at a key."""
        position = self.position(path)
        self.problems.append(Problem(what, self.file, position.line, position.column, remedy))


@dataclass(slots=True)
class Section:
    """One table of the document; each key is taken once, `close` reports what nobody took."""

    document: Document
    path: KeyPath
    values: Mapping[str, object]
    taken: set[str] = field(default_factory=set[str])

    @property
    def name(self) -> str:
        """``[services.reviews]``, or ``the file`` for the root."""
        return self.document.notation.name.format(key_name(self.path)) if self.path else "the file"

    def text(self, key: str) -> str | None:
        """Take a string that is not empty; None when the key is missing or wrong."""
        value = self.take(key)
        if value is None or (isinstance(value, str) and value):
            return value
        self.report(key, f"{key} must be a string that is not empty")
        return None

    def required_text(self, key: str) -> str:
        """Take a string that must be there; empty after a report."""
        if key not in self.values:
            self.document.report(self.path, f"{self.name} needs {key}")
        return self.text(key) or ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of strings."""
        value = self.take(key)
        if value is None:
            return ()
        if _is_list(value) and all(isinstance(item, str) and item for item in value):
            return tuple(str(item) for item in value)
        self.report(key, f"{key} must be a list of strings")
        return ()

    def text_lists(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Take a list of lists of strings."""
        value = self.take(key)
        found: list[tuple[str, ...]] = []
        for item in value if _is_list(value) else () if value is None else (value,):
            if not _is_list(item) or not all(isinstance(text, str) and text for text in item):
                self.report(key, f"{key} must be a list of lists of strings")
                return ()
            found.append(tuple(map(str, item)))
        return tuple(found)

    def number(self, key: str, low: float, high: float) -> float | None:
        """Take a number between `low` and `high`."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.report(key, f"{key} must be a number from {low:g} to {high:g}")
        return None

    def count(self, key: str) -> int | None:
        """Take a whole number from 1."""
        value = self.take(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
            return value
        self.report(key, f"{key} must be a whole number from 1")
        return None

    def numbers(self, key: str, low: float, high: float) -> tuple[float, ...]:
        """Take a list of numbers between `low` and `high`."""
        value = self.take(key)
        found: list[float] = []
        for item in value if _is_list(value) else () if value is None else (value,):
            if not isinstance(item, int | float) or isinstance(item, bool) or not low <= item <= high:
                self.report(key, f"{key} must be a list of numbers from {low:g} to {high:g}")
                return ()
            found.append(item)
        return tuple(found)

    def counts(self, key: str, low: int, high: int) -> tuple[int, ...]:
        """Take a list of whole numbers between `low` and `high`."""
        value = self.take(key)
        found: list[int] = []
        for item in value if _is_list(value) else () if value is None else (value,):
            if not isinstance(item, int) or isinstance(item, bool) or not low <= item <= high:
                self.report(key, f"{key} must be a list of whole numbers from {low} to {high}")
                return ()
            found.append(item)
        return tuple(found)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Take true or false; the default when the key is missing or wrong."""
        value = self.take(key, default=default)
        if isinstance(value, bool):
            return value
        self.report(key, f"{key} must be true or false")
        return default

    def choice(self, key: str, choices: Sequence[str]) -> str | None:
        """Take one of the strings in `choices`."""
        value = self.take(key)
        if value is None or (isinstance(value, str) and value in choices):
            return value
        near = get_close_matches(str(value), choices, n=1)
        remedy = f"did you mean {near[0]}?" if near else None
        self.report(key, f"{key} must be one of {', '.join(choices)}", remedy)
        return None

    def section(self, key: str) -> Section:
        """Take a table; an empty one when the key is missing or wrong."""
        return self._section(self.take(key, {}), (*self.path, key))

    def sections(self) -> Mapping[str, Section]:
        """Take every key as a table."""
        return {key: self.section(key) for key in self.values}

    def section_list(self, key: str) -> tuple[Section, ...]:
        """Take an array of tables."""
        value = self.take(key)
        if value is None:
            return ()
        if not _is_list(value):
            self.report(key, f"{key} must be {self.document.notation.tables.format(key)}")
            return ()
        return tuple(self._section(item, (*self.path, key, index)) for index, item in enumerate(value))

    def parsed(self, key: str, parse: Callable[[str], T]) -> T | None:
        """Take a string that `parse` understands; its ValueError says what the string must be."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return parse(text)
        except ValueError as error:
            self.report(key, f"{key} {error}")
            return None

    def report(self, key: str, what: str, remedy: str | None = None) -> None:
        """Note what is wrong with a key of this table."""
        self.document.report((*self.path, key), what, remedy)

    def where(self, key: str) -> str:
        """``strangler.toml:3:1`` of a key of this table."""
        return self.document.where((*self.path, key))

    def close(self) -> None:
        """Report the keys nobody took."""
        known = sorted(self.taken)
        for key in self.values:
            if key not in self.taken:
                near = get_close_matches(key, known, n=1)
                remedy = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
                self.report(key, f"unknown key {key} in {self.name}", remedy)

    def take(self, key: str, default: object = None) -> object:
        """Take whatever stands there; the caller judges it."""
        self.taken.add(key)
        return self.values.get(key, default)

    def _section(self, value: object, path: KeyPath) -> Section:
        if _is_table(value):
            return Section(self.document, path, value)
        self.document.report(path, f"{key_name(path)} must be {self.document.notation.table}")
        return Section(self.document, path, {})


def key_name(path: KeyPath) -> str:
    """``services.reviews``; positions in lists are left out, as in TOML's own headers."""
    return ".".join(part for part in path if isinstance(part, str))


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
