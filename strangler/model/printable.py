"""Makes names safe to show on a terminal or a page: a file name may contain anything, even cursor movements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTROL_IN_LINES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

ValueT = TypeVar("ValueT")


def printable(text: str) -> str:
    """Return a text with control characters, line ends and changes of text direction as escapes."""
    return _CONTROL.sub(_spelled, text)


def printable_lines(text: str) -> str:
    """Return a text like `printable`, but keep its line ends."""
    return _CONTROL_IN_LINES.sub(_spelled, text)


def printable_parts(value: ValueT) -> ValueT:
    """Return a value with every text in it printable, at any depth of dataclasses, tuples, lists and mappings."""
    return cast("ValueT", _parts(value))


def _parts(value: object) -> object:
    if type(value) is str:
        return printable(value)
    if is_dataclass(value) and not isinstance(value, type):
        values: dict[str, Any] = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        changed = {name: new for name, old in values.items() if (new := _parts(old)) is not old}
        return replace(value, **changed) if changed else value
    if isinstance(value, tuple):
        return tuple(map(_parts, cast("Iterable[object]", value)))
    if isinstance(value, list):
        return list(map(_parts, cast("Iterable[object]", value)))
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value)
        return {_parts(key): _parts(item) for key, item in entries.items()}
    return value


def _spelled(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
