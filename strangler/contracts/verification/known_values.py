"""Values of path parameters that identify existing rows: given by the user or document, or seen in earlier answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from strangler.contracts.document import Field
from strangler.contracts.library import Library
from strangler.contracts.type_reference import ArrayType, MapType, NamedType, Type
from strangler.model.json_value import Json

_KEPT = 5
"""The most values kept for one field."""
_KEYS = frozenset({"id", "uuid", "guid", "key", "number"})
"""Fields that identify a single row; any other field in a path may match many rows, or somebody else's."""


@dataclass
class KnownValues:
    """The known values of each field of each model.

    `given` are the user's: ``id`` for every path parameter with that name, ``review.id`` for those of the operations on
    one type. Only rows that are `given`, or that this run has created, may be written to.
    """

    library: Library
    given: Mapping[str, str]
    _seen: dict[tuple[str, str], list[str]] = field(default_factory=dict[tuple[str, str], list[str]])
    _created: dict[tuple[str, str], list[str]] = field(default_factory=dict[tuple[str, str], list[str]])

    _born: dict[tuple[str, str], list[str]] = field(default_factory=dict[tuple[str, str], list[str]])
    """The keys of everything that this run has created and not yet removed, without a limit."""

    def learn(self, value: Json, type_: Type) -> None:
        """Keep the values of all fields of an answer that could be path parameters."""
        match type_:
            case ArrayType(item):
                for one in value if isinstance(value, Sequence) and not isinstance(value, str) else ():
                    self.learn(one, item)
            case MapType(inner):
                for one in value.values() if isinstance(value, Mapping) else ():
                    self.learn(one, inner)
            case NamedType():
                self._learn_model(value, type_)

    def _learn_model(self, value: Json, type_: NamedType) -> None:
        if not isinstance(value, Mapping):
            return
        model, union = self.library.model(type_), self.library.union(type_)
        if union is not None:
            members = [item for item in union.members if item.value == value.get(union.discriminator)]
            for member in members:
                self._learn_model(value, member.type)
        if model is None:
            return
        for item in model.fields:
            if (text := _segment(value.get(item.name))) is not None:
                _keep(self._seen, (model.name, item.name), text)
            self.learn(value.get(item.name), item.type)

    def created(self, value: Json, type_: Type) -> None:
        """Keep the key of what this run has created: its own key, not the keys it refers to."""
        model = self.library.model(type_)
        if model is None or not isinstance(value, Mapping):
            return
        for item in model.fields:
            if item.name not in _KEYS:
                continue
            if (text := _segment(value.get(item.name))) is not None:
                _keep(self._created, (model.name, item.name), text)
                if text not in (born := self._born.setdefault((model.name, item.name), [])):
                    born.append(text)

    def gone(self, resource: str, parameter: str, value: str) -> None:
        """Forget a row that was removed."""
        for kept in (self._created, self._seen, self._born):
            for key in _exact(resource, parameter):
                if value in kept.get(key, ()):
                    kept[key].remove(value)

    def left(self, resource: str, parameter: Field) -> tuple[str, ...]:
        """What this run has created and not removed, by the field that a path parameter stands for."""
        keys = _exact(resource, parameter.name)
        return tuple(next((kept for key in keys if (kept := self._born.get(key))), ()))

    def to_write(self, resource: str, parameter: Field) -> str | None:
        """A row that this run may change: the one the user named, or the latest one created."""
        named = self._named(resource, parameter.name)
        if named is not None:
            return named
        whole = (key for key in self._created if parameter.name == f"{key[0]}_{key[1]}")
        keys = (*_exact(resource, parameter.name), *whole)
        return next((kept[-1] for key in keys if (kept := self._created.get(key))), None)

    def to_read(self, resource: str, parameter: Field) -> str | None:
        """A row to read, or None if none is known."""
        named = self._named(resource, parameter.name)
        if named is not None:
            return named
        names = {f"{resource}_{parameter.name}"} | ({parameter.name} - _KEYS)
        keys = [
            *_exact(resource, parameter.name),
            *(key for key in self._seen if key[1] in names or parameter.name == f"{key[0]}_{key[1]}"),
        ]
        found = next((kept[0] for key in keys if (kept := self._created.get(key) or self._seen.get(key))), None)
        return _segment(parameter.example) if found is None else found

    def _named(self, resource: str, name: str) -> str | None:
        return self.given.get(f"{resource}.{name}", self.given.get(name))


def _exact(resource: str, name: str) -> tuple[tuple[str, str], ...]:
    """The fields that a path parameter may stand for: ``id``, or ``review_id`` for the id of a review."""
    return ((resource, name), (resource, name.removeprefix(f"{resource}_")))


def _keep(kept: dict[tuple[str, str], list[str]], key: tuple[str, str], text: str) -> None:
    values = kept.setdefault(key, [])
    if text not in values and len(values) < _KEPT:
        values.append(text)


def _segment(value: Json) -> str | None:
    """The value as a path segment; None if it cannot be one."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value in {"", ".", ".."}:
        return None
    return str(value)
