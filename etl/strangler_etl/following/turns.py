"""Deletes and writes rows of several tables whose foreign keys may be checked row by row.

Parents are written before their children, and children deleted first. That is not enough where a row leaves a deleted
parent, where rows refer to rows of their own table, or where tables refer to each other in a circle. So what is refused
is tried again after everything else, in smaller and smaller parts, as long as that helps.
"""

from __future__ import annotations

from collections.abc import Sequence

from strangler_etl.engine.database import Database
from strangler_etl.errors import DatabaseError, RefusedRowError, RowPlace, RowRefusedError
from strangler_etl.following.bystanders import BystanderSearch
from strangler_etl.following.steps import Deletion, Done, Step, Writing

_PASSES = 20
"""Each pass settles rows that refer to those of the pass before; v2's own tables nest less than twenty levels deep."""


def do_batch(database: Database, deletions: Sequence[Deletion], writings: Sequence[Writing]) -> Done:
    """Delete and write exactly these rows, whatever foreign keys do by themselves; call it in a transaction.

    Raises RefusedRowError when something cannot be done at all.
    """
    restorations = BystanderSearch(database, deletions, writings).search()
    keyed = [one for one in restorations if one.key]
    done = do_in_turns(database, [*deletions, *writings, *keyed])
    if restorations or done.late:
        # A row deleted late may have taken others along that were written, or restored, before.
        _settle(database, [*writings, *keyed])
        # A row without a key cannot be recognised as existing already.
        do_in_turns(database, [one for one in restorations if not one.key])
    return done


def _settle(database: Database, steps: Sequence[Step]) -> None:
    """Do the steps again until there is nothing to do."""
    for _ in range(_PASSES):
        if not do_in_turns(database, steps).changed:
            return
    raise DatabaseError(
        database.address,
        "foreign keys change rows again and again that were written",
        "take ON DELETE and ON UPDATE out of those of v2's own tables, and repeat the command",
    )


def do_in_turns(database: Database, steps: Sequence[Step]) -> Done:
    """Do all steps, in this order where that is possible; call it in a transaction.

    Raises RefusedRowError for the first row when nothing that is left can be done before the rest.
    """
    done, waiting = Done(), [step for step in steps if step.rows]
    while waiting:
        refused: list[Step] = []
        errors: list[RowRefusedError] = []
        for step in waiting:
            try:
                with database.transaction():
                    did = step.do(database)
            except RowRefusedError as error:
                refused.append(step)
                errors.append(error)
            else:
                done = done.then(did)
        if len(refused) == len(waiting):
            refused = [half for step in refused for half in step.halves()]
            if len(refused) == len(waiting):
                table, key = refused[0].first
                raise RefusedRowError(RowPlace(database.address, table, key), errors[0].what) from errors[0]
        # Reversed, a chain of rows that each refer to the next takes one more turn instead of one per row.
        waiting = refused[::-1]
    return done
