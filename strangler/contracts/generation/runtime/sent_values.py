"""What msgspec accepts but a service must refuse: texts for decimals, and texts that no database can store."""

from __future__ import annotations

from typing import TypeGuard

_NUL = "\x00"
"""JSON may contain it; PostgreSQL's ``text`` and ``jsonb`` and Django's fields cannot hold it."""


def text_for_number(sent: object, read: object) -> str | None:
    """Where a text was sent and a number read: msgspec accepts texts for decimals, the document does not."""
    waiting: list[tuple[str, object, object]] = [("$", sent, read)]
    while waiting:
        path, item, other = waiting.pop()
        if isinstance(item, str) and not isinstance(other, str):
            return _named(path)
        if _is_object(item) and _is_object(other):
            waiting += [(f"{path}.{key}", part, other[key]) for key, part in item.items() if key in other]
        elif _is_array(item) and _is_array(other):
            pairs = zip(item, other, strict=False)
            waiting += [(f"{path}[{index}]", *pair) for index, pair in enumerate(pairs)]
    return None


def text_with_nul(value: object, path: str = "$") -> str | None:
    """The path of a text or key that contains U+0000; None if there is none."""
    waiting: list[tuple[str, object]] = [(path, value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, str) and _NUL in item:
            return _named(path)
        if _is_object(item):
            waiting += [(path, key) for key in item]
            waiting += [(f"{path}.{key}", part) for key, part in item.items()]
        elif _is_array(item):
            waiting += [(f"{path}[{index}]", part) for index, part in enumerate(item)]
    return None


def _named(path: str) -> str:
    return path.removeprefix("$").lstrip(".") or path


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
