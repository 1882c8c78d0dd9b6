"""Sets the rows aside that a batch would leave as orphans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.keys import Key, key_of_row
from strangler_etl.errors import RowRefusedError, TooManyOrphansError
from strangler_etl.following.origin_keys import origin_keys, require_of_source
from strangler_etl.following.orphan_search import Orphan, OrphanSearch
from strangler_etl.following.steps import Deletion
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.records.verification import forget_verification
from strangler_etl.run.rejects import Reject, write_rejects
from strangler_etl.run.sieve import image_of
from strangler_etl.values.key_value import key_value

AppliedT = TypeVar("AppliedT")


def with_orphans(apply: Callable[[int], AppliedT], most: int) -> AppliedT:
    """Apply a batch; where it is refused, apply it again with up to `most` orphans set aside.

    Searching for orphans costs more than most batches do.
    """
    try:
        return apply(0)
    except RowRefusedError:
        if not most:
            raise
    return apply(most)


class OrphanSieve:
    """Takes the orphans out of a batch, and sets up to `most` aside at once.

    Use it in the transaction that does the batch, and a snapshot of the source.
    """

    def __init__(self, source: Database, target: Database, tables: Sequence[MappedTable], most: int) -> None:
        self._source = source
        self._target = target
        self._tables = tables
        self._most = most

    def sift(
        self,
        extra: Sequence[Deletion],
        deletions: dict[str, Deletion],
        upserts: dict[str, Upsert],
        touched: Mapping[str, Sequence[str]],
    ) -> int:
        """Change `deletions` and `upserts`, by mapped table, so that foreign keys allow them; return how many are out.

        `touched` are the source keys that the batch concerns. Raises TooManyOrphansError, and RowRefusedError where
        rows that only the target has would be deleted with them.
        """
        search = OrphanSearch(self._target, self._tables, self._closed(), [*extra, *deletions.values()], upserts)
        found = search.search()
        if (held := search.held()) is not None:
            what = (
                f"rows that refer to none any more cannot be set aside: rows of {held}, which v1 lacks, refer to them"
            )
            raise RowRefusedError(self._target.address, what, "mend them in v1, or delete what refers to them in v2")
        count = sum(map(len, found.values()))
        for table in self._tables:
            if orphans := found.get(table.name):
                keys = [one.key for one in orphans]
                likely = touched.get(table.name, ())
                of_source = origin_keys(
                    self._source, self._target, table, [(one.key, one.known_by) for one in orphans], likely
                )
                require_of_source(self._source, self._target, table, of_source)
                if count > self._most:
                    first = orphans[0]
                    raise TooManyOrphansError(
                        self._target.address, table.service, count, f"{of_source[0]} of {table.name}", first.reason
                    )
                upserts[table.name] = self._without(upserts[table.name], keys, deletions[table.name].key)
                deletion = deletions[table.name]
                deletions[table.name] = replace(deletion, keys=[*deletion.keys, *keys])
                self._reject(table, orphans, of_source)
        return count

    def _closed(self) -> frozenset[str]:
        """The target tables whose rows may be deleted because nobody has written them here: v1 alone decides them."""
        owned = [table.target.name for table in self._tables if table.owned]
        replicas = frozenset(table.target.name for table in self._tables if not table.owned)
        return replicas | self._target.fence.kept_closed(owned) if owned else replicas

    def _without(self, upsert: Upsert, keys: Sequence[str], key: Key) -> Upsert:
        out = {key_value(key, one) for one in keys}
        positions = [upsert.columns.index(name) for name in upsert.key]
        texts = key.texts(self._target, (key_of_row(row, positions) for row in upsert.rows))
        rows = [row for row, text in zip(upsert.rows, texts, strict=True) if key_value(key, text) not in out]
        return replace(upsert, rows=rows)

    def _reject(self, table: MappedTable, orphans: Sequence[Orphan], keys: Sequence[str]) -> None:
        forget_verification(self._target, table.service)
        rejects = [
            Reject(table.name, key, one.reason, image_of(self._source, table, key))
            for one, key in zip(orphans, keys, strict=True)
        ]
        write_rejects(self._target, table.service, rejects)
