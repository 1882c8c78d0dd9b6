"""The last check before the authority moves: the touched rows are the same on both sides, or nothing moves."""

from __future__ import annotations

from strangler.model.authority import Side
from strangler.model.errors import ExitCode, StranglerError
from strangler_etl.migration import Migration
from strangler_etl.records.verification import read_verification
from strangler_etl.verification.comparison import Difference
from strangler_etl.verification.verification import compare_changes


class RowsDifferError(StranglerError):
    """Rows that were changed since the last full verification are not the same on both sides."""

    exit_code = ExitCode.FINDINGS

    def __init__(self, service: str, differences: tuple[Difference, ...]) -> None:
        first = differences[0]
        # Of a table that is split; see docs/etl.md.
        lacking = "; what lacks a part there has to get it at v2 first" if first.origin is Side.V2 else ""
        super().__init__(
            f"{len(differences)} touched rows differ, the first is {first.key} of {first.table} ({first.kind})",
            where=f"service {service}",
            remedy=f"run: strangler etl verify {service} --repair{lacking}",
        )
        self.differences = differences


class TouchedRows:
    """Compares the rows that have changed on one side since they were last compared.

    The first comparison begins where the last full verification ended, or where the journal begins.
    """

    def __init__(self) -> None:
        self._compared_to: str | None = None

    def verify(self, migration: Migration, leaving: Side) -> int:
        """Compare, and return how many rows were compared; RowsDifferError when any differs."""
        since = self._compared_to or _verified_to(migration, leaving)
        compared = compare_changes(migration, leaving, since)
        if compared.differences:
            raise RowsDifferError(migration.service.name, compared.differences)
        self._compared_to = compared.position
        return compared.keys


def _verified_to(migration: Migration, leaving: Side) -> str | None:
    """The position of the last full verification in the journal of a side."""
    verified = read_verification(migration.target, migration.service.name)
    if verified is None:
        return None
    return verified.position if leaving is Side.V1 else verified.target_position
