"""What a transaction is said to write."""

from __future__ import annotations

from strangler.cli.render.written_tables import written_tables
from strangler.model.location import Location
from strangler.model.system import AccessMode, CallKind, Confidence
from strangler_analyzers.graph.request_path import AccessStep, CallStep, Continuation, Step, Transaction

BEGIN = Location("orders.py", 1)
OPEN = Transaction(BEGIN, inherited=False)


def call(
    function: str,
    *steps: Step,
    transaction: Transaction | None = None,
    continuation: Continuation = Continuation.SHOWN,
    kind: CallKind = CallKind.DIRECT,
) -> CallStep:
    """A call with these steps."""
    place = Location("orders.py", 2)
    certain = Confidence.CERTAIN
    return CallStep(place, 0, function, "", kind, certain, False, transaction, continuation, steps=steps)


def write(table: str, transaction: Transaction | None = None) -> AccessStep:
    """A write."""
    place = Location("orders.py", 3)
    return AccessStep(place, 0, table, AccessMode.WRITE, "save", Confidence.CERTAIN, False, transaction)


def test_steps_that_stand_elsewhere_count() -> None:
    """A function shown outside the transaction and called inside writes inside, too; what runs later does not."""
    log = call("log", write("entry"), call("mail", write("outbox"), kind=CallKind.ASYNC))
    again = call("log", transaction=OPEN, continuation=Continuation.ELSEWHERE)
    written = written_tables([call("view", log, write("orders", OPEN), again)])
    assert str(written[BEGIN]) == "entry, orders"


def test_functions_that_stand_elsewhere_in_each_other_end() -> None:
    """Each is shown at a call in the other."""
    back = call("first", continuation=Continuation.ELSEWHERE)
    first = call("first", write("a"), call("second", write("b"), back))
    again = call("second", transaction=OPEN, continuation=Continuation.ELSEWHERE)
    assert str(written_tables([call("view", first, again)])[BEGIN]) == "a, b"


def test_steps_that_are_left_out_are_told() -> None:
    """With --depth, "writes nothing" would not be true."""
    deep = call("save", transaction=OPEN, continuation=Continuation.TOO_DEEP)
    assert str(written_tables([call("view", deep)])[BEGIN]) == "nothing, as far as shown"
    assert str(written_tables([call("view", write("orders", OPEN), deep)])[BEGIN]) == "orders, as far as shown"
