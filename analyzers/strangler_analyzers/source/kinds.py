"""A metaclass for final classes that makes a negative `isinstance` check fast."""

from __future__ import annotations

from msgspec import StructMeta


def _refuse_heirs(
    kind: type, name: str, bases: tuple[type, ...], namespace: dict[str, object], **configuration: object
) -> None:
    """Create a class, and refuse one that inherits from a class of this metaclass: `isinstance` would not find it."""
    del namespace, configuration
    for base in bases:
        if type(base) is type(kind):
            raise TypeError(f"{name} inherits from {base.__name__}, whose instances are told by exactly that class")


Exact = type("Exact", (StructMeta,), {"__instancecheck__": ().count, "__init__": _refuse_heirs})
"""The metaclass of final structs that are distinguished by `isinstance` and ``case Kind()``.

Python itself answers True for an object of exactly the class in question. For any other object it asks the metaclass,
unless that is `type`, through a method that it must first bind ("Special method lookup" in the data model). That takes
ten times as long as the check on a plain class, and the linker makes it millions of times. Here the answer can only be
False: a builtin needs no binding, and an empty tuple counts zero of anything.
"""
