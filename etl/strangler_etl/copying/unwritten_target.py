"""Whether v2 has written rows that v1 lacks, although v1's own database says v1 has the authority."""

from __future__ import annotations

from strangler_etl.errors import AuthorityError, PrunedError, PutBackError
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.records.journaled_changes import applicable_changes
from strangler_etl.records.streams import backward_stream, read_position


def require_unwritten(migration: Migration) -> None:
    """Raise AuthorityError where copying v1's rows would overwrite what v2 wrote after a cut-over v1 has forgotten.

    That happens when v1 was restored to before the cut-over. Before a rollback, everything v2 wrote reaches v1.
    """
    source, target, mapping = migration.source, migration.target, migration.mapping
    service = mapping.service
    if not read_checkpoints(target, service):
        return
    position = read_position(source, backward_stream(service)).position
    try:
        with target.snapshot():
            changes = applicable_changes(target, service, position, mapping.journaled_returning)
    except PrunedError:
        written = "rows"
    except PutBackError:
        # It is v2 that was restored, to when it had the authority.
        return
    else:
        if not changes.rows:
            return
        written = "1 row" if len(changes.rows) == 1 else f"{len(changes.rows):,} rows"
    raise AuthorityError(
        read_authority(source, service),
        f"v1 has the authority by its own database, but v2 has changed {written} of which v1 knows nothing: v1 was put"
        " back to before a cut-over; nothing was written",
        f"end all writes, and let v1 have them: strangler journal follow {service}; what v2's journal holds no more,"
        " copy by hand. Then repeat this command",
    )
