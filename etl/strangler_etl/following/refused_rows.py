"""Rows of v2 that v1 refuses, named by their keys in v2, where they can be mended."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from strangler_etl.engine.database import Database
from strangler_etl.errors import RefusedRowError, RowPlace
from strangler_etl.following.steps import written_key
from strangler_etl.following.unmet_references import ReturningBatch


@contextmanager
def refused_rows_named(target: Database, batch: ReturningBatch) -> Generator[None]:
    """Let the RefusedRowError of a batch on its way back name the row by its table and key in v2.

    A row that v2 has deleted has no key there any more, and keeps that of v1.
    """
    try:
        yield
    except RefusedRowError as error:
        found = next(
            (
                RowPlace(target.address, rows.home.target.name, key)
                for rows in batch.rows
                if rows.upsert.table == error.row.table
                for key, row in zip(rows.keys, rows.upsert.rows, strict=True)
                if written_key(rows.upsert, row) == error.row.key
            ),
            None,
        )
        if found is None:
            raise
        raise RefusedRowError(error.row, error.said, found) from error
