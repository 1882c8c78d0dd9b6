"""Classes that nothing inherits from: that something is of none of them is found out at once."""

from __future__ import annotations

from msgspec import StructMeta


def _refuse_heirs(
    kind: type, name: str, bases: tuple[type, ...], namespace: dict[str, object], **configuration: object
) -> None:
    """Begin a class; one below another of its metaclass would not count as one of it."""
    del namespace, configuration
    for base in bases:
        if type(base) is type(kind):
            raise TypeError(f"{name} inherits from {base.__name__}, whose instances are told by exactly that class")


Exact = type("Exact", (StructMeta,), {"__instancecheck__": ().count, "__init__": _refuse_heirs})
"""The metaclass of structs that are told apart by `isinstance` and ``case Kind()`` and that nothing inherits from.

Python itself says yes to what is of exactly the class that is asked for. Of all else it asks the metaclass, unless that
is `type`, by a method that has to be bound first (its data model, "Special method lookup"): ten times what the same
question about a plain class takes, and the linker puts it millions of times. Here the answer can only be no. A builtin
is not bound, and an empty tuple counts nothing.
"""
