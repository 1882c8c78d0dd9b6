"""The last verification that found nothing: kept in the target, forgotten when anything makes it doubtful."""

from __future__ import annotations

from dataclasses import dataclass

from strangler_etl.database import Database


@dataclass(frozen=True, slots=True)
class RecordedVerification:
    """Every row was equal that had not changed at v1 since `position`; `verified_at` is in seconds since 1970."""

    position: str
    verified_at: float
    rows: int


def read_verification(target: Database, service: str) -> RecordedVerification | None:
    """The last clean verification of a service; None when there is none, or it was forgotten since."""
    found = target.rows(
        f"SELECT position, verified_at, rows FROM {target.own('verification')} WHERE service = {target.placeholder}",
        [service],
    )
    if not found:
        return None
    position, verified_at, rows = found[0]
    return RecordedVerification(str(position), float(str(verified_at)), int(str(rows)))


def replace_verification(target: Database, service: str, verified: RecordedVerification) -> None:
    """Remember a clean verification instead of the one before."""
    mark = target.placeholder
    with target.transaction():
        forget_verification(target, service)
        target.execute(
            f"INSERT INTO {target.own('verification')} (service, position, verified_at, rows)"
            f" VALUES ({mark}, {mark}, {mark}, {mark})",
            [service, verified.position, verified.verified_at, verified.rows],
        )


def forget_verification(target: Database, service: str) -> None:
    """Forget the last clean verification of a service."""
    target.execute(f"DELETE FROM {target.own('verification')} WHERE service = {target.placeholder}", [service])
