"""Moves of the authority: there, back, given up, and cut off at every instant."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from threading import Thread

import psycopg
import pytest

from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.errors import StranglerError, UnavailableError, notes_of
from strangler.model.progress import SilentProgress
from strangler.planner.move import Limits, Moment, Move
from strangler.planner.move_errors import MoveAbortedError
from strangler.project import RouteMatch
from strangler_etl.copying.backfill import backfill
from strangler_etl.engine.database import Database
from strangler_etl.errors import AuthorityError, DatabaseError
from strangler_etl.following.follower import apply_forward
from strangler_etl.migration import Migration
from strangler_etl.postgres.database import PostgresDatabase
from strangler_etl.records.authority import read_authority, replace_authority
from strangler_etl.sqlite.database import SQLiteDatabase
from strangler_etl.values.derived_key import derived_key
from strangler_gateway.admin.messages import HoldRequest
from tests.etl.access_case import FOLLOWED, OpenedAccess, copied_access, require_equal
from tests.etl.copied_case import copied
from tests.etl.parts_case import OpenedParts
from tests.etl.reviews_case import ReviewsCase


@dataclass
class Gateway:
    """One gateway, as a move sees it."""

    side: Side = Side.V1
    epoch: int = 1
    held: bool = False
    in_flight: int = 0
    calls: list[str] = field(default_factory=list[str])
    refuses: str = ""

    def hold(self, order: HoldRequest) -> None:
        """Hold."""
        self._called("hold")
        self.held = True

    def writes_in_flight(self, service: str, side: Side) -> int:
        """Say how many are in flight."""
        self._called("in flight")
        return self.in_flight

    def set_authority(self, service: str, side: Side, epoch: int) -> None:
        """Follow the later epoch."""
        self._called("authority")
        if epoch < self.epoch:
            raise UnavailableError(f"epoch {epoch} is over")
        self.side, self.epoch = side, epoch

    def release(self, service: str, epoch: int) -> None:
        """Let go."""
        self._called("release")
        self.held = False

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.refuses == name:
            raise UnavailableError(f"the gateway does not answer to {name}")


class Unconditional:
    """Nothing is asked for."""

    def require(self, authority: Authority, destination: Side) -> None:
        """Before the move."""

    def require_still(self, destination: Side) -> None:
        """Under the lock."""


class Steps:
    """A timer that moves by itself: some seconds for each question."""

    def __init__(self, seconds: float = 0.01) -> None:
        self._now = 0.0
        self._seconds = seconds

    def now(self) -> float:
        """Some time has passed since the last question."""
        self._now += self._seconds
        return self._now

    def wait(self, seconds: float) -> None:
        """Waiting takes no time."""
        self._now += seconds


def _move(
    migration: Migration,
    gateway: Gateway,
    destination: Side,
    told: list[Moment] | None = None,
    limits: Limits | None = None,
) -> Move:
    return Move(
        migration=migration,
        gateways=gateway,
        destination=destination,
        routes=(RouteMatch("/api/me", ("PATCH",)),),
        conditions=Unconditional(),
        verify=lambda _migration, _leaving: 0,
        timer=Steps(),
        report=(told if told is not None else []).append,
        limits=limits or Limits(),
    )


def _writable(case: ReviewsCase) -> set[Side]:
    sides: set[Side] = set()
    for side, database, tables in (
        (Side.V1, case.monolith, ("reviews_review", "reviews_vote")),
        (Side.V2, case.service, ("review", "vote")),
    ):
        fenced = database.fence.closed(tables)
        if fenced != frozenset(tables):
            assert not fenced
            sides.add(side)
    return sides


def _insert(database: Database, side: Side, text: str) -> None:
    if side is Side.V1:
        database.execute(f"INSERT INTO reviews_review (product_id, text, rating) VALUES (1, '{text}', 5)")
    elif database.dialect == "sqlite":
        database.execute(
            "INSERT INTO review (id, product_id, body, stars) VALUES ('0f5a4b5e-0000-4000-8000-' ||"
            f" lower(hex(randomblob(6))), 1, '{text}', 5)"
        )
    else:
        database.execute(f"INSERT INTO review (product_id, body, stars) VALUES (1, '{text}', 5)")


def test_there_and_back_and_there_again(case: ReviewsCase) -> None:
    """Rows of both sides survive every move, with the numbers they were born with, and none is given twice."""
    gateway = Gateway()
    with case.migration() as migration:
        migration.install()
        _insert(case.monolith, Side.V1, "one")
        told: list[Moment] = []
        result = _move(migration, gateway, Side.V2, told).run()
        assert result.authority == Authority("reviews", Side.V2, 3, MoveStep.SETTLED)
        assert [moment.name for moment in told] == [
            "close", "hold", "in flight", "lock", "drain", "verify", "fence", "authority", "open", "flip", "release",
        ]  # fmt: skip
        assert (gateway.side, gateway.epoch, gateway.held) == (Side.V2, 3, False)
        _insert(case.service, Side.V2, "two")
        with pytest.raises(DatabaseError, match="may not be written here now"):
            _insert(case.monolith, Side.V1, "refused")
        _move(migration, gateway, Side.V1).run()
        _insert(case.monolith, Side.V1, "three")
        _move(migration, gateway, Side.V2).run()
        _insert(case.service, Side.V2, "four")
        _move(migration, gateway, Side.V1).run()
        assert read_authority(migration.source, "reviews").epoch == 9
        rows = [(1, "one"), (2, "two"), (3, "three"), (4, "four")]
        assert case.source_rows("SELECT id, text FROM reviews_review ORDER BY id") == rows
        assert case.target_rows("SELECT number, body FROM review ORDER BY number") == rows


@pytest.mark.postgres
@pytest.mark.parametrize("opened_parts", ["postgres postgres"], indirect=True)
def test_no_number_is_given_twice_whatever_column_it_is_in(opened_parts: OpenedParts) -> None:
    """Of keys copied as they are, of one column of several, of a number beside the key; what is computed stays so."""
    statements = (
        (
            "CREATE TABLE ticket (id serial PRIMARY KEY, no integer NOT NULL UNIQUE"
            " GENERATED BY DEFAULT AS IDENTITY (START 100 INCREMENT 10), price integer DEFAULT 2,"
            " twice integer GENERATED ALWAYS AS (price * 2) STORED)"
        ),
        "CREATE TABLE seat (hall integer, id integer GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (hall, id))",
        "INSERT INTO ticket (price) VALUES (1), (3)",
        "INSERT INTO seat (hall) VALUES (1), (2)",
    )
    text = """
tables = ["ticket", "seat"]
[etl.people.tables.ticket]
columns = { id = "id", no = "no", price = "price", twice = "twice" }
[etl.people.tables.seat]
columns = { hall = "hall", id = "id" }
"""
    insert = "INSERT INTO ticket DEFAULT VALUES; INSERT INTO seat (hall) VALUES (1)"
    with opened_parts(statements, text) as migration:
        source, target, gateway = migration.source, migration.target, Gateway()
        backfill(migration, SilentProgress())
        for destination, database in ((Side.V2, target), (Side.V1, source), (Side.V2, target)):
            # What the journal brings after the copy.
            (target if database is source else source).execute(insert)
            _move(migration, gateway, destination).run()
            database.execute(insert)
        _move(migration, gateway, Side.V1).run()
        numbers = [(number, 90 + 10 * number) for number in range(1, 9)]
        seats = [(1, 1), *((1, number) for number in range(3, 9)), (2, 2)]
        for database in (source, target):
            assert database.rows("SELECT id, no FROM ticket ORDER BY 1") == numbers
            assert database.rows("SELECT hall, id FROM seat ORDER BY 1, 2") == seats
        assert source.rows("SELECT DISTINCT twice FROM ticket ORDER BY 1") == [(2,), (4,), (6,)]


@pytest.mark.parametrize("access", FOLLOWED[2:], indirect=True)
def test_rows_known_by_several_columns_move_there_and_back(access: OpenedAccess) -> None:
    """No number is handed over for them, and what they refer to may go together with them."""
    gateway = Gateway()
    with access() as migration:
        copied_access(migration)
        migration.source.execute("INSERT INTO membership VALUES ('new/', 3, 1)")
        _move(migration, gateway, Side.V2).run()
        require_equal(migration)
        five, seven = (derived_key("account", number) for number in ("5", "7"))
        migration.target.execute(f"INSERT INTO membership VALUES ('a~b', '{five}', 1)")
        migration.target.execute(f"DELETE FROM membership WHERE account_id = '{seven}'")
        migration.target.execute(f"DELETE FROM account WHERE id = '{seven}'")
        _move(migration, gateway, Side.V1).run()
        require_equal(migration)
        assert migration.source.rows("SELECT 1 FROM account WHERE id = 7") == []


def test_a_move_to_where_the_authority_is_changes_nothing(case: ReviewsCase) -> None:
    """No request is held, no epoch passes."""
    gateway = Gateway()
    with case.migration() as migration:
        migration.install()
        assert _move(migration, gateway, Side.V1).run().authority == Authority("reviews")
        assert gateway.calls == ["authority"]


@pytest.mark.parametrize("refused", ["hold", "in flight"])
def test_a_gateway_that_fails_before_the_fence_leaves_everything_as_it_was(case: ReviewsCase, refused: str) -> None:
    """The move is given up: v1 has the authority, writes, and nothing is held."""
    gateway = Gateway(refuses=refused)
    with case.migration() as migration:
        migration.install()
        with pytest.raises(MoveAbortedError, match="the authority stays with v1"):
            _move(migration, gateway, Side.V2).run()
        assert read_authority(migration.source, "reviews") == Authority("reviews", Side.V1, 2)
        assert _writable(case) == {Side.V1}
        assert not gateway.held


def test_writes_that_do_not_end_stop_the_move(case: ReviewsCase) -> None:
    """A slow request is waited for only so long, and is not cut off."""
    gateway = Gateway(in_flight=2)
    with case.migration() as migration:
        migration.install()
        with pytest.raises(MoveAbortedError, match="2 writes were still in flight after 3 s"):
            _move(migration, gateway, Side.V2).run()
        assert _writable(case) == {Side.V1}


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_a_long_transaction_stops_the_move(case: ReviewsCase) -> None:
    """A job that keeps the tables busy is waited for only so long."""
    with case.migration() as migration:
        migration.install()
        with case.monolith.transaction():
            _insert(case.monolith, Side.V1, "late")
            with pytest.raises(MoveAbortedError, match=r"busy for more than 0\.05 s"):
                _move(migration, Gateway(), Side.V2, limits=Limits(lock_seconds=0.05)).run()
        assert _writable(case) == {Side.V1}
        assert case.source_rows("SELECT text FROM reviews_review") == [("late",)]


@dataclass
class Away(Gateway):
    """A gateway that does not confirm the `order` of a `destination` for `away` times: slow, or killed and starting."""

    destination: Side = Side.V2
    order: str = "authority"
    away: int = 3
    error: UnavailableError = field(default_factory=lambda: UnavailableError("the gateway does not answer yet"))

    def set_authority(self, service: str, side: Side, epoch: int) -> None:
        """Not yet, where it is for the destination."""
        if self.order == "authority" and side is self.destination:
            self._stay_away()
        super().set_authority(service, side, epoch)

    def release(self, service: str, epoch: int) -> None:
        """Not yet, where the destination is known."""
        if self.order == "release" and self.side is self.destination:
            self._stay_away()
        super().release(service, epoch)

    def _stay_away(self) -> None:
        if self.away:
            self.away -= 1
            raise self.error


@pytest.mark.parametrize(
    ("destination", "order"), [(Side.V2, "authority"), (Side.V1, "authority"), (Side.V2, "release")]
)
def test_a_gateway_that_is_away_for_a_moment_is_told_again(case: ReviewsCase, destination: Side, order: str) -> None:
    """The one command finishes the move, and says once what it waits for."""
    with case.migration() as migration:
        migration.install()
        gateway = Away(destination=destination, order=order)
        if destination is Side.V1:
            _move(migration, Gateway(), Side.V2).run()
            gateway.side = Side.V2
        told: list[Moment] = []
        assert _move(migration, gateway, destination, told).run().authority.step is MoveStep.SETTLED
        assert (gateway.side, gateway.held, gateway.away) == (destination, False, 0)
        away = [moment for moment in told if moment.name == "away"]
        assert [moment.figures for moment in away] == [
            f"the gateway does not answer yet; {destination} is open, they are told again for 15 s"
        ]
        assert told[-1].name == "release"


def test_a_gateway_that_fails_after_the_authority_has_changed_is_told_later(case: ReviewsCase) -> None:
    """The move stops where it is, v2 is open, and the same command finishes it."""
    gateway = Gateway()
    with case.migration() as migration:
        migration.install()
        move = _move(migration, gateway, Side.V2)
        gateway.refuses = "release"
        with pytest.raises(UnavailableError, match="does not answer"):
            move.run()
        assert read_authority(migration.source, "reviews").step is MoveStep.OPENED
        assert _writable(case) == {Side.V2}
        gateway.refuses = ""
        move.run()
        assert (gateway.side, gateway.held) == (Side.V2, False)
        assert read_authority(migration.source, "reviews") == Authority("reviews", Side.V2, 3)


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_a_move_that_is_given_up_waits_for_nobody(case: ReviewsCase) -> None:
    """The tables' fences are there, open, from an earlier move: a long transaction must not make all others wait."""
    gateway = Gateway()
    with case.migration() as migration:
        migration.install()
        _move(migration, gateway, Side.V2).run()
        _move(migration, gateway, Side.V1).run()
        with case.monolith.transaction():
            _insert(case.monolith, Side.V1, "late")
            with pytest.raises(MoveAbortedError):
                _move(migration, gateway, Side.V2, limits=Limits(lock_seconds=0.05)).run()
            assert read_authority(migration.source, "reviews").step is MoveStep.SETTLED


@pytest.mark.postgres
@pytest.mark.parametrize("case", ["postgres"], indirect=True)
def test_a_row_locked_at_the_destination_stops_the_move_and_not_the_monolith(case: ReviewsCase) -> None:
    """Nobody waits longer for a move than requests may be held."""
    with copied(case) as migration, psycopg.connect(case.environment["TARGET"]) as blocker:

        class Late(Gateway):
            def hold(self, order: HoldRequest) -> None:
                super().hold(order)
                blocker.execute("SELECT FROM review WHERE number = 1 FOR UPDATE")
                case.monolith.execute("UPDATE reviews_review SET text = 'late' WHERE id = 1")

        with pytest.raises(MoveAbortedError, match="timeout"):
            _move(migration, Late(), Side.V2, limits=Limits(hold_seconds=0.5)).run()
        assert _writable(case) == {Side.V1}
        blocker.rollback()
        assert migration.target.rows("SHOW lock_timeout") == migration.target.rows("SHOW statement_timeout") == [("0",)]


@dataclass
class Leaking(Gateway):
    """A gateway whose hold is over when the tables are locked."""

    def writes_in_flight(self, service: str, side: Side) -> int:
        """Say that there is no hold any more, the second time."""
        super().writes_in_flight(service, side)
        if self.calls.count("in flight") > 1:
            raise UnavailableError("the hold has ended by itself at a gateway")
        return 0


@dataclass
class Deaf(Gateway):
    """Confirms neither the authority nor the release once a move has begun to hold."""

    def _called(self, name: str) -> None:
        super()._called(name)
        if self.calls.count("hold") and name in ("authority", "release"):
            raise UnavailableError(f"the gateway does not answer to {name}")


def test_the_first_error_of_a_gateway_is_the_reason(case: ReviewsCase) -> None:
    """What fails because of it, or after it, is a note: it has not the place of the reason."""
    with case.migration() as migration:
        migration.install()
        with pytest.raises(UnavailableError, match="does not answer to authority") as caught:
            _move(migration, Deaf(), Side.V2).run()
        assert notes_of(caught.value) == ("the gateway does not answer to release",)
        _move(migration, Gateway(), Side.V2).run()
        with pytest.raises(MoveAbortedError, match=r"2 writes .* answer to authority; .* answer to release"):
            _move(migration, Deaf(in_flight=2), Side.V1).run()


def test_a_hold_that_ends_before_the_fence_stops_the_move(case: ReviewsCase) -> None:
    """What gets through would be refused by the fence."""
    with case.migration() as migration:
        migration.install()
        with pytest.raises(MoveAbortedError, match="the hold has ended by itself"):
            _move(migration, Leaking(), Side.V2).run()
        assert _writable(case) == {Side.V1}


def test_a_pause_that_takes_nearly_as_long_as_the_hold_stops_the_move(case: ReviewsCase) -> None:
    """The gateways would let go before they know of the new authority."""
    with case.migration() as migration:
        migration.install()
        move = replace(_move(migration, Gateway(), Side.V2, limits=Limits(hold_seconds=50)), timer=Steps(10))
        with pytest.raises(MoveAbortedError, match="cannot be held for longer than 50 s"):
            move.run()
        assert _writable(case) == {Side.V1}


def test_much_is_drained_in_batches_and_none_is_left(case: ReviewsCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a transaction of its own, and the authority moves behind the last one only."""
    with copied(case, 5) as migration:
        case.monolith.execute("UPDATE reviews_review SET text = 'new'")
        _in_small_batches(monkeypatch)
        told: list[Moment] = []
        assert _move(migration, Gateway(), Side.V2, told).run().authority.side is Side.V2
        assert next(one for one in told if one.name == "close").figures.startswith("5 rows behind")
        assert case.target_rows("SELECT count(*) FROM review WHERE body = 'new'") == [(5,)]


def test_batches_that_outlast_the_hold_stop_the_move(case: ReviewsCase, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of them is not waited for: what is applied is, and v1 goes on."""
    with copied(case, 5) as migration:
        writes = [f"UPDATE reviews_review SET text = 'new' WHERE id = {number}" for number in range(1, 6)]
        limits = Limits(hold_seconds=40, settle_seconds=0)
        move = replace(
            _move(migration, Gateway(), Side.V2, limits=limits),
            timer=Steps(10),
            report=_writing(case, "close", writes),
        )
        _in_small_batches(monkeypatch)
        with pytest.raises(MoveAbortedError, match=r"cannot be held for longer than 40 s"):
            move.run()
        assert _writable(case) == {Side.V1}
        written = case.target_rows("SELECT count(*) FROM review WHERE body = 'new'")
        assert written in ([(1,)], [(2,)], [(3,)])


def _in_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strangler.planner.move.apply_forward", partial(apply_forward, most=1))


def _writing(case: ReviewsCase, instant: str, statements: Sequence[str]) -> Callable[[Moment], None]:
    """Write to v1 when a move tells of an instant."""

    def report(moment: Moment) -> None:
        if moment.name == instant:
            for statement in statements:
                case.monolith.execute(statement)

    return report


_INSTANTS = ("close", "hold", "in flight", "lock", "drain", "verify", "fence", "open", "flip", "release")


@pytest.mark.parametrize("instant", _INSTANTS)
@pytest.mark.parametrize("first", list(Side))
@pytest.mark.parametrize("second", list(Side))
def test_two_moves_at_once_leave_one_side_open(case: ReviewsCase, instant: str, first: Side, second: Side) -> None:
    """A second command at each instant of the first: never are two sides open, and one more command settles all."""
    gateway = Gateway()
    writable: list[set[Side]] = []
    running: list[Thread] = []
    with case.migration() as migration, case.migration() as other:
        migration.install()
        if first is Side.V1:
            _move(migration, gateway, Side.V2).run()

        def run(move: Move) -> None:
            with suppress(StranglerError):
                move.run()

        def interfere(moment: Moment) -> None:
            writable.append(_writable(case))
            if moment.name == instant:
                move = _move(other, gateway, second, limits=Limits(lock_seconds=0.05, hold_seconds=0.5))
                running.append(Thread(target=run, args=[move], daemon=True))
                running[0].start()
                running[0].join(0.1)
                writable.append(_writable(case))

        run(replace(_move(migration, gateway, first), report=interfere))
        running[0].join(30)
        assert not running[0].is_alive()
        assert all(len(sides) <= 1 for sides in writable)
        authority = read_authority(migration.source, "reviews")
        assert _writable(case) <= {authority.side}
        gateway.refuses = ""
        _move(migration, gateway, authority.side).run()
        assert _writable(case) == {authority.side}
        assert (gateway.side, gateway.held) == (authority.side, False)


def test_a_move_that_was_interrupted_before_the_fence_is_given_up(case: ReviewsCase) -> None:
    """Ctrl-C leaves nothing held and the side open."""
    gateway = Gateway()

    def interrupt(moment: Moment) -> None:
        if moment.name == "drain":
            raise KeyboardInterrupt

    with case.migration() as migration:
        migration.install()
        with pytest.raises(KeyboardInterrupt):
            replace(_move(migration, gateway, Side.V2), report=interrupt).run()
        assert read_authority(migration.source, "reviews") == Authority("reviews", Side.V1, 2)
        assert _writable(case) == {Side.V1}
        assert not gateway.held


def test_a_move_that_was_given_up_for_another_one_does_not_take_that_for_its_own(case: ReviewsCase) -> None:
    """The other command has begun with the epoch this one would have moved at: its hold and its step stay."""
    gateway = Gateway()
    with case.migration() as migration, case.migration() as other:
        migration.install()

        def interrupt(moment: Moment) -> None:
            if moment.name == "in flight":
                _move(other, gateway, Side.V2).abandon(read_authority(other.source, "reviews"))
                _begun(other, Side.V1, MoveStep.HOLDING)
                gateway.held = True
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            replace(_move(migration, gateway, Side.V2), report=interrupt).run()
        assert read_authority(migration.source, "reviews") == Authority("reviews", Side.V1, 3, MoveStep.HOLDING)
        assert gateway.held


@pytest.mark.parametrize("instant", ["fence", "open", "flip", "release"])
def test_a_move_that_was_interrupted_when_the_authority_has_changed_goes_on(case: ReviewsCase, instant: str) -> None:
    """Stopped there, neither side would be open, or nobody would know."""
    gateway = Gateway()
    interrupted: list[str] = []

    def interrupt(moment: Moment) -> None:
        if moment.name == instant and not interrupted:
            interrupted.append(instant)
            raise KeyboardInterrupt

    with case.migration() as migration:
        migration.install()
        result = replace(_move(migration, gateway, Side.V2), report=interrupt).run()
        assert result.authority == Authority("reviews", Side.V2, 3)
        assert _writable(case) == {Side.V2}
        assert (gateway.side, gateway.held) == (Side.V2, False)


def test_one_gateway_that_is_away_at_the_flip_keeps_nobody_waiting_at_the_others(case: ReviewsCase) -> None:
    """What they hold is released to the new side at once."""
    gateway = Gateway()

    class Away(Gateway):
        def set_authority(self, service: str, side: Side, epoch: int) -> None:
            gateway.set_authority(service, side, epoch)
            if side is Side.V2:
                raise UnavailableError("one of two does not answer")

        def hold(self, order: HoldRequest) -> None:
            gateway.hold(order)

        def release(self, service: str, epoch: int) -> None:
            gateway.release(service, epoch)

    with case.migration() as migration:
        migration.install()
        with pytest.raises(UnavailableError, match="one of two"):
            _move(migration, Away(), Side.V2).run()
        assert (gateway.side, gateway.held) == (Side.V2, False)
        assert read_authority(migration.source, "reviews").step is MoveStep.OPENED


@dataclass
class Changing(Unconditional):
    """Conditions that hold at first, and under the lock no more."""

    asked: list[Side] = field(default_factory=list[Side])

    def require(self, authority: Authority, destination: Side) -> None:
        """Before the move."""
        self.asked.append(destination)

    def require_still(self, destination: Side) -> None:
        """Under the lock."""
        raise UnavailableError("the copy was cleaned")


def test_conditions_that_hold_no_more_when_nobody_can_write_stop_the_move(case: ReviewsCase) -> None:
    """What was true when the move began proves nothing."""
    with case.migration() as migration:
        migration.install()
        with pytest.raises(MoveAbortedError, match="the copy was cleaned"):
            replace(_move(migration, Gateway(), Side.V2), conditions=Changing()).run()
        assert _writable(case) == {Side.V1}


def test_a_move_that_follows_the_end_of_another_one_has_conditions_too(case: ReviewsCase) -> None:
    """A cut-over that first has to finish a rollback is not let through unasked."""
    gateway = Gateway()
    conditions = Changing()
    with case.migration() as migration:
        migration.install()
        _move(migration, gateway, Side.V2).run()
        gateway.refuses = "release"
        with pytest.raises(UnavailableError):
            _move(migration, gateway, Side.V1).run()
        gateway.refuses = ""
        with pytest.raises(MoveAbortedError):
            replace(_move(migration, gateway, Side.V2), conditions=conditions).run()
        assert conditions.asked == [Side.V2]


def _begun(migration: Migration, side: Side, step: MoveStep) -> None:
    """Write down a move that was cut off."""
    known = read_authority(migration.source, "reviews")
    replace_authority(migration.source, known, Authority("reviews", side, known.epoch + 1, step))


def test_giving_up_a_move_that_has_not_begun_changes_nothing(case: ReviewsCase) -> None:
    """The side it would have left has the authority."""
    with case.migration() as migration:
        migration.install()
        result = _move(migration, Gateway(), Side.V2).give_up()
        assert result.authority == Authority("reviews")


def test_giving_up_a_move_that_is_complete_is_refused(case: ReviewsCase) -> None:
    """To give up a rollback that is over would be a cut-over nobody has asked for."""
    gateway = Gateway()
    with case.migration() as migration:
        migration.install()
        with pytest.raises(
            AuthorityError,
            match=r"no move is under way that could be given up: v1 has the authority; .*strangler cutover",
        ):
            _move(migration, gateway, Side.V1).give_up()
        _move(migration, gateway, Side.V2).run()
        with pytest.raises(
            AuthorityError,
            match=r"no move is under way that could be given up: v2 has the authority; .*strangler rollback",
        ):
            _move(migration, gateway, Side.V2).give_up()
        assert _writable(case) == {Side.V2}


@pytest.mark.parametrize("step", [MoveStep.HOLDING, MoveStep.MOVED, MoveStep.OPENED])
def test_giving_up_a_move_in_the_other_direction_is_refused(case: ReviewsCase, step: MoveStep) -> None:
    """The command names the move it is about."""
    with case.migration() as migration:
        migration.install()
        _begun(migration, Side.V1 if step is MoveStep.HOLDING else Side.V2, step)
        with pytest.raises(AuthorityError, match="leads to v2; give it up: strangler cutover reviews --abort"):
            _move(migration, Gateway(), Side.V1).give_up()
        assert read_authority(migration.source, "reviews").step is step


def test_giving_up_a_move_whose_authority_has_changed_leads_it_back(case: ReviewsCase) -> None:
    """With everything the new side has written."""
    gateway = Gateway(refuses="release")
    with case.migration() as migration:
        migration.install()
        with pytest.raises(UnavailableError):
            _move(migration, gateway, Side.V2).run()
        gateway.refuses = ""
        _insert(case.service, Side.V2, "born in v2")
        assert _move(migration, gateway, Side.V2).give_up().authority.side is Side.V1
        assert _writable(case) == {Side.V1}
        assert case.source_rows("SELECT text FROM reviews_review") == [("born in v2",)]


class Killed(BaseException):
    """What ends a process at once."""


@contextmanager
def _killed_at(instant: int, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """End everything at the n-th question to a database: before it is asked, or before its answer is heard."""
    asked = count()

    def dying(method: str, kind: type[Database]) -> None:
        original = getattr(kind, method)

        def ask(self: Database, *arguments: object) -> object:
            number = next(asked)
            if number == instant and instant % 2:
                raise Killed
            answer = original(self, *arguments)
            if number == instant:
                raise Killed
            return answer

        monkeypatch.setattr(kind, method, ask)

    with monkeypatch.context() as patch:
        monkeypatch = patch
        for kind in (PostgresDatabase, SQLiteDatabase):
            for method in ("rows", "execute", "upsert"):
                dying(method, kind)
        yield


@pytest.mark.parametrize("destination", [Side.V2, Side.V1])
@pytest.mark.parametrize("then", ["again", "back"])
@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.faults)])
def test_a_move_cut_off_at_any_instant_can_be_finished_or_led_back(
    case: ReviewsCase, monkeypatch: pytest.MonkeyPatch, destination: Side, then: str, step: int
) -> None:
    """At every instant at most the side with the authority is writable; one command mends it; no row is lost.

    In one run it is one instant of so many, after the first; each direction and way out begins with another one.
    """
    gateway = Gateway()
    texts: list[str] = []
    with case.migration() as migration:
        migration.install()
        if destination is Side.V1:
            _move(migration, gateway, Side.V2).run()
    finished = False
    instant = (2 * (then == "back") + 4 * (destination is Side.V1)) % step
    while not finished:
        with case.migration() as migration:
            side = read_authority(migration.source, "reviews").side
            assert side is destination.other
            texts.append(f"row {instant}")
            _insert(case.monolith if side is Side.V1 else case.service, side, texts[-1])
            try:
                with _killed_at(instant, monkeypatch):
                    _move(migration, gateway, destination).run()
                finished = True
            except Killed:
                pass
        with case.migration() as migration:
            authority = read_authority(migration.source, "reviews")
            assert _writable(case) <= {authority.side}
            wanted = destination if then == "again" else destination.other
            _move(migration, gateway, wanted).run()
            assert read_authority(migration.source, "reviews").side is wanted
            assert _writable(case) == {wanted}
            assert (gateway.side, gateway.held) == (wanted, False)
            if wanted is destination:
                _move(migration, gateway, destination.other).run()
        instant += step
    with case.migration() as migration:
        _move(migration, gateway, destination).run()
    expected = sorted(texts)
    assert sorted(str(row[0]) for row in case.monolith.rows("SELECT text FROM reviews_review")) == expected
    assert sorted(str(row[0]) for row in case.service.rows("SELECT body FROM review")) == expected
