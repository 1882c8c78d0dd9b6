"""The move of a service's authority from one side to the other, while users are writing.

``close -> hold -> in flight -> lock -> drain -> verify -> fence -> authority -> open -> flip -> release``

Each step is recorded before the next begins, each can be repeated, and at every instant at most one side accepts
writes. The side that is left is fenced in a transaction that has locked its tables and in which everything it ever
wrote was applied to the other side; the other side is opened after that.

Several commands may run at once, including one that was believed dead. So a fence goes up or down only in a transaction
that has changed the authority's row by compare-and-set and keeps it locked: the second command changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.errors import StranglerError, UnavailableError, notes_of
from strangler.model.quantity import quantity
from strangler.planner.gateways import Gateways
from strangler.planner.move_errors import InFlightError, MoveAbortedError, PauseError
from strangler.planner.order_retry import OrderRetry, Timer
from strangler.project import RouteMatch
from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.engine.database import Database
from strangler_etl.errors import AuthorityError, StalePositionError
from strangler_etl.following.follower import Applied, apply_backward, apply_forward
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority, replace_authority, require_under_way
from strangler_etl.run.numbers import hand_over_numbers
from strangler_gateway.admin.messages import HoldRequest


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a move may keep requests waiting, in seconds."""

    held_requests: int = 1_000
    hold_seconds: float = 8.0
    in_flight_seconds: float = 3.0
    lock_seconds: float = 2.0
    confirm_seconds: float = 15.0
    """How long gateways that do not confirm are told again once the authority has moved."""
    settle_seconds: float = 30.0
    """How long catching up before the hold may take; longer while each round takes less than half of the one before."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A step that has just been completed, `seconds` after the move began; `figures` are a text for users."""

    name: str
    seconds: float
    figures: str = ""


@dataclass(frozen=True, slots=True)
class MoveResult:
    """Where the authority is now; `pause` is how long writes were held, in seconds (0 when none were)."""

    authority: Authority
    pause: float
    applied: int
    compared: int


Verifier = Callable[[Migration, Side], int]
"""Compares the rows that changed on the side that is left, since the last call, with those on the other side.

Returns how many rows were compared; raises a StranglerError when any differs.
"""


class Conditions(Protocol):
    """What a move depends on; each method raises a StranglerError when something is missing."""

    def require(self, authority: Authority, destination: Side) -> None:
        """Check the conditions before anything has begun."""
        ...

    def require_still(self, destination: Side) -> None:
        """Check the conditions while nobody can write: what holds now holds when the authority changes."""
        ...


@dataclass(frozen=True, slots=True)
class Move:
    """A move of `migration`'s service to `destination`; `report` hears of each step."""

    migration: Migration
    gateways: Gateways
    destination: Side
    routes: tuple[RouteMatch, ...]
    conditions: Conditions
    verify: Verifier
    timer: Timer
    report: Callable[[Moment], None]
    limits: Limits = Limits()

    def run(self) -> MoveResult:
        """Move the authority, or finish a move that was begun.

        Raises MoveAbortedError when the side that has the authority keeps it. Any other error leaves the move where it
        is; calling again continues from there.
        """
        begun = self.timer.now()
        authority = self._authority()
        if authority.step is MoveStep.HOLDING:
            authority = self.abandon(authority)
        authority = self._finish(authority, begun)
        if authority.side is self.destination:
            return MoveResult(authority, 0.0, 0, 0)
        return self._leave(authority, begun)

    def abandon(self, authority: Authority) -> Authority:
        """Give up a move that has not changed the authority yet, whoever began it: its side opens again.

        Raises AuthorityError when the move is no longer at `authority`, UnavailableError when a gateway could not be
        told; that gateway holds nothing, or releases its requests when its hold times out.
        """
        with self._patient():
            authority = self._open(authority, MoveStep.SETTLED)
        self._send_on(authority)
        return authority

    def give_up(self) -> MoveResult:
        """Give up the interrupted move to the destination: the side it left keeps the authority, or gets it back.

        Raises AuthorityError when there is no such move: it is complete, or the one under way leads elsewhere.
        """
        authority = self._authority()
        leaves = authority.side if authority.step is MoveStep.HOLDING else authority.side.other
        if authority.step is not MoveStep.SETTLED and leaves is self.destination:
            command = _COMMANDS[leaves.other]
            raise AuthorityError(
                authority,
                f"the move that is under way leads to {leaves.other}",
                f"give it up: strangler {command} {authority.service} --abort",
            )
        require_under_way(authority, self.destination)
        return replace(self, destination=self.destination.other).run()

    # --- the way there ---

    def _leave(self, authority: Authority, begun: float) -> MoveResult:
        self.conditions.require(authority, self.destination)
        self._come_close(begun)
        # A connection for the lock, opened before anybody waits; the follower's connections keep reading beside it.
        with open_database(self._address(authority.side)) as guard:
            authority = self._changed(authority, replace(authority, epoch=authority.epoch + 1, step=MoveStep.HOLDING))
            moved = replace(authority, side=self.destination, epoch=authority.epoch + 1, step=MoveStep.MOVED)
            held = self.timer.now()
            applied = compared = 0
            try:
                self._hold(authority, begun)
                with self._patient(guard):
                    applied, compared = self._fence(guard, authority, moved, begun, held)
            except _STOPPED as error:
                found = self._authority()
                if found == authority:
                    self._give_up(authority, error)
                    raise
                if (found.side, found.epoch) != (moved.side, moved.epoch):
                    # Another command has given the move up or taken it over: there is nothing of ours to undo. Its own
                    # move may have that epoch, but not that side.
                    raise
                # Only the answer was lost, or it was too late to stop.
                moved = found
        try:
            authority = self._finish(moved, begun)
        except _TOLD_TO_END:
            # Stopping here would leave both sides closed to users; whoever means to stop interrupts again.
            authority = self._finish(self._authority(), begun)
        return MoveResult(authority, self.timer.now() - held, applied, compared)

    def _give_up(self, authority: Authority, error: BaseException) -> None:
        """Give the move up because of `error`; raises MoveAbortedError where that is one of strangler's own."""
        causes = [str(error)]
        try:
            self.abandon(authority)
        except UnavailableError as away:
            causes += [str(away), *notes_of(away)]
        if isinstance(error, StranglerError):
            raise MoveAbortedError(authority.service, self.destination, "; ".join(causes)) from error

    def _come_close(self, begun: float) -> None:
        """Follow and compare until little is left to do, so that the pause is short.

        Differences are found here, before any request has to wait.
        """
        deadline = self.timer.now() + self.limits.settle_seconds
        seconds = float("inf")
        while True:
            started, before = self.timer.now(), seconds
            applied = self._drained(lambda: self.timer.now() <= deadline)
            compared = self.verify(self.migration, self.destination.other)
            seconds = self.timer.now() - started
            gaining = seconds < before / 2
            if seconds < self.limits.lock_seconds / 4 or (started + seconds > deadline and not gaining):
                self._told("close", begun, f"{quantity(applied, 'row')} behind, {self._equal(compared)}")
                return

    def _hold(self, authority: Authority, begun: float) -> None:
        limits = self.limits
        self.gateways.set_authority(authority.service, authority.side, authority.epoch)
        self.gateways.hold(
            HoldRequest(authority.service, authority.epoch, limits.held_requests, limits.hold_seconds, self.routes)
        )
        self._told("hold", begun)
        deadline = self.timer.now() + limits.in_flight_seconds
        while writes := self.gateways.writes_in_flight(authority.service, authority.side):
            if self.timer.now() > deadline:
                raise InFlightError(authority.service, writes, limits.in_flight_seconds)
            self.timer.wait(0.005)
        self._told("in flight", begun, "none")

    def _require_held(self, authority: Authority, held: float) -> None:
        """Give the move up when a request has got through to the locked side, or may before it is over.

        A gateway that was restarted holds nothing, and a hold ends by itself. A request that gets through waits for the
        lock, and the fence would then refuse it.
        """
        if writes := self.gateways.writes_in_flight(authority.service, authority.side):
            raise InFlightError(authority.service, writes, 0)
        self._in_time(authority, held)

    def _in_time(self, authority: Authority, held: float) -> bool:
        """Raise PauseError when so much of the hold is over that the rest of the move may outlast it."""
        if self.timer.now() - held > self.limits.hold_seconds * _SPENT:
            raise PauseError(authority.service, self.limits.hold_seconds)
        return True

    def _fence(
        self, guard: Database, authority: Authority, moved: Authority, begun: float, held: float
    ) -> tuple[int, int]:
        """Fence the side that is left, with all its writes applied to the other one, and change the authority."""
        _, tables = self._side(authority.side)
        with ExitStack() as stack:
            stack.enter_context(guard.locked(tables, self.limits.lock_seconds))
            self._told("lock", begun)
            applied = self._drained(lambda: self._in_time(authority, held))
            self._told("drain", begun, quantity(applied, "row"))
            compared = self.verify(self.migration, authority.side)
            self._told("verify", begun, self._equal(compared))
            hand_over_numbers(
                self.migration.source, self.migration.target, self.migration.mapping.owned, authority.side
            )
            self.conditions.require_still(self.destination)
            self._require_held(authority, held)
            if authority.side is Side.V1:
                replace_authority(guard, authority, moved)
                guard.fence.close(tables)
            else:
                with self.migration.source.transaction():
                    replace_authority(self.migration.source, authority, moved)
                    guard.fence.close(tables)
                    stack.close()
        self._told("fence", begun)
        self._told("authority", begun, f"{moved.side}, epoch {moved.epoch}")
        return applied, compared

    def _finish(self, authority: Authority, begun: float) -> Authority:
        """Open the side that has the authority, and send all requests there."""
        if authority.step is MoveStep.SETTLED:
            self.gateways.set_authority(authority.service, authority.side, authority.epoch)
            return authority
        if authority.step is MoveStep.MOVED:
            with self._patient():
                authority = self._open(authority, MoveStep.OPENED)
            self._told("open", begun, authority.side)
        self._flip(authority, begun)
        return self._changed(authority, replace(authority, step=MoveStep.SETTLED))

    def _flip(self, authority: Authority, begun: float) -> None:
        seconds = self.limits.confirm_seconds

        def away(error: UnavailableError) -> None:
            again = f"{authority.side} is open, they are told again for {seconds:g} s"
            self._told("away", begun, f"{error.what}; {again}")

        retry = OrderRetry(self.timer, seconds, lambda: self._authority() == authority, away)
        retry.until_confirmed(lambda: self._tell_gateways(authority, begun))

    def _tell_gateways(self, authority: Authority, begun: float) -> None:
        self._send_on(authority, flipped=lambda: self._told("flip", begun))
        self._told("release", begun)

    def _send_on(self, authority: Authority, flipped: Callable[[], None] = lambda: None) -> None:
        """Send all requests to the side that has the authority, and release those held.

        Where both fail, the first error is raised, with the other one as a note.
        """
        try:
            self.gateways.set_authority(authority.service, authority.side, authority.epoch)
            flipped()
        except BaseException as first:
            # A gateway that is away must not keep requests waiting at the others.
            try:
                self.gateways.release(authority.service, authority.epoch)
            except StranglerError as second:
                first.add_note(str(second))
            raise
        self.gateways.release(authority.service, authority.epoch)

    # --- parts ---

    def _open(self, authority: Authority, step: MoveStep) -> Authority:
        """Open the side that has the authority, and record `step`."""
        database, tables = self._side(authority.side)
        with self.migration.source.transaction():
            opened = self._changed(authority, replace(authority, step=step))
            with database.transaction():
                database.fence.open(tables)
        return opened

    @contextmanager
    def _patient(self, *further: Database) -> Generator[None]:
        """While others wait for us, wait for nobody longer than they do."""
        with ExitStack() as stack:
            for database in (self.migration.source, self.migration.target, *further):
                stack.enter_context(database.patience(self.limits.hold_seconds))
            yield

    def _authority(self) -> Authority:
        return read_authority(self.migration.source, self.migration.service.name)

    def _changed(self, authority: Authority, new: Authority) -> Authority:
        replace_authority(self.migration.source, authority, new)
        return new

    def _side(self, side: Side) -> tuple[Database, tuple[str, ...]]:
        if side is Side.V1:
            return self.migration.source, self.migration.source_tables
        return self.migration.target, self.migration.target_tables

    def _address(self, side: Side) -> DatabaseUrl:
        return self.migration.addresses.source if side is Side.V1 else self.migration.addresses.target

    def _drained(self, goes_on: Callable[[], bool]) -> int:
        """Apply everything that the side that is left has written, batch by batch; return how many rows that was.

        Before each further batch it asks `goes_on`; where that is False, the rest is left unapplied.
        """
        rows = 0
        while True:
            applied = self._apply()
            rows += applied.rows
            if not applied.more or not goes_on():
                return rows

    def _apply(self) -> Applied:
        """Apply one batch; a follower may be doing the same."""
        apply = apply_forward if self.destination is Side.V2 else apply_backward
        for _ in range(_STALE_TRIES):
            try:
                return apply(self.migration.source, self.migration.target, self.migration.mapping)
            except StalePositionError:
                continue
        return apply(self.migration.source, self.migration.target, self.migration.mapping)

    def _equal(self, compared: int) -> str:
        """What was compared, for users: rows that one side has changed, with the same rows of the other."""
        return f"{quantity(compared, 'row')} changed on {self.destination.other}, equal on {self.destination}"

    def _told(self, name: str, begun: float, figures: str = "") -> None:
        self.report(Moment(name, self.timer.now() - begun, figures))


IRREVERSIBLE = ("fence", "authority", "open", "away", "flip", "release")
"""The moments after which a move can only go forward."""
_COMMANDS = {Side.V2: "cutover", Side.V1: "rollback"}
_TOLD_TO_END = (KeyboardInterrupt, SystemExit)
_STOPPED = (StranglerError, OSError, *_TOLD_TO_END)
"""The errors that end a move while its process lives on."""
_STALE_TRIES = 20
_SPENT = 3 / 4
"""The share of the hold time that may have passed when the authority changes."""
