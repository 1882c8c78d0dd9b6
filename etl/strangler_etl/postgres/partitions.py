"""The partitions of a journaled table, to which a writer may write without naming the table itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from strangler_etl.engine.journal import JournaledTable, JournalFault
from strangler_etl.engine.session import Session
from strangler_etl.postgres import catalogue
from strangler_etl.postgres.kept_journal import KeptJournal, states_of
from strangler_etl.postgres.trigger_definitions import JOURNAL_TRIGGERS, TRUNCATE_TRIGGER

_TRIGGERS = (*JOURNAL_TRIGGERS, TRUNCATE_TRIGGER)


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition, direct or nested; `name` as SQL writes it, `triggers` of the journal with their states."""

    oid: str
    name: str
    owned: bool
    triggers: Mapping[str, str]

    @property
    def journaled(self) -> bool:
        """Whether what is written to it directly is journaled."""
        states = states_of(owned=self.owned)
        return {*self.triggers} == {*_TRIGGERS} and all(state in states for state in self.triggers.values())


def partitions_of(session: Session, table: str) -> Sequence[Partition]:
    """Every partition of a table, and of those."""
    found = session.rows(catalogue.PARTITIONS, [list(_TRIGGERS), session.quoted(table)])
    return [
        Partition(str(oid), str(name), bool(owned), {str(k): str(v) for k, v in json.loads(str(triggers)).items()})
        for oid, name, owned, triggers in found
    ]


def partition_faults(
    table: JournaledTable, kept: KeptJournal, partitions: Sequence[Partition]
) -> Iterator[JournalFault]:
    """What is wrong with the journal of a partitioned table: rows came or went with an attached partition."""
    if unknown := [partition.name for partition in partitions if not partition.journaled]:
        yield JournalFault(table.name, f"has partitions without its journal: {', '.join(unknown)}", misread=False)
    elif kept.partitions != frozenset(partition.oid for partition in partitions):
        yield JournalFault(table.name, "has other partitions than when its journal began", misread=False)
