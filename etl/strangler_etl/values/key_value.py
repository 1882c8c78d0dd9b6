"""When two texts of a key are the same key."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from strangler_etl.engine.keys import Key, parts_of_key
from strangler_etl.values.conversions import Family, family_of


def key_value(key: Key, text: str) -> tuple[object, ...]:
    """The value a key's text stands for: a number may have several texts, 1.0 is the key 1.00."""
    parts = parts_of_key(text, len(key.parts))
    return tuple(
        _number(one) if family_of(part.type) is Family.NUMBER else one
        for part, one in zip(key.parts, parts, strict=True)
    )


def _number(text: str) -> Decimal | str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return text if number.is_nan() else number
