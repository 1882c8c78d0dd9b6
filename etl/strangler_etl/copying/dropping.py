"""Drops the tables that strangler created for a service, once they are empty again."""

from __future__ import annotations

from collections.abc import Sequence

from strangler.model.authority import Side
from strangler_etl.errors import BackfillError, DatabaseError
from strangler_etl.migration import Migration
from strangler_etl.records.authority import settled_authority
from strangler_etl.records.created_tables import CreatedTable, forget_created, read_created

_COMMAND = "etl clean --drop-created"


def droppable(migration: Migration) -> tuple[CreatedTable, ...]:
    """The mapped tables that strangler created and nobody has replaced since, children first."""
    target, service = migration.target, migration.mapping.service
    order = list(dict.fromkeys(table.target.name for table in reversed(migration.mapping.tables)))
    made = {one.name: one for one in read_created(target, service)}
    return tuple(made[name] for name in order if name in made)


def drop_created(migration: Migration, tables: Sequence[CreatedTable]) -> None:
    """Drop the tables, which `clean` has emptied, with their journals and the types that were created for them.

    Raises AuthorityError unless v1 has the authority, RunUnderWayError while another process copies, BackfillError
    where a table has rows again, or something that strangler did not create depends on it. All tables stay then.
    """
    target, service = migration.target, migration.mapping.service
    with (
        target.run_lock.held(service),
        settled_authority(migration.source, service, Side.V1, _COMMAND),
        target.transaction(applying=True),
    ):
        target.journal.remove([one.name for one in tables])
        for one in tables:
            if target.rows(f"SELECT 1 FROM {target.quoted(one.name)} LIMIT 1"):
                raise BackfillError(service, f"{one.name} has rows again", f"run: strangler {_COMMAND} {service}")
        names = ", ".join(target.quoted(one.name) for one in tables)
        # In one statement, as they may refer to each other. SQLite cannot drop several at once; it checks rows only.
        each = [names] if target.dialect == "postgres" else [target.quoted(one.name) for one in tables]
        statements = [f"DROP TABLE {name}" for name in each if name]
        statements += [f"DROP TYPE {type_}" for one in tables for type_ in one.types]
        for statement in statements:
            try:
                target.execute(statement)
            except DatabaseError as error:
                what = f"not all of {names} can be dropped: {error.what}"
                raise BackfillError(
                    service, what, "drop what depends on them first, or go without --drop-created"
                ) from error
        forget_created(target, service, [one.name for one in tables])
