"""Cascades of deletions: `on_delete` as `django.db.models.deletion.Collector` follows it."""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.frameworks.deletions import changed
from strangler_analyzers.frameworks.django.models.index import AnyModel, Model
from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.linker.knowledge import Access

_UPDATES = frozenset({"SET_NULL", "SET_DEFAULT", "SET"})


class Cascades:
    """The other tables that deleting a model's rows touches."""

    def __init__(self, models: DjangoModels) -> None:
        self._models = models
        self._known: dict[str, tuple[Access, ...]] = {}

    def of(self, model: AnyModel) -> tuple[Access, ...]:
        """Accesses for rows deleted with them, rows whose reference is cleared, and many-to-many entries."""
        if model.key not in self._known:
            self._known[model.key] = tuple(dict.fromkeys(self._follow(model)))
        return self._known[model.key]

    def _follow(self, model: AnyModel) -> Iterator[Access]:
        seen: set[str] = set()
        pending: list[AnyModel] = list(self._models.rows_of(model))
        for current in pending:
            if current.key in seen:
                continue
            seen.add(current.key)
            yield from self._own_entries(current)
            for relation in self._models.relations.pointing_to(current):
                if relation.through and relation.through_model is None:
                    yield from changed(relation.through, "cascade")
                elif relation.on_delete == "CASCADE":
                    for row in self._models.rows_of(relation.target):
                        yield from changed(row.table, "cascade")
                        pending.append(row)
                elif relation.on_delete in _UPDATES:
                    yield from changed(relation.target.table, relation.on_delete)

    def _own_entries(self, model: AnyModel) -> Iterator[Access]:
        if isinstance(model, Model):
            for relation in self._models.relations.own(model):
                if relation.through and relation.through_model is None:
                    yield from changed(relation.through, "cascade")
