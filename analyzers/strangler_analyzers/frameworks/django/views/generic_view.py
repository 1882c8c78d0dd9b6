"""The description of a library's view class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class GenericView:
    """A class of a library; `runs` says for each method, in order, what it calls on the view.

    ``super.name`` means the next ancestor's method, ``form.name`` and ``serializer.name`` a method of the class that
    the view works with, ``processor.run`` the context processors.
    """

    name: str
    bases: tuple[str, ...] = ()
    runs: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    verbs: tuple[str, ...] = ()
    """The HTTP methods it is limited to, if any."""


def view(name: str, bases: str = "", verbs: str = "", **runs: str) -> GenericView:
    """A view class from a compact notation, with names separated by spaces."""
    hooks = {method: tuple(calls.split()) for method, calls in runs.items()}
    return GenericView(name, tuple(bases.split()), hooks, tuple(verbs.split()))
