"""Sets copied rows aside that a constraint about to be restored does not allow."""

from __future__ import annotations

from dataclasses import replace

from strangler_etl.engine.keys import key_of_table
from strangler_etl.errors import TooManyRejectsError
from strangler_etl.following.origin_keys import origin_keys
from strangler_etl.following.steps import delete_rows
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.mapping.selects import claimed
from strangler_etl.migration import Migration
from strangler_etl.records.checkpoint import read_checkpoints, replace_checkpoint
from strangler_etl.run.rejects import Reject, count_rejects, write_rejects
from strangler_etl.run.sieve import image_of


def set_aside(migration: Migration, table: MappedTable, condition: str, reason: str, most: int) -> int:
    """Set the target rows of a mapped table aside that meet a condition (SQL); return how many there were.

    Call it in a snapshot of the source and a transaction of the target. Raises TooManyRejectsError when these rows
    would bring the service's total above `most`.
    """
    target, service = migration.target, migration.mapping.service
    allowed = most - sum(count_rejects(target, service).values())
    name, key = target.quoted(table.target.name), key_of_table(target, table.target, table.key)
    known_by = key_of_table(target, table.target, table.known_by)
    written = f"{key.as_text(target)}, {known_by.as_text(target)}"
    own = f"({claimed(target, table) or 'TRUE'}) AND ({condition})"
    found = target.rows(f"SELECT {written} FROM {name} WHERE {own} LIMIT {max(0, allowed) + 1}")
    if not found:
        return 0
    pairs = [(str(key), number) for key, number in found]
    of_source = origin_keys(migration.source, target, table, pairs)
    refused = {key: number for (key, _), number in zip(pairs, of_source, strict=True)}
    if len(found) > allowed:
        raise TooManyRejectsError(service, table.name, next(iter(refused.values())), reason)
    deleted = delete_rows(target, table.target.name, key, list(refused))
    images = ((key, image_of(migration.source, table, key)) for key in refused.values())
    write_rejects(target, service, [Reject(table.name, key, reason, image) for key, image in images])
    before = read_checkpoints(target, service)[table.name]
    # A follower, not a run, wrote some of them, and it has deleted others: only counting tells.
    left = before.rows - deleted
    if before.finished:
        left = int(str(target.rows(f"SELECT count(*) FROM {name} WHERE {claimed(target, table) or 'TRUE'}")[0][0]))
    replace_checkpoint(target, service, before, replace(before, rows=left))
    return len(refused)
