"""Strings composed from constants: prefixes, paths, module names.

Made from values, not from expressions as in `linker.texts`: the wiring is run, and what a name is worth differs from
run to run. A part that is not known is marked, because a path with such a part is a path still.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, product

from strangler_analyzers.linker.strings import METHODS, strings_of
from strangler_analyzers.linker.values import ConstantValue, Value, Values

UNKNOWN = "\0"
"""Stands for an unknown part of a string."""
MAX_ALTERNATIVES = 4
"""The most strings kept for an expression."""


def texts(values: Iterable[Value]) -> list[str]:
    """The string constants among values; fully known ones take precedence."""
    found = list(strings_of(values))
    return [text for text in found if UNKNOWN not in text] or found


def constants(found: Iterable[str]) -> Values:
    """Strings as values, each once, at most the first few."""
    return tuple(islice((ConstantValue(text) for text in dict.fromkeys(found)), MAX_ALTERNATIVES))


def joined(parts: Sequence[Values]) -> Values:
    """The concatenation of parts; a part without a string is `UNKNOWN`."""
    alternatives = [_spelled(part) or [UNKNOWN] for part in parts]
    return constants("".join(choice) for choice in islice(product(*alternatives), MAX_ALTERNATIVES))


def _spelled(values: Values) -> list[str]:
    numbers = (str(v.value) for v in values if isinstance(v, ConstantValue) and isinstance(v.value, int | float))
    return texts(values) or list(numbers)


def method(name: str, receivers: Iterable[str], arguments: Sequence[str], keywords: Mapping[str, str]) -> Values:
    """The result of a method of `str`."""
    found: list[str] = []
    for receiver in receivers:
        if name == "format":
            found.append(formatted(receiver, arguments, keywords))
        elif name == "join":
            found.append(receiver.join(arguments))
        elif (function := METHODS.get(name)) is not None:
            try:
                found.append(function(receiver, *arguments))
            except TypeError:
                found.append(receiver)
    return constants(found)


def formatted(template: str, arguments: Sequence[str], keywords: Mapping[str, str]) -> str:
    """``template.format(...)``; a template that does not match its arguments is returned unchanged."""
    try:
        return template.format(*arguments, **keywords)
    except (IndexError, KeyError, ValueError, AttributeError):
        return template
