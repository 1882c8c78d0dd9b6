"""Known strings: string constants among values, and the results of `str` methods and operators on them.

Expressions are evaluated to strings elsewhere, for three needs: `linker.texts` gives every string that an expression
may have, `frameworks.wiring` the strings of one run of the wiring, and `frameworks.django.evaluation.expressions` the
one string at a place in settings or a URL conf.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from strangler_analyzers.linker.values import ConstantValue, Value

METHODS: Mapping[str, Callable[..., str]] = {
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "capitalize": str.capitalize,
    "casefold": str.casefold,
    "removeprefix": str.removeprefix,
    "removesuffix": str.removesuffix,
    "replace": str.replace,
}
"""Methods of `str` that take and return strings, by name."""

_PLACE = re.compile(r"%[sd]")


def strings_of(values: Iterable[Value]) -> Iterator[str]:
    """The string constants among values, in their order."""
    for value in values:
        if isinstance(value, ConstantValue) and isinstance(value.value, str):
            yield value.value


def first_string(values: Iterable[Value]) -> str | None:
    """The first string constant among values."""
    return next(strings_of(values), None)


def interpolated(template: str, arguments: Sequence[str]) -> str:
    """``template % arguments`` for ``%s`` and ``%d``; placeholders without an argument are left as they are."""
    given = iter(arguments)
    return _PLACE.sub(lambda place: next(given, place[0]), template)
