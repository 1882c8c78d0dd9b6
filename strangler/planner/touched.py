"""The last look before the authority moves: the touched rows are the same on both sides, or nothing moves."""

from __future__ import annotations

from strangler.model.authority import Side
from strangler.model.errors import ExitCode, StranglerError
from strangler_etl.comparison import Difference
from strangler_etl.migration import Migration
from strangler_etl.verification import compare_changes, read_verification


class RowsDifferError(StranglerError):
    """Rows that were changed since the last full verification are not the same on both sides."""

    exit_code = ExitCode.FINDINGS

    def __init__(self, service: str, differences: tuple[Difference, ...]) -> None:
        first = differences[0]
        super().__init__(
            f"{len(differences)} touched rows differ, the first is {first.key} of {first.table} ({first.kind})",
            where=f"service {service}",
            remedy=f"run: strangler etl verify {service} --repair",
        )
        self.differences = differences


def verify_touched(migration: Migration, leaving: Side) -> int:
    """Compare the rows changed at the side that is left, since the last full verification or since its journal began.

    Returns how many were compared. Raises RowsDifferError when any differs.
    """
    service = migration.service.name
    verified = read_verification(migration.target, service)
    if leaving is Side.V1:
        origin, tables = migration.source, migration.mapping.followed
        since = verified.position if verified else None
    else:
        origin, tables, since = migration.target, migration.target_tables, None
    with origin.snapshot():
        compared = compare_changes(migration, leaving, origin.changes(since, tables))
    if compared.differences:
        raise RowsDifferError(service, compared.differences)
    return compared.keys
