"""How far a refresh of finished tables has come: kept in the target, and changed with the rows it describes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from strangler_etl.engine.database import Database
from strangler_etl.engine.session import Session


@dataclass(frozen=True, slots=True)
class RefreshPoint:
    """The rows of a source table up to the key `last_key` (in text form) were compared and mended; all if `finished`.

    That counts as long as the refresh stands on the same `ground`.
    """

    table: str
    last_key: str | None
    finished: bool
    ground: str


def read_refresh(target: Session, service: str) -> Mapping[str, RefreshPoint]:
    """The points of the refresh that is under way, or was interrupted, by source table; empty when there is none."""
    found = target.rows(
        f"SELECT table_name, last_key, finished, ground FROM {target.own('refresh')}"
        f" WHERE service = {target.placeholder}",
        [service],
    )
    return {
        str(table): RefreshPoint(str(table), None if last_key is None else str(last_key), bool(finished), str(ground))
        for table, last_key, finished, ground in found
    }


def refresh_under_way(target: Database, service: str) -> bool:
    """Whether a refresh was interrupted."""
    return target.installed and bool(read_refresh(target, service))


def begin_refresh(target: Session, service: str, tables: Iterable[str], ground: str) -> None:
    """Begin the refresh of these tables, with none of their rows compared yet; in a transaction."""
    forget_refresh(target, service)
    marks = ", ".join([target.placeholder] * 5)
    for table in tables:
        target.execute(
            f"INSERT INTO {target.own('refresh')} (service, table_name, last_key, finished, ground) VALUES ({marks})",
            [service, table, None, False, ground],
        )


def note_refresh(target: Session, service: str, point: RefreshPoint) -> None:
    """Record how far a table is, in the transaction that writes its last rows."""
    mark = target.placeholder
    target.execute(
        f"UPDATE {target.own('refresh')} SET last_key = {mark}, finished = {mark}"
        f" WHERE service = {mark} AND table_name = {mark}",
        [point.last_key, point.finished, service, point.table],
    )


def forget_refresh(target: Session, service: str) -> None:
    """Forget the refresh that is under way."""
    target.execute(f"DELETE FROM {target.own('refresh')} WHERE service = {target.placeholder}", [service])
