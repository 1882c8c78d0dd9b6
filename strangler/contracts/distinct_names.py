"""Makes equal names distinct."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The names in order; a repeated name gets a number appended: ``a``, ``a_2``."""
    found: dict[str, None] = {}
    for name in names:
        others = (f"{name}_{number}" for number in count(2))
        found[name if name not in found else next(item for item in others if item not in found)] = None
    return tuple(found)
