"""Texts put together from constants: prefixes, paths, module names.

Made from values, not from expressions as in `linker.texts`: the wiring is run, and what a name is worth differs from
run to run. A part that is not known is marked, because a path with such a part is a path still.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, product

from strangler_analyzers.linker.strings import METHODS, strings_of
from strangler_analyzers.linker.values import ConstantValue, Value, Values

UNKNOWN = "\0"
"""Stands in a text for a part that is not known."""
MAX_ALTERNATIVES = 4
"""Texts an expression may have; more are cut."""


def texts(values: Iterable[Value]) -> list[str]:
    """The string constants among values; those known in full win over the others."""
    found = list(strings_of(values))
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
        elif (function := METHODS.get(name)) is not None:
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
