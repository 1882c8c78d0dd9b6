"""Texts put together from constants: prefixes, paths, module names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice, product

from strangler_analyzers.linker.values import ConstantValue, Value, Values

UNKNOWN = "\0"
"""Stands in a text for a part that is not known."""
MAX_ALTERNATIVES = 4
"""Texts an expression may have; more are cut."""

_METHODS: Mapping[str, Callable[..., str]] = {
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "capitalize": str.capitalize,
    "removeprefix": str.removeprefix,
    "removesuffix": str.removesuffix,
    "replace": str.replace,
}


def texts(values: Iterable[Value]) -> list[str]:
    """The string constants among values; those known in full win over the others."""
    found = [value.value for value in values if isinstance(value, ConstantValue) and isinstance(value.value, str)]
    return [text for text in found if UNKNOWN not in text] or found


def constants(found: Iterable[str]) -> Values:
    """Texts as values, each once, the first few."""
    return tuple(islice((ConstantValue(text) for text in dict.fromkeys(found)), MAX_ALTERNATIVES))


def joined(parts: Sequence[Values]) -> Values:
    """The concatenation of parts; a part without a text is `UNKNOWN`."""
    alternatives = [_spelled(part) or [UNKNOWN] for part in parts]
    return constants("".join(choice) for choice in islice(product(*alternatives), MAX_ALTERNATIVES))


def _spelled(values: Values) -> list[str]:
    numbers = (str(v.value) for v in values if isinstance(v, ConstantValue) and isinstance(v.value, int | float))
    return texts(values) or list(numbers)


def method(name: str, receivers: Iterable[str], arguments: Sequence[str], keywords: Mapping[str, str]) -> Values:
    """What a method of `str` gives."""
    found: list[str] = []
    for receiver in receivers:
        if name == "format":
            found.append(formatted(receiver, arguments, keywords))
        elif name == "join":
            found.append(receiver.join(arguments))
        elif (function := _METHODS.get(name)) is not None:
            try:
                found.append(function(receiver, *arguments))
            except TypeError:
                found.append(receiver)
    return constants(found)


def formatted(template: str, arguments: Sequence[str], keywords: Mapping[str, str]) -> str:
    """``template.format(...)``; a template that does not fit its arguments comes back as it is."""
    try:
        return template.format(*arguments, **keywords)
    except (IndexError, KeyError, ValueError, AttributeError):
        return template


def interpolated(template: str, arguments: Sequence[str]) -> str:
    """``template % arguments`` for ``%s`` and ``%d``."""
    for argument in arguments:
        for mark in ("%s", "%d"):
            if mark in template:
                template = template.replace(mark, argument, 1)
                break
    return template
