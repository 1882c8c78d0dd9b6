"""The authority's row in the source database, which only changes by compare-and-set."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from strangler.model.authority import Authority, MoveStep, Side
from strangler_etl.engine.database import Database
from strangler_etl.errors import AuthorityError


def read_authority(database: Database, service: str) -> Authority:
    """Who may write the service's tables; v1 as long as nothing was decided."""
    mark = database.placeholder
    found = database.rows(
        f"SELECT side, epoch, step FROM {database.own('authority')} WHERE service = {mark}", [service]
    )
    if not found:
        return Authority(service)
    side, epoch, step = found[0]
    return Authority(service, Side(str(side)), int(str(epoch)), MoveStep(str(step)))


def replace_authority(database: Database, expected: Authority, new: Authority) -> None:
    """Replace `expected` with `new`; AuthorityError when the row holds something else."""
    table, mark = database.own("authority"), database.placeholder
    with database.transaction():
        if expected == Authority(expected.service):
            database.execute(
                database.insert_new(table, ("service", "side", "epoch", "step"), "service"),
                [expected.service, expected.side, expected.epoch, expected.step],
            )
        changed = database.execute(
            f"UPDATE {table} SET side = {mark}, epoch = {mark}, step = {mark}"
            f" WHERE service = {mark} AND side = {mark} AND epoch = {mark} AND step = {mark}",
            [new.side, new.epoch, new.step, expected.service, expected.side, expected.epoch, expected.step],
        )
        if changed != 1:
            found = read_authority(database, expected.service)
            raise AuthorityError(
                found,
                f"another process has changed the authority meanwhile: {found.side}, epoch {found.epoch}, {found.step}",
                "look at: strangler status",
            )


@contextmanager
def kept_authority(database: Database, service: str) -> Generator[Authority]:
    """Keep the authority unchanged during the block, whose work is right for that authority only."""
    with database.transaction():
        authority = read_authority(database, service)
        replace_authority(database, authority, authority)
        yield authority


@contextmanager
def settled_authority(database: Database, service: str, side: Side, action: str) -> Generator[None]:
    """Let the authority change only after the block, whose work is right only while `side` has it.

    Raises AuthorityError when the other side has it, or a move is under way.
    """
    with kept_authority(database, service) as authority:
        require_settled(authority, side, action)
        yield


def require_fenced(source: Database, service: str, destination: Database, tables: Sequence[str]) -> None:
    """Refuse to write the tables unless they are fenced until the end of this transaction, which writes them.

    Raises AuthorityError when they are open: the authority has moved since it was read.
    """
    if tables and destination.fence.kept_closed(tables) != frozenset(tables):
        raise AuthorityError(
            read_authority(source, service),
            "the authority has moved since it was looked at; nothing was written",
            "look at: strangler status",
        )


def require_settled(authority: Authority, side: Side, action: str) -> None:
    """Refuse an action unless `side` has the authority and no move is under way."""
    if (move := move_under_way(authority)) is not None:
        raise AuthorityError(authority, f"{action} must wait: {move.found}", f"finish it: {move.command}")
    if authority.side is not side:
        raise AuthorityError(
            authority,
            f"{action} is only possible while {side} has the authority; {authority.side} has it",
            _back(authority.service) if side is Side.V1 else None,
        )


def _back(service: str) -> str:
    return (
        f"rows that differ are brought up to date by: strangler etl verify {service} --repair; anything else needs the"
        f" way back first, which gives the traffic to v1: strangler rollback {service}"
    )


@dataclass(frozen=True, slots=True)
class UnfinishedMove:
    """A move that is under way, or was interrupted: what that means, and the command that finishes it."""

    found: str
    command: str


def move_under_way(authority: Authority) -> UnfinishedMove | None:
    """Return the move of the authority that is not over, if there is one."""
    if authority.step is MoveStep.SETTLED:
        return None
    command = "cutover" if _destination(authority) is Side.V2 else "rollback"
    return UnfinishedMove(
        f"a move of the authority is under way ({authority.step}): {_MEANINGS[authority.step].format(authority.side)}",
        f"strangler {command} {authority.service}",
    )


_MEANINGS = {
    MoveStep.HOLDING: "{} has it still, and accepts writes, which wait at the gateways while a hold lasts",
    MoveStep.MOVED: "neither side accepts writes",
    MoveStep.OPENED: "{} accepts writes, and gateways may still send them to the other side",
}


def require_under_way(authority: Authority, side: Side) -> None:
    """Refuse to give up a move to `side` that is over: that would be a new move, the other way.

    Where the other side has the authority already, there is nothing to give up, and nothing to refuse.
    """
    if authority.step is MoveStep.SETTLED and authority.side is side:
        command = "rollback" if side is Side.V2 else "cutover"
        raise AuthorityError(
            authority,
            f"no move is under way that could be given up: {side} has the authority",
            f"to move it back, run: strangler {command} {authority.service}",
        )


def _destination(authority: Authority) -> Side:
    return authority.side.other if authority.step is MoveStep.HOLDING else authority.side
