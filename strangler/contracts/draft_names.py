"""The names that tables, columns and route placeholders get in a draft; a document always accepts them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from strangler.contracts.distinct_names import distinct
from strangler.contracts.type_reference import BUILT_IN
from strangler.model.tables import Table

_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_CAPITALS = re.compile(r"[A-Z]{2}")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PLACEHOLDER = re.compile(r"\{([^{}:]*)(?::[^{}]*)?\}")
_FIELDS_OF_EVENTS = frozenset({"event_id", "timestamp", "discriminator"})
_BEHIND = ("", "_upserted", "_deleted", "_event")
"""The suffixes of what is declared for each table: its model, its two events and their union."""


def words(name: str) -> str:
    """``ProductReview`` and ``product review`` -> ``product_review``."""
    return _WORD_ENDS.sub("_", name).strip("_").lower()


def model_names(tables: Iterable[Table], taken: Iterable[str]) -> Mapping[str, Table]:
    """A unique name for every table: that of its class, or its own if two classes share a name.

    A table without a class whose name extends that of a table with one, as those of many-to-many fields do
    (``todo_task_assigned_to`` extends ``todo_task``), is named after that class: ``task_assigned_to``.
    """
    used = {*taken, *BUILT_IN, *_FIELDS_OF_EVENTS}
    found: dict[str, Table] = {}
    ordered = sorted(tables, key=lambda item: item.name)
    classes = {table.name: table.model.rpartition(":")[2].rpartition(".")[2] for table in ordered if table.model}
    for table in ordered:
        model = classes.get(table.name) or _after_its_owner(table.name, classes)
        name = unlike(declared_name(_split_as(table.name, model)), declared_name(table.name), used)
        used.update(f"{name}{end}" for end in _BEHIND)
        found[name] = table
    return found


def _split_as(table: str, model: str) -> str:
    """The name of a class, in the words of its table: capitals in a row (``BoMItem``) do not say where words end."""
    one = table.removesuffix("s")
    is_same = one.replace("_", "").lower() == model.removesuffix("s").lower()
    return one if is_same and "_" in one and _CAPITALS.search(model) else model


def _after_its_owner(name: str, classes: Mapping[str, str]) -> str:
    owner = max((table for table in classes if name.startswith(f"{table}_")), key=len, default=None)
    return name if owner is None else f"{classes[owner]}_{name.removeprefix(owner).lstrip('_')}"


def unlike(name: str, other: str, used: set[str]) -> str:
    """The name, or an alternative, such that neither it nor the names derived from it are in use."""
    tries = [name, other, *(f"{other}_{number}" for number in range(2, len(used) + 3))]
    return next(item for item in tries if not used & {f"{item}{end}" for end in _BEHIND})


def declared_name(name: str) -> str:
    """The name in a form that a type may be declared under: lower case, and not a reserved word."""
    found = words(name)
    return (
        found if found[:1].isalpha() and found not in {*BUILT_IN, *_FIELDS_OF_EVENTS} else f"table_{found}".strip("_")
    )


def field_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names of columns or placeholders, in order, as valid and distinct field names."""
    return distinct(
        name if _IDENTIFIER.fullmatch(name) else re.sub(r"^(?=[0-9-])|[^A-Za-z0-9_-]+", "_", name) or "value"
        for name in names
    )


def parameter_path(template: str) -> tuple[str, tuple[str, ...]]:
    """A route's path with plain placeholders, and their names; an optional slash beside a placeholder is dropped."""
    names = field_names(match[1] for match in _PLACEHOLDER.finditer(template))
    waiting = iter(names)
    path = _PLACEHOLDER.sub(lambda _: f"{{{next(waiting)}}}", template)
    return re.sub(r"/{2,}", "/", path), names
