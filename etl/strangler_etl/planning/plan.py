"""What `etl run` would do, found out without changing anything."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from sqlglot import parse_one
from sqlglot.errors import SqlglotError

from strangler_etl.copying.path import CopyPath, path_of
from strangler_etl.engine.database import Database
from strangler_etl.errors import DatabaseError, MappingError
from strangler_etl.following.shared_places import goes_back_in_parts
from strangler_etl.mapping.creation import Creation
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import forward_select
from strangler_etl.mapping.table_size import estimated_size
from strangler_etl.migration import Migration
from strangler_etl.planning.number_collisions import colliding_sources
from strangler_etl.planning.number_risks import number_risks
from strangler_etl.planning.part_check import part_risks
from strangler_etl.planning.risk_check import checked_risks
from strangler_etl.planning.table_risks import (
    Risk,
    RiskKind,
    left_behind,
    reference_risks,
    risks_of,
    unchecked_risks,
    way_back_risks,
)
from strangler_etl.planning.unchecked_references import unchecked_references
from strangler_etl.records.checkpoint import Checkpoint, read_checkpoints

_CHUNK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """One table as it would be copied, in the order of copying; its mapping is called `name`.

    `rows`, `bytes`, `chunks` and `seconds` are estimates; `copied` rows are in the target already, all of them when
    `finished`. `after` are the mappings of the tables its rows refer to.
    """

    name: str
    source: str
    target: str
    owned: bool
    path: CopyPath
    sql: str
    after: tuple[str, ...]
    rows: int
    bytes: int
    chunks: int
    seconds: float
    copied: int
    finished: bool
    risks: tuple[Risk, ...]


@dataclass(frozen=True, slots=True)
class EtlPlan:
    """The whole plan; `cycle` are target tables whose foreign keys form a circle, empty without one."""

    service: str
    source: str
    target: str
    tables: tuple[PlannedTable, ...]
    cycle: tuple[str, ...]
    creations: tuple[Creation, ...] = ()
    way_back: bool = True
    """Whether what v2 writes after the cut-over goes back to v1."""
    returns_whole: bool = False
    """Whether all that waits to go back to v1 goes in one transaction, and not in batches."""
    journal_faults: tuple[str, ...] = ()
    """Why `etl run` would fail, in the words of its error."""
    unfollowed: str | None = None
    """Why no follower can keep the copy up to date, and there is no cut-over; None where one can."""

    @property
    def rows(self) -> int:
        """About how many rows there are to copy."""
        return sum(max(0, table.rows - table.copied) for table in self.tables if not table.finished)

    @property
    def stopping(self) -> int:
        """How many rows are known that would stop the copy."""
        risks = (risk for table in self.tables for risk in table.risks if risk.kind is not RiskKind.PARTS)
        return sum(risk.rows or 0 for risk in risks)

    @property
    def bytes(self) -> int:
        """About how many bytes they are."""
        return sum(table.bytes for table in self.tables if not table.finished)

    @property
    def seconds(self) -> float:
        """About how long that takes."""
        return sum(table.seconds for table in self.tables if not table.finished)


def plan_etl(migration: Migration, *, check: bool = False) -> EtlPlan:
    """Read both databases and compute what would be done; with `check`, every row of the source is checked."""
    source, target, mapping = migration.source, migration.target, migration.mapping
    known: Mapping[str, Checkpoint] = read_checkpoints(target, mapping.service) if target.installed else {}
    both = {source.dialect, target.dialect}
    typed = "sqlite" not in both
    sorted_alike = not typed or (both == {"postgres"} and _collation(source) == _collation(target))

    numbering = number_risks(migration)
    absent = {creation.table for creation in migration.creations}
    unchecked, meeting = unchecked_references(migration), colliding_sources(migration)

    def risks(table: MappedTable) -> tuple[Risk, ...]:
        found = risks_of(table, dialect=source.dialect, typed=typed, sorted_alike=sorted_alike)
        found = tuple(checked_risks(source, table, found)) if check else found
        waiting = (
            *way_back_risks(mapping, table, meeting),
            *unchecked_risks(mapping, table, absent=table.target.name in absent),
            *reference_risks(mapping, table, unchecked),
        )
        parted = part_risks(source, mapping, table) if check else ()
        return (*found, *left_behind(mapping, table), *waiting, *parted, *numbering.get(table.target.name, ()))

    return EtlPlan(
        mapping.service,
        source.address,
        target.address,
        tuple(_planned(migration, table, known.get(table.name), risks(table)) for table in mapping.tables),
        _cycle(mapping),
        migration.creations,
        mapping.way_back,
        mapping.way_back and not migration.source.journal.lacking and not goes_back_in_parts(mapping, source),
        tuple(str(error) for error in migration.journal_errors),
        source.journal.lacking,
    )


def _planned(
    migration: Migration, table: MappedTable, checkpoint: Checkpoint | None, risks: tuple[Risk, ...]
) -> PlannedTable:
    source = migration.source
    absent = {creation.table for creation in migration.creations}
    text, _ = forward_select(source, table).between(source)
    try:
        rows, bytes_ = estimated_size(source, table)
        path = path_of(source, migration.target, table, absent=table.target.name in absent)
    except DatabaseError as error:
        raise MappingError(
            table.service, table.name, f"the source refuses its query: {error.what}", error.remedy
        ) from error
    seconds = rows / path.rows_per_second
    return PlannedTable(
        name=table.name,
        source=table.source.name,
        target=table.target.name,
        owned=table.owned,
        path=path,
        sql=_readable(source, text),
        after=tuple(sorted(_parents(migration.mapping, table))),
        rows=rows,
        bytes=bytes_,
        chunks=max(1, math.ceil(seconds / _CHUNK_SECONDS)),
        seconds=seconds,
        copied=checkpoint.rows if checkpoint else 0,
        finished=checkpoint is not None and checkpoint.finished,
        risks=risks,
    )


def _parents(mapping: ServiceMapping, table: MappedTable) -> frozenset[str]:
    return frozenset(
        one.name
        for one in mapping.tables
        if one is not table
        and one.target.name != table.target.name
        and (one.source.name in table.parents - {table.source.name} or one.target.name in table.target.parents)
    )


def _cycle(mapping: ServiceMapping) -> tuple[str, ...]:
    names = {table.target.name for table in mapping.tables}
    parents = {table.target.name: sorted(table.target.parents & names) for table in mapping.tables}
    try:
        tuple(TopologicalSorter(parents).static_order())
    except CycleError as error:
        return tuple(map(str, error.args[1]))
    return ()


def _collation(database: Database) -> object:
    return database.rows("SELECT datcollate, datctype FROM pg_database WHERE datname = current_database()")


def _readable(database: Database, text: str) -> str:
    # The driver's way to write a percent sign.
    plain = text.replace("%%", "%") if database.dialect == "postgres" else text
    try:
        return parse_one(plain, dialect=database.dialect).sql(dialect=database.dialect, pretty=True)
    except SqlglotError:
        return plain


def plan_record(plan: EtlPlan) -> Mapping[str, object]:
    """The plan as it is printed in JSON."""
    return {
        "service": plan.service,
        "source": plan.source,
        "target": plan.target,
        "rows": plan.rows,
        "bytes": plan.bytes,
        "seconds": plan.seconds,
        "cycle": plan.cycle,
        "way_back": plan.way_back,
        "returns_whole": plan.returns_whole,
        "creations": plan.creations,
        "journal_faults": plan.journal_faults,
        "unfollowed": plan.unfollowed,
        "tables": plan.tables,
    }
