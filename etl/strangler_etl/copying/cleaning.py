"""Empties the copied tables, so that they can be copied again."""

from __future__ import annotations

from collections.abc import Mapping

from strangler.model.authority import Side
from strangler_etl.engine.database import Database, StreamPosition
from strangler_etl.engine.key_actions import Effect
from strangler_etl.errors import BackfillError, StalePositionError
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority, require_fenced, require_settled, settled_authority
from strangler_etl.records.streams import advance_position, backward_stream, forget_end, forward_stream, read_position
from strangler_etl.records.verification import forget_verification
from strangler_etl.run.indexes import rebuild_indexes
from strangler_etl.run.keys import keys_away, make_keys
from strangler_etl.run.references import make_references


def require_cleanable(migration: Migration) -> None:
    """Raise AuthorityError unless v1 has the authority and no move is under way."""
    migration.source.install()
    migration.target.install()
    require_settled(read_authority(migration.source, migration.mapping.service), Side.V1, "etl clean")


def clean(migration: Migration) -> Mapping[str, int]:
    """Empty the target's tables, and forget how far copying, verifying and following have come.

    Returns the number of rows each target table had. What the service wrote in the past stays in the target's journal
    but no longer goes back: otherwise the emptied rows would be taken for deleted ones. The key map stays. Raises
    RunUnderWayError while another process copies, BackfillError where rows of unmapped tables would be deleted, too.
    """
    require_cleanable(migration)
    with migration.target.run_lock.held(migration.mapping.service):
        return _clean(migration)


def _clean(migration: Migration) -> Mapping[str, int]:
    migration.fence_other_side()
    target, service, mark = migration.target, migration.mapping.service, migration.target.placeholder
    # On disk before any row is gone, so that a follower cannot take it for deleted by the service.
    skip_backward(migration)
    deleted: dict[str, int] = {}
    with (
        settled_authority(migration.source, service, Side.V1, "etl clean"),
        target.transaction(applying=True),
    ):
        require_fenced(migration.source, service, target, migration.target_tables)
        _require_alone(migration)
        # First the position, which a follower moves in the same transaction as it writes rows.
        target.execute(f"DELETE FROM {target.own('stream_position')} WHERE stream = {mark}", [forward_stream(service)])
        for name in dict.fromkeys(table.target.name for table in reversed(migration.mapping.tables)):
            deleted[name] = target.execute(f"DELETE FROM {target.quoted(name)}")
        for own in ("checkpoint", "copied_key", "chunk", "refresh", "reject"):
            target.execute(f"DELETE FROM {target.own(own)} WHERE service = {mark}", [service])
        forget_verification(target, service)
    for table in dict.fromkeys(one.table for one in keys_away(target, service)):
        make_keys(target, service, table)
    make_references(target, service)
    rebuild_indexes(target, service)
    return deleted


def _require_alone(migration: Migration) -> None:
    """Refuse to delete or change rows that are not part of the copy: another service may own them."""
    target, service = migration.target, migration.mapping.service
    names = {target.quoted(table.target.name): table.target.name for table in migration.mapping.tables}
    for key in target.key_actions():
        if key.parent not in names or key.child in names or key.deleted is Effect.NOTHING:
            continue
        refers = " AND ".join(f"{target.quoted(column)} IS NOT NULL" for column in key.columns)
        if target.rows(f"SELECT 1 FROM {key.child} WHERE {refers} LIMIT 1"):
            what = f"rows of {key.child}, which is not mapped, refer to {names[key.parent]} ON DELETE {key.deleted}"
            raise BackfillError(service, what, f"empty {key.child} first, or let its foreign key say NO ACTION")


def skip_backward(migration: Migration) -> None:
    """Let nothing that was written in the target up to now go back to the source.

    While v1 has the authority and nothing is copied, the target's rows and their numbers mean nothing to the source:
    somebody may have tried the service out.
    """
    source, stream = migration.source, backward_stream(migration.mapping.service)
    service = migration.mapping.service
    while True:
        known = read_position(source, stream)
        try:
            with settled_authority(source, service, Side.V1, "copying anew"):
                advance_position(source, stream, known, _now(migration.target))
                forget_end(source, stream)
        except StalePositionError:
            # A follower was faster.
            continue
        return


def _now(database: Database) -> StreamPosition:
    with database.snapshot():
        changes = database.journal.changes(None, ())
    return StreamPosition(changes.position, changes.read_at)
