"""What tables, columns and the placeholders of routes are called in a draft: always as a document can call them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from strangler.contracts.distinct_names import distinct
from strangler.contracts.type_reference import BUILT_IN
from strangler.model.tables import Table

_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PLACEHOLDER = re.compile(r"\{([^{}:]*)(?::[^{}]*)?\}")
_FIELDS_OF_EVENTS = frozenset({"event_id", "timestamp", "discriminator"})
_BEHIND = ("", "_upserted", "_deleted", "_event")
"""What is declared for each table: its model, its events and their union."""


def words(name: str) -> str:
    """``ProductReview`` and ``product review`` -> ``product_review``."""
    return _WORD_ENDS.sub("_", name).strip("_").lower()


def model_names(tables: Iterable[Table], taken: Iterable[str]) -> Mapping[str, Table]:
    """Every table by a name of its own: that of its class, or its own where two classes are called alike.

    A table without a class that is called after one that has one, as those of many-to-many fields are
    (``todo_task_assigned_to`` after ``todo_task``), is called after its class: ``task_assigned_to``.
    """
    used = {*taken, *BUILT_IN, *_FIELDS_OF_EVENTS}
    found: dict[str, Table] = {}
    ordered = sorted(tables, key=lambda item: item.name)
    classes = {table.name: table.model.rpartition(":")[2].rpartition(".")[2] for table in ordered if table.model}
    for table in ordered:
        model = classes.get(table.name) or _after_its_owner(table.name, classes)
        name = unlike(declared_name(model), declared_name(table.name), used)
        used.update(f"{name}{end}" for end in _BEHIND)
        found[name] = table
    return found


def _after_its_owner(name: str, classes: Mapping[str, str]) -> str:
    owner = max((table for table in classes if name.startswith(f"{table}_")), key=len, default=None)
    return name if owner is None else f"{classes[owner]}_{name.removeprefix(owner).lstrip('_')}"


def unlike(name: str, other: str, used: set[str]) -> str:
    """The name, or another one, so that neither it nor what is declared beside it is in use."""
    tries = [name, other, *(f"{other}_{number}" for number in range(2, len(used) + 3))]
    return next(item for item in tries if not used & {f"{item}{end}" for end in _BEHIND})


def declared_name(name: str) -> str:
    """The name as a document may declare a type: in lower case, and none that means something else."""
    found = words(name)
    return (
        found if found[:1].isalpha() and found not in {*BUILT_IN, *_FIELDS_OF_EVENTS} else f"table_{found}".strip("_")
    )


def field_names(names: Iterable[str]) -> tuple[str, ...]:
    """Names of columns or placeholders, in their order, as a field may be called; no two are equal."""
    return distinct(
        name if _IDENTIFIER.fullmatch(name) else re.sub(r"^(?=[0-9-])|[^A-Za-z0-9_-]+", "_", name) or "value"
        for name in names
    )


def parameter_path(template: str) -> tuple[str, tuple[str, ...]]:
    """A route's path with plain placeholders, and their names; slashes that may miss beside one are left out."""
    names = field_names(match[1] for match in _PLACEHOLDER.finditer(template))
    waiting = iter(names)
    path = _PLACEHOLDER.sub(lambda _: f"{{{next(waiting)}}}", template)
    return re.sub(r"/{2,}", "/", path), names
