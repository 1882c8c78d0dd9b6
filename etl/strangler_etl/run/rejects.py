"""Rows that were set aside: the target refused them, or their values could not be converted.

They are kept in the target, so that they change in the transaction that copies the rows around them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from strangler_etl.engine.keys import in_parts
from strangler_etl.engine.session import Session


@dataclass(frozen=True, slots=True)
class Reject:
    """A row of the mapped table `table` by its key in the source (in text form), and why it is not in the target.

    `image` is a JSON object of the target's columns, as texts, except those that could not be read. They may be secret,
    and are not printed.
    """

    table: str
    key: str
    reason: str
    image: str = field(repr=False)


def read_rejects(target: Session, service: str, table: str | None = None) -> tuple[Reject, ...]:
    """The rejects of one table or of all, in the order of the keys."""
    mark = target.placeholder
    of_table, more = (f" AND table_name = {mark}", [table]) if table is not None else ("", [])
    found = target.rows(
        f"SELECT table_name, source_key, reason, image FROM {target.own('reject')}"
        f" WHERE service = {mark}{of_table} ORDER BY table_name, length(source_key), source_key",
        [service, *more],
    )
    return tuple(Reject(*map(str, row)) for row in found)


def count_rejects(target: Session, service: str) -> Mapping[str, int]:
    """How many rows of each mapped table were set aside."""
    found = target.rows(
        f"SELECT table_name, count(*) FROM {target.own('reject')} WHERE service = {target.placeholder}"
        " GROUP BY table_name",
        [service],
    )
    return {str(table): int(str(count)) for table, count in found}


def rejected_keys(target: Session, service: str) -> Mapping[str, frozenset[str]]:
    """The source keys of the rows that were set aside, by mapped table."""
    found = target.rows(
        f"SELECT table_name, source_key FROM {target.own('reject')} WHERE service = {target.placeholder}", [service]
    )
    keys: dict[str, set[str]] = {}
    for table, key in found:
        keys.setdefault(str(table), set()).add(str(key))
    return {table: frozenset(of_table) for table, of_table in keys.items()}


def write_rejects(target: Session, service: str, rejects: Collection[Reject]) -> None:
    """Set rows aside that are not set aside yet."""
    mark = target.placeholder
    for reject in rejects:
        target.execute(
            f"INSERT INTO {target.own('reject')} (service, table_name, source_key, reason, image)"
            f" VALUES ({mark}, {mark}, {mark}, {mark}, {mark})",
            [service, reject.table, reject.key, reject.reason, reject.image],
        )


def forget_rejects(target: Session, service: str, table: str, keys: Sequence[str] | None = None) -> None:
    """Delete the rejects of a mapped table, all of them without `keys`."""
    mark = target.placeholder
    statement = f"DELETE FROM {target.own('reject')} WHERE service = {mark} AND table_name = {mark}"
    if keys is None:
        target.execute(statement, [service, table])
        return
    for part in in_parts(keys):
        condition, parameters = target.any_of("source_key", "text", part)
        target.execute(f"{statement} AND {condition}", [service, table, *parameters])
