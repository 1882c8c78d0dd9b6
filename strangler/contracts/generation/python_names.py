"""Turns the names of a document into Python names: valid, free of other meanings, and distinct."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping
from itertools import count

_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_USED_AS_TYPES = frozenset({"bool", "bytes", "dict", "dt", "float", "int", "list", "msgspec", "object", "self", "str"})
"""Names used in annotations; an attribute with such a name would shadow them."""
_IMPORTED = frozenset(
    {
        *("Annotated", "Any", "AsyncConnection", "Awaitable", "BaseRoute", "Call", "Callable", "Connection", "Decimal"),
        *(
            "Final",
            "Form",
            "Handlers",
            "Int32",
            "Int64",
            "LocalTimestamp",
            "Meta",
            "Operation",
            "Parameter",
            "Place",
            "Problems",
        ),
        *("Protocol", "Ready", "Refusal", "Reply", "Self", "Sequence", "Settings", "Starlette", "StrEnum", "Struct"),
        *("T", "Timestamp", "TypeAlias", "TypeVar", "UnsetType", "Unset", "Uuid"),
    }
)
_MEMBERS = frozenset({"MRO"})


def words(name: str) -> str:
    """``ProductReview``, ``product-review`` and ``_product_review`` -> ``product_review``."""
    return _WORD_ENDS.sub("_", name).strip("_").lower()


def attribute_name(name: str) -> str:
    """The name of an attribute."""
    found = words(name) or "value"
    found = found if found[0].isalpha() else f"value_{found}"
    is_taken = keyword.iskeyword(found) or found in _USED_AS_TYPES
    return f"{found}_" if is_taken else found


def argument_name(name: str) -> str:
    """The name of an argument; ``body`` is reserved for the body of a request."""
    found = attribute_name(name)
    return "body_" if found == "body" else found


def class_name(name: str) -> str:
    """The name of a class; names that the generated code imports are avoided."""
    found = "".join(part[:1].upper() + part[1:] for part in words(name).split("_"))
    found = found if found[:1].isalpha() else f"Type{found}"
    is_taken = found in _IMPORTED or hasattr(builtins, found) or keyword.iskeyword(found)
    return f"{found}Model" if is_taken else found


def member_name(value: str) -> str:
    """The name of an enum's member."""
    found = words(value).upper() or "VALUE"
    return found if found[0].isalpha() and found not in _MEMBERS else f"VALUE_{found}"


def told_apart(names: Iterable[str], between: str = "") -> tuple[str, ...]:
    """The names in order; one that was there before, in any case, gets a number appended."""
    found: list[str] = []
    used: set[str] = set()
    for name in names:
        tries = (name if number == 1 else f"{name}{between}{number}" for number in count(1))
        chosen = next(item for item in tries if item.lower() not in used)
        used.add(chosen.lower())
        found.append(chosen)
    return tuple(found)


def attributes(names: Iterable[str]) -> Mapping[str, str]:
    """Attribute names by the names in the document."""
    given = tuple(names)
    return dict(zip(given, told_apart(map(attribute_name, given), "_"), strict=True))
