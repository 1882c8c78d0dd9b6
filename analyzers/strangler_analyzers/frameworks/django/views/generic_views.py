"""Library views by name, and the method resolution order of views through them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from strangler_analyzers.frameworks.django.views.django_views import ACCOUNTS, GENERIC
from strangler_analyzers.frameworks.django.views.generic_view import GenericView
from strangler_analyzers.frameworks.django.views.library_views import FORM_SETS, LISTS, REST
from strangler_analyzers.linker.inheritance import Ancestor

VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
"""The methods a class-based view may implement; `django.views.generic.base.View.http_method_names`."""

_PACKAGES = frozenset({"django", "rest_framework", "extra_views", "haystack", "django_tables2", "formtools"})

GENERIC_VIEWS: Mapping[str, GenericView] = {
    view.name: view for view in (*GENERIC, *ACCOUNTS, *REST, *FORM_SETS, *LISTS)
}
"""Every view class known, by its name."""

Layer: TypeAlias = "Ancestor | GenericView"
"""A class in the method resolution order of a view; a path stands for an unknown class."""


def generic_view(path: str) -> GenericView | None:
    """The library class a dotted path means.

    A class of an unknown package passes for the one its name ends with: ``acme.AjaxUpdateView`` for UpdateView.
    """
    package, name = path.partition(".")[0], path.rpartition(".")[2]
    if package in _PACKAGES:
        if (known := GENERIC_VIEWS.get(name)) is not None:
            return known
        if package in {"django", "rest_framework"} and not name.endswith(("View", "ViewSet", "Mixin")):
            return None
    endings = [known for known in GENERIC_VIEWS if known != "View" and name.endswith(known) and "View" in known]
    return GENERIC_VIEWS[max(endings, key=len)] if endings else None


def layers(order: tuple[Ancestor, ...]) -> tuple[Layer, ...]:
    """A class's ancestors, with library classes expanded; of a repeated class the last position counts, as in C3."""
    unfolded: list[Layer] = []
    for ancestor in order:
        known = generic_view(ancestor) if isinstance(ancestor, str) else None
        unfolded.extend(_unfolded(known) if known is not None else (ancestor,))
    last = {layer: position for position, layer in enumerate(unfolded)}
    return tuple(layer for position, layer in enumerate(unfolded) if last[layer] == position)


def _unfolded(view: GenericView) -> list[Layer]:
    chain: list[Layer] = [view]
    for base in view.bases:
        chain.extend(_unfolded(GENERIC_VIEWS[base]))
    last = {layer: position for position, layer in enumerate(chain)}
    return [layer for position, layer in enumerate(chain) if last[layer] == position]
