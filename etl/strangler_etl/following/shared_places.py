"""The waiting changes with which a part of the backlog has to go back.

A row of the target goes back to a place in the source: a table and a key. Rows may leave their places to others: they
exchange numbers, move between the parts of a table, change their kind, or are deleted and inserted anew. Who had a
place is known from the journal alone. So a part is closed: it takes along every waiting change of the rows, and of the
places, that it is about. What is left is about other rows and other places; which goes back first does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Changes
from strangler_etl.following.batch_size import PartRefusedError
from strangler_etl.following.related_rows import with_related
from strangler_etl.mapping.mapping import DerivedColumn, MappedTable, ServiceMapping
from strangler_etl.values.conversions import Family, family_of, loss_of

_ROUNDS = 8
"""How often further changes are looked for; each time reads what waits."""
_GROWTH = 8
_EXACT = frozenset({Family.WHOLE, Family.IDENTIFIER})
_FREE = frozenset({Family.TEXT, Family.OTHER})
"""What other types parse: 1 and 01 are two texts and one number."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Tables of the target whose rows may have places in common, and those `beside` them, known by the same keys."""

    homes: tuple[MappedTable, ...]
    beside: tuple[MappedTable, ...]

    @property
    def names(self) -> frozenset[str]:
        """The tables of the target."""
        return frozenset(table.target.name for table in (*self.homes, *self.beside))

    def joined(self, other: _Group) -> _Group:
        """Both as one."""
        return _Group((*self.homes, *other.homes), (*self.beside, *other.beside))

    @property
    def comparable(self) -> bool:
        """Whether one place, and one row, has one text in the journal, whichever table a record is of."""
        if len(self.names) == 1:
            return True
        keys = {tuple(table.target.columns[name].type for name in table.key) for table in (*self.homes, *self.beside)}
        numbered = {table.number is not None for table in self.homes}
        return len(keys) == 1 and len(numbered) == 1 and all(map(_has_exact_places, self.homes))


def _has_exact_places(home: MappedTable) -> bool:
    """Whether no collation and no spelling makes one place of two texts."""
    types = [home.target.columns[name].type for name in home.known_by]
    types += [home.source.columns[name].type for name in home.source_key]
    return _EXACT.issuperset(map(family_of, types))


def goes_back_in_parts(mapping: ServiceMapping, source: Database) -> bool:
    """Whether the journal says which rows have, or had, a place in common.

    It does not where a row is known by the rows it refers to, which may be gone, where tables that share rows or
    places spell their keys differently, or where the source takes different keys of the target for one.
    """
    return all(group.comparable for group in _groups(mapping)) and not any(
        _has_unnamed_parents(table) or _merges_keys(source, table) for table in mapping.returning
    )


def _has_unnamed_parents(table: MappedTable) -> bool:
    """Whether a row is known by one it refers to."""
    return len(table.key) > 1 and any(isinstance(column, DerivedColumn) for column in table.key_columns)


def _merges_keys(source: Database, table: MappedTable) -> bool:
    """Whether two rows of the target may have one place, because the source takes their keys for equal."""
    texts: list[str] = []
    for known, own in zip(table.known_by, table.source_key, strict=True):
        theirs, ours = table.target.columns[known].type, table.source.columns[own].type
        loss, family = loss_of(theirs, ours), family_of(theirs)
        if (loss and loss.merges) or (family in _FREE and family is not family_of(ours)):
            return True
        if family in _FREE:
            texts.append(own)
    return bool(texts) and source.folds(table.source.name, texts)


class SharedPlaces:
    """Finds which waiting changes share rows or places with others, in the snapshot in which these were read."""

    def __init__(self, source: Database, target: Database, mapping: ServiceMapping) -> None:
        self._source = source
        self._target = target
        self._mapping = mapping
        self._together = {name: group.names for group in _groups(mapping) for name in group.names}

    def closed(self, since: str | None, changes: Changes, most: int) -> Changes:
        """These changes, the first `most` records behind `since`, with all that they have to go back with.

        Raises PartRefusedError where that is many times as much, or may be any row.
        """
        found = dict.fromkeys(changes.rows)
        new = tuple(found)
        for _ in range(_ROUNDS):
            if len(found) > _GROWTH * most or any(
                one.key is None and len(self._together[one.table]) > 1 for one in new
            ):
                break
            linked = self._target.journal.linked(since, new, self._together)
            rows = tuple(dict.fromkeys((*found, *linked)))
            # Rows that go back differently because of these have places, too.
            related = with_related(self._source, self._target, self._mapping, replace(changes, rows=rows))
            new = tuple(one for one in dict.fromkeys((*linked, *related.rows)) if one not in found)
            if not new:
                return replace(changes, rows=tuple(found))
            found |= dict.fromkeys(new)
        raise PartRefusedError


def _groups(mapping: ServiceMapping) -> Sequence[_Group]:
    groups: list[_Group] = []
    for one in _of_sources(mapping):
        met = [group for group in groups if group.names & one.names]
        groups = [*(group for group in groups if group not in met), reduce(_Group.joined, met, one)]
    return groups


def _of_sources(mapping: ServiceMapping) -> Iterator[_Group]:
    """A group for each table of the source."""
    for name in dict.fromkeys(table.source.name for table in mapping.returning):
        homes = mapping.homes(name)
        yield _Group(homes, tuple(part for home in homes for part in home.beside))
