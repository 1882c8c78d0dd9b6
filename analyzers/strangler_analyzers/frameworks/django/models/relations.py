"""Relations between models: through their own fields, and through the reverse accessors of other models."""

from __future__ import annotations

from dataclasses import dataclass

from strangler_analyzers.frameworks.django.models.fields import FORWARD, Field, FieldKind
from strangler_analyzers.frameworks.django.models.index import AnyModel, Model, ModelIndex
from strangler_analyzers.frameworks.django.models.library_models import LibraryModel
from strangler_analyzers.frameworks.django.models.tables import through_name


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """One relation from a model to another.

    `many` tells a manager from a single row; `through` is the table between the two, if any; `forward` says that the
    model's own table holds the key; `target` is where the way leads.
    """

    name: str
    target: AnyModel
    many: bool
    forward: bool
    holder: Model | LibraryModel
    on_delete: str = ""
    through: str = ""
    through_model: Model | None = None

    @property
    def identity(self) -> str:
        """The unique key of the relation, used to find it again from the rows it leads to."""
        return f"{self.holder.key}/{self.name}/{'>' if self.forward else '<'}{self.target.key}"


class Relations:
    """Every relation of the program's models, looked up by accessor and by query name."""

    def __init__(self, index: ModelIndex) -> None:
        self._index = index
        self._forward: dict[str, dict[str, Relation]] = {}
        self._backward: dict[str, dict[str, Relation]] = {}
        self._query: dict[str, dict[str, Relation]] = {}
        self._by_identity: dict[str, Relation] = {}
        self._found: dict[tuple[str, str, bool], Relation | None] = {}
        for model in index.all():
            self._read(model)

    def accessor(self, model: AnyModel, name: str) -> Relation | None:
        """The relation behind ``instance.name``."""
        return self._find(model, name, query=False)

    def lookup(self, model: AnyModel, name: str) -> Relation | None:
        """The relation behind ``name`` in a filter."""
        return self._find(model, name, query=True)

    def by_identity(self, identity: str) -> Relation | None:
        """The relation that rows were reached through."""
        return self._by_identity.get(identity)

    def pointing_to(self, model: AnyModel) -> tuple[Relation, ...]:
        """The relations by which other models refer to a model, as seen from it."""
        return tuple(self._query.get(model.key, {}).values())

    def own(self, model: Model) -> tuple[Relation, ...]:
        """The relations of a model's own fields."""
        return tuple(self._forward.get(_key(model), {}).values())

    # --- reading

    def _read(self, model: Model) -> None:
        forward = self._forward.setdefault(_key(model), {})
        for field in model.fields.values():
            if field.kind is FieldKind.GENERIC_FOREIGN_KEY or field.kind is FieldKind.COLUMN:
                continue
            target = self._index.target(model, field)
            if target is None:
                continue
            relation = self._relation(model, field, target)
            forward[field.name] = relation
            self._by_identity[relation.identity] = relation
            if field.kind is not FieldKind.GENERIC_RELATION and not model.abstract:
                self._way_back(model, field, target, relation)
        if not model.abstract:
            self._parent_links(model, forward)

    def _relation(self, model: Model, field: Field, target: AnyModel) -> Relation:
        many = field.kind not in FORWARD
        through, through_model = "", None
        if field.kind is FieldKind.MANY_TO_MANY:
            named = self._index.through(model, field)
            if isinstance(named, Model):
                through, through_model = named.table, named
            elif named is not None:
                through = named.table
            else:
                through = through_name(model, field)
        return Relation(field.name, target, many, not many, model, field.on_delete, through, through_model)

    def _way_back(self, model: Model, field: Field, target: AnyModel, forward: Relation) -> None:
        if isinstance(target, Model):
            target = self._index.table_owner(target)  # A relation to a proxy is reached from its concrete model.
        related_name = _expanded(field.related_name, model)
        single = field.kind is FieldKind.ONE_TO_ONE
        hidden = related_name is not None and related_name.endswith("+")
        query_name = _expanded(field.related_query_name, model) or related_name or model.name.lower()
        accessor = related_name or (model.name.lower() if single else f"{model.name.lower()}_set")
        back = Relation(
            accessor,
            model,
            many=not single,
            forward=False,
            holder=target,
            on_delete=field.on_delete,
            through=forward.through,
            through_model=forward.through_model,
        )
        key = _key(target)
        self._query.setdefault(key, {}).setdefault(f"+{model.key}.{field.name}" if hidden else query_name, back)
        if not hidden and not (forward.through and target is model and field.symmetrical is not False):
            self._backward.setdefault(key, {}).setdefault(accessor, back)
            self._by_identity[back.identity] = back

    def _parent_links(self, model: Model, forward: dict[str, Relation]) -> None:
        child = model.name.lower()
        for name, parent in model.parents.items():
            if name not in model.fields:
                forward[name] = Relation(name, parent, many=False, forward=True, holder=model, on_delete="CASCADE")
                back = Relation(child, model, many=False, forward=False, holder=parent, on_delete="CASCADE")
                self._backward.setdefault(_key(parent), {}).setdefault(back.name, back)
                self._query.setdefault(_key(parent), {}).setdefault(back.name, back)
                self._by_identity[back.identity] = back

    # --- finding

    def _find(self, model: AnyModel, name: str, *, query: bool) -> Relation | None:
        key = (_key(model), name, query)
        if key not in self._found:
            self._found[key] = self._search(model, name, query=query)
        return self._found[key]

    def _search(self, model: AnyModel, name: str, *, query: bool) -> Relation | None:
        backward = self._query if query else self._backward
        for key in self._keys(model):
            for relations in (self._forward.get(key), backward.get(key)):
                if relations is not None and name in relations:
                    return relations[name]
        if isinstance(model, LibraryModel):
            return self._of_library(model, name)
        return None

    def _keys(self, model: AnyModel) -> tuple[str, ...]:
        """The models whose relations an instance has, including ancestors and an abstract model's descendants."""
        if isinstance(model, LibraryModel):
            return (_key(model),)
        found: dict[str, None] = {}
        heirs = self._index.concrete(model) if model.abstract else ()
        for ancestor in (*heirs, *self._index.lineage(model)):
            found[_key(ancestor)] = None
            for parent in ancestor.parents.values():
                found[_key(parent)] = None
        return tuple(found)

    def _of_library(self, model: LibraryModel, name: str) -> Relation | None:
        for field in model.fields:
            if field.name == name and field.target:
                target = self._index.by_label(field.target)
                through = f"{model.table}_{field.name}" if field.kind is FieldKind.MANY_TO_MANY else ""
                many = field.kind is FieldKind.MANY_TO_MANY
                relation = Relation(name, target, many, not many, model, "CASCADE", through)
                self._by_identity[relation.identity] = relation
                return relation
        return None


def _key(model: AnyModel) -> str:
    """Abstract classes of two modules may share label and name; a table's model does not."""
    return model.scope.name if isinstance(model, Model) and model.abstract else model.key


def _expanded(name: str | None, model: Model) -> str | None:
    if name is None:
        return None
    return name.replace("%(class)s", model.name.lower()).replace("%(app_label)s", model.label.lower())
