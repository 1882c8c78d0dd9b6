"""Which tables a function reaches."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from strangler.model.location import Location
from strangler.model.system import AccessMode, Call, CallKind, SystemFacts, TableAccess
from strangler_analyzers.graph.reachability import Reachability, TableUse
from tests.analyzers.shop_facts import shop_facts

HERE = Location("m.py", 1)
FUNCTIONS = st.integers(0, 7).map(lambda number: f"m:f{number}")
CALLS = st.lists(st.tuples(FUNCTIONS, FUNCTIONS, st.sampled_from([CallKind.DIRECT, CallKind.SIGNAL, CallKind.ASYNC])))
ACCESSES = st.lists(st.tuples(FUNCTIONS, st.sampled_from("abc"), st.sampled_from(AccessMode)))


def test_calls_and_signals_are_followed() -> None:
    """A caller touches what its callees and signal receivers touch."""
    use = Reachability(shop_facts()).of(["shop.orders.services:place_order"])
    assert use.reads == ("catalog_stock",)
    assert use.writes == ("accounts_customer", "catalog_stock", "orders_order")


def test_queued_work_is_kept_apart() -> None:
    """What a task touches is touched later, not by the request."""
    use = Reachability(shop_facts()).of(["shop.orders.views:create"])
    assert use.later_reads == ("orders_order",)
    assert use.later_writes == ("notifications_mail",)


def test_an_unknown_function_touches_nothing() -> None:
    """Asking for a name the facts do not hold is no error."""
    assert Reachability(shop_facts()).of(["nowhere:nothing"]) == TableUse()


def test_effects_include_the_outside() -> None:
    """A function whose callee sends a mail has an effect; one that only computes has none."""
    reachability = Reachability(replace(shop_facts(), accesses=()))
    assert reachability.has_effect("shop.orders.services:place_order")
    assert not reachability.has_effect("shop.utils:paginate")


@given(CALLS, ACCESSES)
def test_equals_a_naive_search(
    calls: list[tuple[str, str, CallKind]], accesses: list[tuple[str, str, AccessMode]]
) -> None:
    """The condensation gives what following every path one by one gives."""
    facts = SystemFacts(
        root="m",
        calls=tuple(Call(caller, HERE, 0, callee, kind) for caller, callee, kind in calls),
        accesses=tuple(TableAccess(function, HERE, 0, table, mode, "x") for function, table, mode in accesses),
    )
    reachability = Reachability(facts)
    for function in {name for caller, callee, _ in calls for name in (caller, callee)}:
        now, later = _naive(facts, function)
        use = reachability.of([function])
        assert use.reads == _tables(facts, now, AccessMode.READ)
        assert use.writes == _tables(facts, now, AccessMode.WRITE)
        assert use.later_reads == _tables(facts, later, AccessMode.READ)
        assert use.later_writes == _tables(facts, later, AccessMode.WRITE)


def _naive(facts: SystemFacts, start: str) -> tuple[set[str], set[str]]:
    """The functions reached without and with a queued call on the way."""
    seen = {(start, False)}
    pending = [(start, False)]
    while pending:
        function, queued = pending.pop()
        for call in facts.calls:
            after = (call.callee, queued or call.kind is CallKind.ASYNC)
            if call.caller == function and after not in seen:
                seen.add(after)
                pending.append(after)
    return {name for name, queued in seen if not queued}, {name for name, queued in seen if queued}


def _tables(facts: SystemFacts, functions: set[str], mode: AccessMode) -> tuple[str, ...]:
    return tuple(sorted({a.table for a in facts.accesses if a.function in functions and a.mode is mode}))
