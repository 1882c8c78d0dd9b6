"""One service's two databases and the checked mapping between them."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from strangler.model.authority import Side
from strangler.model.errors import ConfigurationError
from strangler.project import Project, Service
from strangler.secret import DatabaseUrl, Reference
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import JournalFault
from strangler_etl.engine.schema import Schemas, Table
from strangler_etl.errors import JournalError, MappingError
from strangler_etl.mapping.check import map_service
from strangler_etl.mapping.mapping import ServiceMapping
from strangler_etl.records.authority import kept_authority, require_settled
from strangler_etl.records.created_tables import note_created
from strangler_etl.values.foreign_types import in_postgres_spelling

if TYPE_CHECKING:
    from strangler_etl.mapping.creation import Creation


class Missing(StrEnum):
    """What to do about target tables that do not exist."""

    REFUSE = "refuse"
    PLAN = "plan"
    """Treat them as what they would be once created."""
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the two databases, so that further connections can be opened."""

    source: DatabaseUrl
    target: DatabaseUrl


@dataclass(frozen=True, slots=True)
class Migration:
    """An open connection to each side, and the mapping between them."""

    service: Service
    addresses: Addresses
    source: Database
    target: Database
    mapping: ServiceMapping
    creations: tuple[Creation, ...] = ()
    """The tables that the target lacks, where that was allowed."""

    @property
    def source_tables(self) -> tuple[str, ...]:
        """The tables that move, by their names in the source."""
        return tuple(dict.fromkeys(table.source.name for table in self.mapping.owned))

    @property
    def target_tables(self) -> tuple[str, ...]:
        """The tables that move, by their names in the target."""
        return tuple(dict.fromkeys(table.target.name for table in self.mapping.owned))

    def install(self) -> None:
        """Create strangler's own tables on both sides, keep the journals, and fence the side without the authority.

        A journal that begins records a gap, because earlier changes are not known: an earlier verification no longer
        counts.
        """
        self.source.install()
        self.target.install()
        self.source.journal.install(self.mapping.journaled_source)
        self.target.journal.install(self.mapping.journaled_target)
        self.fence_other_side()

    def fence_other_side(self, filled: Collection[str] = ()) -> None:
        """Make the side without the authority refuse writes, if it does not yet.

        The `filled` tables of the target get a loose fence.

        Raises AuthorityError during a move, LockTimeoutError when its tables are busy for too long.
        """
        with kept_authority(self.source, self.service.name) as authority:
            require_settled(authority, authority.side, "a fence")
            v1, v2 = (self.source, self.source_tables), (self.target, self.target_tables)
            database, tables = v2 if authority.side is Side.V1 else v1
            fence, loose = database.fence, database.fence.loose(tables)
            if wrong := sorted((set(tables) - fence.closed(tables)) | (loose - set(filled))):
                with database.locked(wrong, _LOCK_SECONDS):
                    fence.close(wrong)
            if authority.side is Side.V1 and (tight := sorted(set(filled) & set(tables) - loose)):
                with database.locked(tight, _LOCK_SECONDS):
                    fence.loosen(tight)

    @property
    def journal_errors(self) -> tuple[JournalError, ...]:
        """The faults of each side as the error that a user of the journals raises; empty before they are installed."""
        sides = (
            (self.source, self.mapping.journaled_source),
            (self.target, self.mapping.journaled_target),
        )
        absent = {creation.table for creation in self.creations}
        return tuple(
            JournalError(self.service.name, database.address, {one.table: one.what for one in faults}, copied=True)
            for database, tables in sides
            if database.installed
            and (faults := database.journal.faults([table for table in tables if table.name not in absent]))
        )

    @property
    def journal_faults(self) -> tuple[JournalFault, ...]:
        """Why changes of one of the sides may be missed, or misread."""
        in_source = self.source.journal.faults(self.mapping.journaled_source)
        return (*in_source, *self.target.journal.faults(self.mapping.journaled_target))


_LOCK_SECONDS = 5.0
_TARGETS = "give the service a database of PostgreSQL"


@contextmanager
def open_migration(
    project: Project, service: str, environment: Mapping[str, str], missing: Missing = Missing.REFUSE
) -> Generator[Migration]:
    """Connect to both databases of a service and check its mapping; `missing` says what to do about missing tables.

    Raises UsageError for an unknown service, ConfigurationError when strangler.toml does not say where the databases
    are or how the tables map, DatabaseError when one does not answer.
    """
    declared = project.service(service)
    addresses = Addresses(
        _address(project.monolith.database, "[monolith] database", environment),
        _address(declared.database, f"[services.{service}] database", environment),
    )
    if addresses.target.engine == "mysql":
        raise ConfigurationError(
            "MariaDB and MySQL can be the source of a copy only", where=str(addresses.target), remedy=_TARGETS
        )
    with open_database(addresses.source) as source, open_database(addresses.target) as target:
        source.forbid_hidden_rows()
        target.forbid_hidden_rows()
        try:
            mapping = mapping_of(project, declared, source, target, missing)
        except MappingError as error:
            _require_distinct(addresses, error)
            raise
        names = [table.target.name for table in mapping.tables]
        there = target.tables(names)
        absent: tuple[Creation, ...] = ()
        if lacking := [name for name in names if name not in there]:
            # Imported late: tables are created once, and every command that moves data would pay for the import.
            from strangler_etl.mapping.creation import create, creations  # noqa: PLC0415

            tables = project.etl.get(service, ())
            absent = creations(mapping, tables, lacking, source, target)
            if missing is Missing.CREATE:
                with target.transaction():
                    target.install()
                    create(service, tables, absent, target)
                    for one in absent:
                        note_created(target, service, one.table, one.type_names)
                mapping = mapping_of(project, declared, source, target)
        yield Migration(declared, addresses, source, target, mapping, absent)


def _require_distinct(addresses: Addresses, error: MappingError) -> None:
    """Raise ConfigurationError where one address was given for both databases: no mapping fits that."""
    if addresses.source == addresses.target:
        raise ConfigurationError(
            "the databases of the monolith and of the service are the same",
            where=str(addresses.target),
            remedy="give the service a database of its own",
        ) from error


def mapping_of(
    project: Project, service: Service, source: Database, target: Database, missing: Missing = Missing.REFUSE
) -> ServiceMapping:
    """The checked mapping; MappingError when it does not fit the two schemas."""
    mappings = project.etl.get(service.name, ())
    tables = _tables(source, [name for mapping in mappings for name in (mapping.source, *mapping.joins)])
    if (source.dialect, target.dialect) == ("sqlite", "postgres"):
        tables = in_postgres_spelling(tables)
    there = _tables(target, [mapping.target for mapping in mappings])
    if missing is not Missing.REFUSE:
        from strangler_etl.mapping.draft import draft_tables  # noqa: PLC0415 - as above

        absent = [mapping for mapping in mappings if mapping.target not in there]
        there = {**there, **draft_tables(service.name, absent, Schemas(tables, there, source.dialect, target.dialect))}
    schemas = Schemas(tables, there, source.dialect, target.dialect)
    return map_service(service.name, mappings, service.tables, schemas, way_back=service.name not in project.one_way)


def _tables(database: Database, names: Sequence[str]) -> Mapping[str, Table]:
    """The tables of these names; all existing ones where one is missing, since its name may be misspelled."""
    wanted = list(dict.fromkeys(names))
    found = database.tables(wanted)
    return found if len(found) == len(wanted) else database.tables(database.table_names())


def require_installed(migration: Migration) -> None:
    """Raise JournalError where strangler's own tables are missing on one of the sides."""
    for database, tables in (
        (migration.source, migration.mapping.journaled_source),
        (migration.target, migration.mapping.journaled_target),
    ):
        if not database.installed:
            raise JournalError(
                migration.service.name, database.address, {table.name: "has no journal" for table in tables}
            )


def _address(reference: Reference | None, key: str, environment: Mapping[str, str]) -> DatabaseUrl:
    if reference is None:
        raise ConfigurationError(f"{key} is missing", remedy="name the database by an environment variable: ${NAME}")
    return reference.database_url(environment)
