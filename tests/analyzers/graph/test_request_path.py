"""The way of one request."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from strangler.model.location import Location
from strangler.model.system import (
    AccessMode,
    Call,
    CallKind,
    Confidence,
    ExternalKind,
    Function,
    OutsideUse,
    Route,
    SystemFacts,
    TableAccess,
)
from strangler_analyzers.graph.request_path import (
    AccessStep,
    CallStep,
    Continuation,
    OutsideStep,
    PathOptions,
    RequestPath,
    Step,
    Transaction,
    walk,
)
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts, without_places_to_enter

SERVICES = "shop/orders/services.py"


def way(options: PathOptions | None = None) -> RequestPath:
    """The way of POST /orders."""
    graph = SystemGraph(shop_facts())
    return graph.request_path(graph.find_routes("POST /orders")[0], options)


def call(name: str, path: RequestPath | None = None) -> CallStep:
    """The first call of a function on the way."""
    return next(step for step in (path or way()).walk() if isinstance(step, CallStep) and step.function.endswith(name))


def names(steps: Iterator[Step] | tuple[Step, ...]) -> list[str]:
    """What steps do, in a word."""
    return [
        step.function.partition(":")[2]
        if isinstance(step, CallStep)
        else f"{step.mode.value} {step.table}"
        if isinstance(step, AccessStep)
        else step.name
        for step in steps
    ]


def test_middleware_runs_before_the_handler() -> None:
    """Both are kept apart."""
    path = way()
    assert names(path.middleware) == ["AuthMiddleware.__call__"]
    assert names(path.handler) == ["create"]


def test_steps_stand_in_source_order() -> None:
    """Calls, accesses and outside uses of a function, by line and column."""
    assert names(call("place_order").steps) == ["reserve", "Order", "Order.save", "charge", "send_receipt"]
    assert names(call("charge").steps) == ["api.pay.example", "retry", "write orders_order"]


def test_a_callee_inherits_the_transaction_of_its_caller() -> None:
    """The access in `save` commits with the transaction `place_order` opened."""
    access = call("Order.save").steps[0]
    assert isinstance(access, AccessStep)
    assert access.transaction == Transaction(Location(SERVICES, 30), inherited=True)
    assert call("Order.save").transaction == Transaction(Location(SERVICES, 30), inherited=False)


def test_an_inner_transaction_is_a_savepoint() -> None:
    """It does not commit on its own."""
    write = call("reserve").steps[1]
    assert isinstance(write, AccessStep)
    assert write.transaction == Transaction(
        Location(SERVICES, 30), inherited=True, savepoint=Location("shop/catalog/stock.py", 13)
    )


def test_an_outside_use_shows_the_transaction_it_keeps_waiting() -> None:
    """Paying over HTTP while the order's rows are locked."""
    use = call("charge").steps[0]
    assert isinstance(use, OutsideStep)
    assert use.transaction == Transaction(Location(SERVICES, 30), inherited=True)


def test_queued_work_is_in_no_transaction_of_the_caller() -> None:
    """A task runs later, by itself."""
    receipt = call("send_receipt")
    assert receipt.kind is CallKind.ASYNC
    assert [step.transaction for step in receipt.steps] == [None, None, None]


def test_loops_are_marked() -> None:
    """Stock is reserved once per item."""
    assert call("reserve").in_loop
    assert not call("charge").in_loop


def test_recursion_is_cut_and_marked() -> None:
    """`charge` calls `retry` calls `charge`."""
    (inner,) = call("retry").steps
    assert isinstance(inner, CallStep)
    assert (inner.continuation, inner.steps) == (Continuation.RECURSIVE, ())


def test_the_depth_limit_cuts_calls_not_accesses() -> None:
    """The function below the limit is named, its steps are not shown."""
    cut = call("place_order", way(PathOptions(depth=0)))
    assert (cut.continuation, cut.steps) == (Continuation.TOO_DEEP, ())
    assert call("charge", way(PathOptions(depth=1))).continuation is Continuation.TOO_DEEP


def test_calls_without_effect_can_be_left_out() -> None:
    """Pagination touches nothing."""
    path = way(PathOptions(effects_only=True))
    assert "paginate" not in names(path.walk())
    assert "write orders_order" in names(path.walk())


def test_effects_are_what_is_read_written_sent_or_called() -> None:
    """Neither packages nor the environment, and no middleware that does nothing; a table once for each manner."""
    here = Location("m.py", 1)
    facts = SystemFacts(
        "m",
        calls=(Call("m:view", Location("m.py", 7), 0, "m:clock"),),
        accesses=(
            TableAccess("m:view", Location("m.py", 3), 0, "order", AccessMode.READ, "filter", Confidence.LIKELY),
            TableAccess("m:view", Location("m.py", 4), 0, "order", AccessMode.READ, "filter"),
            TableAccess("m:view", Location("m.py", 4), 9, "order", AccessMode.READ, "first"),
            TableAccess("m:view", Location("m.py", 5), 0, "order", AccessMode.READ, "get", in_loop=True),
            TableAccess("m:view", Location("m.py", 6), 0, "order", AccessMode.WRITE, "save"),
        ),
        outside=(
            OutsideUse("m:clock", Location("m.py", 20), 0, ExternalKind.PACKAGE, "Django", "now"),
            OutsideUse("m:debug", Location("m.py", 30), 0, ExternalKind.ENVIRONMENT, "DEBUG", "getenv"),
            OutsideUse("m:view", Location("m.py", 8), 0, ExternalKind.PACKAGE, "Django", "render"),
            OutsideUse("m:view", Location("m.py", 9), 0, ExternalKind.HTTP, "api.pay.example", "post"),
        ),
        routes=(Route("/", "GET", "m:view", "flask", here, entry=("m:debug", "m:view"), first_own=1),),
    )
    way = SystemGraph(facts).request_path(facts.routes[0], PathOptions(effects_only=True))
    assert way.middleware == ()
    (view,) = way.handler
    assert [(step.location.line, getattr(step, "operation", "")) for step in view.steps] == [
        (3, "filter, first"),
        (5, "get"),
        (6, "save"),
        (9, "post"),
    ]
    assert isinstance(view.steps[0], AccessStep)
    assert view.steps[0].confidence is Confidence.CERTAIN


def test_a_write_that_an_overridden_method_makes_is_one() -> None:
    """``save`` of the program that ends in the ORM's: it stands where it is made, not at its call as well."""
    first, middle, last = (Location("m.py", line) for line in (1, 5, 9))
    facts = SystemFacts(
        "m",
        functions=(Function("m:view", first, 3), Function("m:Own.save", middle, 7), Function("m:Base.save", last, 11)),
        calls=(
            Call("m:view", Location("m.py", 2), 4, "m:Own.save"),
            Call("m:Own.save", Location("m.py", 6), 4, "m:Base.save"),
        ),
        accesses=(
            TableAccess("m:Base.save", Location("m.py", 10), 4, "t", AccessMode.WRITE, "save"),
            TableAccess("m:view", Location("m.py", 2), 4, "t", AccessMode.WRITE, "save"),
            TableAccess("m:view", Location("m.py", 2), 4, "other", AccessMode.WRITE, "save"),
            TableAccess("m:view", Location("m.py", 3), 4, "t", AccessMode.WRITE, "save"),
        ),
    )
    step = SystemGraph(facts).function_path("m:view", PathOptions())
    assert [one.location.line for one in walk(step) if isinstance(one, AccessStep) and one.table == "t"] == [10, 3]
    assert any(isinstance(one, AccessStep) and one.table == "other" for one in step.steps)


def test_helpers_are_told_from_handlers() -> None:
    """What the framework does not run itself stands apart; what it touches counts all the same."""
    here = Location("urls.py", 1)
    route = Route("/", "GET", "m:View", "django", here, entry=("m:mw", "m:get", "m:title"), first_own=1, helpers=1)
    access = TableAccess("m:title", Location("m.py", 3), 0, "order", AccessMode.READ, "get")
    system = SystemGraph(SystemFacts("m", accesses=(access,), routes=(route,)))
    way = system.request_path(route)
    parts = (way.middleware, way.handler, way.helpers)
    assert [[step.function for step in part] for part in parts] == [["m:mw"], ["m:get"], ["m:title"]]
    assert access.location in {step.location for step in way.walk()}
    assert system.route_tables(route).reads == ("order",)


def test_a_function_is_shown_in_full_once_at_its_nearest_call() -> None:
    """The other call says where; with `repeat` both show it."""
    here = Location("m.py", 1)
    facts = SystemFacts(
        "m",
        calls=(
            Call("m:view", Location("m.py", 2), 0, "m:far"),
            Call("m:far", Location("m.py", 5), 0, "m:shared"),
            Call("m:view", Location("m.py", 3), 0, "m:shared"),
            Call("m:shared", Location("m.py", 9), 0, "m:leaf"),
        ),
        routes=(Route("/", "GET", "m:view", "flask", here, entry=("m:view",)),),
    )
    graph = SystemGraph(facts)
    (view,) = graph.request_path(facts.routes[0]).handler
    far, near = view.steps
    assert isinstance(far, CallStep)
    assert isinstance(near, CallStep)
    assert near.continuation is Continuation.SHOWN
    (other,) = far.steps
    assert isinstance(other, CallStep)
    assert (other.continuation, other.elsewhere) == (Continuation.ELSEWHERE, Location("m.py", 3))
    repeated = graph.request_path(facts.routes[0], PathOptions(repeat=True))
    assert names(repeated.walk()) == ["view", "far", "shared", "leaf", "shared", "leaf"]


def test_a_long_chain_of_calls_needs_no_recursion() -> None:
    """Call chains longer than the interpreter's stack are followed to the end."""
    length = sys.getrecursionlimit() * 2
    facts = SystemFacts(
        "m",
        functions=tuple(Function(f"m:f{n}", Location("m.py", n + 1), n + 1) for n in range(length)),
        calls=tuple(Call(f"m:f{n}", Location("m.py", n + 1), 0, f"m:f{n + 1}") for n in range(length - 1)),
        routes=(Route("/", "GET", "m:f0", "flask", Location("m.py", 1), entry=("m:f0",)),),
    )
    assert sum(1 for _ in SystemGraph(facts).request_path(facts.routes[0]).walk()) == length


def test_without_entry_functions_the_handler_is_the_way() -> None:
    """Facts that do not say what the framework runs still give a way."""
    graph = SystemGraph(without_places_to_enter(shop_facts()))
    path = graph.request_path(graph.find_routes("POST /orders")[0])
    assert (names(path.middleware), names(path.handler)) == ([], ["create"])
