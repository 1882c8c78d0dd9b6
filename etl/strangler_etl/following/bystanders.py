"""Rows that a batch does not mention, but that foreign keys of the database would delete or change nevertheless.

ON DELETE CASCADE deletes a row with its parent; but in the same batch the row, or one above it, may have got another
parent, and then nobody would write the row again. So before anything else is done, the rows that such keys reach are
looked up, across as many tables as necessary, and kept. After everything else, each of them is restored to what it was,
with the values that the batch gives it. A row of a table that the other side does not have, or a value in a column that
it does not have, is removed where its own parent is gone for good: that is what its foreign key is for.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.key_actions import Effect, KeyAction, Shape
from strangler_etl.engine.keys import in_parts, key_of_row
from strangler_etl.engine.session import Row, Value
from strangler_etl.following.steps import Deletion, Done, Writing
from strangler_etl.values.conversions import Family, family_of
from strangler_etl.values.key_value import key_value

_EXACT = frozenset({Family.WHOLE, Family.IDENTIFIER})
"""Types of keys for which the database takes no two different texts for equal."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A row as it was: the values of all of its columns, and its `locator`, which identifies it in the table."""

    locator: str
    values: Row


@dataclass(frozen=True, slots=True)
class Restoration:
    """Rows of one table to restore to what they were; each has values for `columns`, in order, including the `key`.

    `known` rows exist on the other side, too, so they must exist here; others are deleted with their parents. `own` are
    the columns that the other side does not have, `loose` the foreign keys with such columns.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    content: Sequence[Kept]
    known: bool
    own: frozenset[str]
    loose: tuple[KeyAction, ...]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.content)

    @property
    def first(self) -> tuple[str, str]:
        """The table, and the locator, of the first row."""
        return self.table, self.content[0].locator

    def do(self, database: Database) -> Done:
        """Write the rows that differ, except those whose parents are missing and may still come back."""
        there, changed = _Parents(database), 0
        alike: defaultdict[tuple[str, ...], list[Row]] = defaultdict(list)
        for kept in self.content:
            values = self._fitting(dict(zip(self.columns, kept.values, strict=True)), there)
            if values is not None:
                alike[tuple(values)].append(tuple(values.values()))
        for columns, rows in alike.items():
            changed += database.put(self.table, self.key, columns, rows)
        return Done(changed=changed)

    def _fitting(self, values: dict[str, Value], there: _Parents) -> Mapping[str, Value] | None:
        """The values the row is to have, given the parents that exist; None where it is deleted with a parent."""
        for action in self.loose:
            if there.has(action, values):
                continue
            if action.deleted is Effect.CASCADE and not self.known:
                return None
            for column in self.own.intersection(action.columns):
                if action.deleted in {Effect.SET_NULL, Effect.CASCADE}:
                    values[column] = None
                else:
                    # The database's own result of the key's action, or the default.
                    values.pop(column, None)
        return values

    def halves(self) -> tuple[Restoration, ...]:
        """The rows in two parts; in one when there is only one row."""
        half = len(self.content) // 2
        return tuple(replace(self, content=part) for part in (self.content[:half], self.content[half:]) if part)


class _Parents:
    """Which of the referenced rows exist."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._found: dict[tuple[object, ...], bool] = {}

    def has(self, action: KeyAction, values: Mapping[str, Value]) -> bool:
        """Whether the row that these values refer to exists; True also where they refer to none."""
        given = tuple(values.get(column) for column in action.columns)
        if None in given:
            return True
        asked = (action.parent, action.referred, *given)
        if asked not in self._found:
            mark = self._database.placeholder
            condition = " AND ".join(f"{self._database.quoted(name)} = {mark}" for name in action.referred)
            found = self._database.rows(f"SELECT 1 FROM {action.parent} WHERE {condition}", given)
            self._found[asked] = bool(found)
        return self._found[asked]


@dataclass(frozen=True, slots=True)
class _Reached:
    """Rows of a table, by their locators, that are deleted, or of which only these `columns` change.

    `meant` says that the batch itself asks for it.
    """

    shape: Shape
    locators: Sequence[str]
    columns: frozenset[str] | None
    meant: bool

    @property
    def goes(self) -> bool:
        return self.columns is None


@dataclass(slots=True)
class _Found:
    """The rows reached in one table: locator -> values of the columns of `shape`."""

    shape: Shape
    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    in_the_way: dict[str, None] = field(default_factory=dict[str, None])
    """Places of rows that could not be found again later."""


class BystanderSearch:
    """Finds the bystanders of a batch in the database it is written to, in the transaction that writes it."""

    def __init__(self, database: Database, deletions: Sequence[Deletion], writings: Sequence[Writing]) -> None:
        self._database = database
        self._actions: defaultdict[str, list[KeyAction]] = defaultdict(list)
        self._shapes: dict[str, Shape] = {}
        self._found: dict[str, _Found] = {}
        self._upserts: defaultdict[str, list[Upsert]] = defaultdict(list)
        for one in writings:
            self._upserts[database.quoted(one.upsert.table)].append(one.upsert)
        self._known = {database.quoted(one.table): one.key for one in deletions}
        self._gone: defaultdict[str, set[tuple[object, ...]]] = defaultdict(set)
        self._deletions = [one for one in deletions if one.keys]

    def search(self) -> Sequence[Restoration]:
        """The steps that restore the bystanders to what they were, parents first."""
        if not self._deletions and not any(upsert.rows for upserts in self._upserts.values() for upsert in upserts):
            return ()
        for action in self._database.key_actions():
            self._actions[action.parent].append(action)
        waiting = deque([*self._that_go(), *self._that_change()] if self._actions else ())
        seen: set[tuple[str, str, frozenset[str] | None]] = set()
        while waiting:
            for reached in self._reached_by(waiting.popleft()):
                table = reached.shape.name
                new = [one for one in reached.locators if (table, one, reached.columns) not in seen]
                seen.update((table, one, reached.columns) for one in new)
                if new:
                    self._keep(reached.shape, new)
                    waiting.append(replace(reached, locators=new))
        self._take_out()
        return [self._restoration(found) for found in self._found.values() if found.rows]

    def _that_go(self) -> Iterator[_Reached]:
        for one in self._deletions:
            shape = self._shape(self._database.quoted(one.table))
            keys = one.key.texts(self._database, one.keys)
            self._gone[shape.name].update(key_value(one.key, key) for key in keys)
            yield _Reached(shape, keys, None, meant=True)

    def _that_change(self) -> Iterator[_Reached]:
        """Rows with changed values that others may refer to; not the key, which no write changes."""
        for name, upsert in ((name, one) for name, upserts in self._upserts.items() for one in upserts):
            columns = frozenset(upsert.columns).difference(upsert.key)
            updating = (one for one in self._actions[name] if one.updated is not Effect.NOTHING)
            if upsert.rows and any(columns.intersection(one.referred) for one in updating):
                shape = self._shape(name)
                yield _Reached(shape, self._keys_of(upsert, shape), columns, meant=True)

    def _keys_of(self, upsert: Upsert, shape: Shape) -> Sequence[str]:
        positions = [upsert.columns.index(name) for name in upsert.key]
        return shape.locator.texts(self._database, (key_of_row(row, positions) for row in upsert.rows))

    def _shape(self, table: str) -> Shape:
        if table not in self._shapes:
            shape = self._database.shape(table)
            if known := self._known.get(table):
                shape = replace(shape, key=self._upserts[table][0].key, locator=known)
            self._shapes[table] = shape
        return self._shapes[table]

    def _reached_by(self, rows: _Reached) -> Iterator[_Reached]:
        """The rows that refer to these by keys that would delete or change them."""
        for action in self._actions[rows.shape.name]:
            effect = action.deleted if rows.goes else action.updated
            if effect is Effect.NOTHING or (rows.columns and not rows.columns.intersection(action.referred)):
                continue
            if rows.meant and action.child not in self._known and not self._comes_back(rows, action):
                continue
            shape = self._shape(action.child)
            gone = self._gone[action.child]
            locators = [one for one in self._children(rows, action) if key_value(shape.locator, one) not in gone]
            takes_along = rows.goes and effect is Effect.CASCADE
            if not shape.key or (not takes_along and {*shape.key}.intersection(action.columns)):
                takes_along = True
                self._kept(shape).in_the_way.update(dict.fromkeys(locators))
            yield _Reached(shape, locators, None if takes_along else frozenset(action.columns), meant=False)

    def _comes_back(self, rows: _Reached, action: KeyAction) -> bool:
        """Whether the database may see a deleted row as existing again, since some collations equate A and a."""
        if not rows.goes or not any(upsert.rows for upsert in self._upserts.get(rows.shape.name, ())):
            return False
        exact = all(family_of(part.type) in _EXACT for part in rows.shape.locator.parts)
        return not exact or not {*rows.shape.key}.issuperset(action.referred)

    def _children(self, rows: _Reached, action: KeyAction) -> Iterator[str]:
        database, shape = self._database, self._shape(action.child)
        locator = shape.locator.as_text(database)
        # An unqualified name is looked up in the parent first.
        same = " AND ".join(
            f"{database.quoted(other)} = strangler_child.{database.quoted(own)}"
            for own, other in zip(action.columns, action.referred, strict=True)
        )
        for part in in_parts(rows.locators):
            those, parameters = rows.shape.locator.any_of(database, part)
            query = (
                f"SELECT {locator} FROM {action.child} AS strangler_child"
                f" WHERE EXISTS (SELECT 1 FROM {action.parent} WHERE {those} AND {same}){database.taken_rows}"
            )
            yield from (str(one) for (one,) in database.rows(query, parameters))

    def _kept(self, shape: Shape) -> _Found:
        return self._found.setdefault(shape.name, _Found(shape))

    def _keep(self, shape: Shape, locators: Sequence[str]) -> None:
        database, kept = self._database, self._kept(shape)
        columns = ", ".join(map(database.quoted, shape.columns))
        locator = shape.locator.as_text(database)
        missing = [one for one in locators if one not in kept.rows]
        for part in in_parts(missing):
            those, parameters = shape.locator.any_of(database, part)
            found = database.carried(f"SELECT {locator}, {columns} FROM {shape.name} WHERE {those}", parameters)
            kept.rows.update((str(one), tuple(values)) for one, *values in found)

    def _take_out(self) -> None:
        """Delete rows that could not be found again after they change; they are written again later."""
        for found in self._found.values():
            locators = list(found.in_the_way)
            for part in in_parts(locators):
                those, parameters = found.shape.locator.any_of(self._database, part)
                self._database.execute(f"DELETE FROM {found.shape.name} WHERE {those}", parameters)

    def _restoration(self, found: _Found) -> Restoration:
        shape, upserts = found.shape, self._upserts.get(found.shape.name, [])
        mapped = frozenset[str]().union(*(frozenset(upsert.columns) - upsert.initial for upsert in upserts))
        actions = (one for of_parent in self._actions.values() for one in of_parent)
        loose = tuple(one for one in actions if one.child == shape.name and not mapped.issuperset(one.columns))
        rows = [Kept(locator, row) for locator, row in found.rows.items()]
        for upsert in upserts:
            rows = self._with_batch(shape, rows, upsert)
        own = frozenset(shape.columns) - mapped
        return Restoration(shape.name, shape.key, shape.columns, rows, bool(upserts), own, loose)

    def _with_batch(self, shape: Shape, rows: Sequence[Kept], upsert: Upsert) -> list[Kept]:
        """The rows, with the values that the batch writes into them."""
        keys = self._keys_of(upsert, shape)
        written = {key_value(shape.locator, key): row for key, row in zip(keys, upsert.rows, strict=True)}
        content: list[Kept] = []
        for kept in rows:
            values = dict(zip(shape.columns, kept.values, strict=True))
            if said := written.get(key_value(shape.locator, kept.locator)):
                given = zip(upsert.columns, said, strict=True)
                values |= {name: value for name, value in given if name not in upsert.initial}
            content.append(replace(kept, values=tuple(values[name] for name in shape.columns)))
        return content
