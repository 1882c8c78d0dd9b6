"""What the catalogue of a PostgreSQL database shows of the journals it keeps, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from strangler_etl.engine.journal import JournaledTable, JournalFault, key_faults
from strangler_etl.engine.keys import key_name
from strangler_etl.engine.session import Session
from strangler_etl.postgres import catalogue
from strangler_etl.postgres.trigger_definitions import JOURNAL_TRIGGERS, TRUNCATE_TRIGGER
from strangler_etl.postgres.unique_keys import keys_away

_TRIGGERS = (*JOURNAL_TRIGGERS, TRUNCATE_TRIGGER)
_COLUMNS = "columns "


@dataclass(frozen=True, slots=True)
class KeptTrigger:
    """One of a journal's triggers: its state, as ``pg_trigger.tgenabled`` has it, and its arguments."""

    state: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptJournal:
    """A table with those triggers of a journal that it has; `owned` when it belongs to this user.

    `unique` are the columns of each unique index over all rows, including those that a run will restore when it has
    filled the table; `numbers` are those of all columns by name.
    """

    owned: bool
    partitioned: bool
    unique: tuple[tuple[str, ...], ...]
    numbers: Mapping[str, int]
    triggers: dict[str, KeptTrigger] = field(default_factory=dict[str, KeptTrigger])

    @property
    def partitions(self) -> frozenset[str]:
        """The partitions the table had when its journal began."""
        return frozenset(one for one in self._noted if not one.startswith(_COLUMNS))

    @property
    def columns(self) -> str | None:
        """What `noted_columns` was when the journal began; earlier versions did not note it."""
        return next((one for one in self._noted if one.startswith(_COLUMNS)), None)

    @property
    def _noted(self) -> Sequence[str]:
        return self.triggers[TRUNCATE_TRIGGER].arguments


def kept_journals(session: Session, tables: Sequence[str]) -> Mapping[str, KeptJournal]:
    """The journals of those of the tables that exist."""
    kept: dict[str, KeptJournal] = {}
    for table, owned, partitioned, unique, numbers, name, state, arguments in session.rows(
        catalogue.JOURNALS, [list(_TRIGGERS), list(tables)]
    ):
        journal = KeptJournal(bool(owned), bool(partitioned), _lists(str(unique)), json.loads(str(numbers)))
        journal = kept.setdefault(str(table), journal)
        if name is not None:
            journal.triggers[str(name)] = KeptTrigger(str(state), _names(str(arguments)))
    away = keys_away(session) if kept else ()
    unique_too = {table: tuple(one.columns for one in away if one.table == table) for table in kept}
    return {table: replace(one, unique=(*one.unique, *unique_too[table])) for table, one in kept.items()}


def faults_of(table: JournaledTable, kept: KeptJournal | None) -> Iterator[JournalFault]:
    """The fault in the journal of a table; at most one."""
    if kept is None or kept.triggers.keys() != {*_TRIGGERS}:
        yield JournalFault(table.name, "has no journal")
        return
    arguments = [_written_by(kept.triggers[name].arguments) for name in JOURNAL_TRIGGERS]
    if {key for key, _ in arguments} != {table.key}:
        keys = " or ".join(sorted({key_name(key) for key, _ in arguments}))
        yield JournalFault(table.name, f"is journaled by {keys}, and followed by {key_name(table.key)}")
        return
    # Another service that follows the table may need a number where this one needs none.
    if table.number is not None and {number for _, number in arguments} != {table.number}:
        yield JournalFault(table.name, f"is journaled without {table.number}, the key of the source")
        return
    if changed := key_faults(table, kept.unique):
        yield from changed
        return
    if kept.columns not in {None, noted_columns(table, kept)}:
        yield JournalFault(table.name, f"has got another column as {key_name(table.key)} since its journal began")
        return
    # A trigger that was disabled and enabled again is no longer ALWAYS, which only the owner can make it.
    if any(trigger.state not in states_of(owned=kept.owned) for trigger in kept.triggers.values()):
        yield JournalFault(table.name, "has triggers that are, or were, disabled", misread=False)


def states_of(*, owned: bool) -> Sequence[str]:
    """The states a trigger must have: ALWAYS only where the table is `owned`, because only an owner can set that."""
    return catalogue.ALWAYS if owned else catalogue.FIRING


def journal_arguments(table: JournaledTable) -> tuple[str, ...]:
    """The arguments of a journal's triggers, which `strangler.journal_insert` and its like take."""
    return (table.key[0], table.number or "", *(table.key if len(table.key) > 1 else ()))


def noted_columns(table: JournaledTable, kept: KeptJournal) -> str:
    """The columns of the key, by their numbers, which stay the same under any name."""
    return _COLUMNS + " ".join(str(kept.numbers.get(name)) for name in table.key)


def _written_by(arguments: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """The key and the number of `journal_arguments`."""
    first, number, *several = arguments
    return tuple(several) or (first,), number or None


def _names(array: str) -> tuple[str, ...]:
    """The texts of an array of JSON."""
    return tuple(map(str, json.loads(array)))


def _lists(array: str) -> tuple[tuple[str, ...], ...]:
    """The texts of an array of arrays of JSON."""
    return tuple(tuple(map(str, each)) for each in json.loads(array))
