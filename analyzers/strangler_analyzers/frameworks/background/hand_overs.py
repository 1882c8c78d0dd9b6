"""Library calls that take a function and run it apart from the caller: a table, and the rule that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler.model.system import CallKind, Confidence
from strangler_analyzers.frameworks.methods import own_method
from strangler_analyzers.linker.knowledge import Effect, EffectRule, HandedOver, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.strings import first_string
from strangler_analyzers.linker.values import External, Frame, FunctionValue, InstanceValue, Values
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s


@dataclass(frozen=True, slots=True)
class HandOver:
    """A library call and the parameter that takes the function."""

    package: str
    """The prefix of the callee's path: ``concurrent.futures``."""
    name: str
    """The last name of the path: ``submit``."""
    position: int = 0
    keyword: str = ""
    kind: CallKind = CallKind.ASYNC
    waits: bool = False
    """Whether awaiting the call waits for the function to finish."""


_LOOP = ("asyncio", "uvloop")

_HAND_OVERS = (
    HandOver("threading", "Thread", 1, "target"),
    HandOver("threading", "Timer", 1, "function"),
    HandOver("_thread", "start_new_thread", 0, "function"),
    HandOver("multiprocessing", "Process", 1, "target"),
    HandOver("multiprocessing", "apply_async", 0, "func"),
    HandOver("multiprocessing", "map_async", 0, "func"),
    HandOver("multiprocessing", "starmap_async", 0, "func"),
    HandOver("concurrent.futures", "submit", 0, "fn"),
    HandOver("asyncio", "create_task", 0, "coro", waits=True),
    HandOver("asyncio", "ensure_future", 0, "coro_or_future", waits=True),
    HandOver("asyncio", "run_coroutine_threadsafe", 0, "coro"),
    *(HandOver(package, "run_in_executor", 1, "func", waits=True) for package in _LOOP),
    *(HandOver(package, "call_soon", 0, "callback") for package in _LOOP),
    *(HandOver(package, "call_soon_threadsafe", 0, "callback") for package in _LOOP),
    *(HandOver(package, "call_later", 1, "callback") for package in _LOOP),
    *(HandOver(package, "call_at", 1, "callback") for package in _LOOP),
    HandOver("anyio", "start_soon", 0, "func"),
    HandOver("trio", "start_soon", 0, "async_fn"),
    *(HandOver(package, name) for package in ("gevent", "eventlet") for name in ("spawn", "spawn_n")),
    *(HandOver(package, name, 1) for package in ("gevent", "eventlet") for name in ("spawn_later", "spawn_after")),
    HandOver("tornado", "spawn_callback", 0, "callback"),
    HandOver("tornado", "add_callback", 0, "callback"),
    HandOver("atexit", "register", 0, "func"),
    HandOver("signal", "signal", 1, "handler"),
    *(HandOver(package, "add_task", 0, "func") for package in ("starlette", "fastapi")),
    *(HandOver(package, "BackgroundTask", 0, "func") for package in ("starlette", "fastapi")),
    *(HandOver(package, "enqueue", 0, "f") for package in ("rq", "flask_rq2", "django_rq")),
    *(HandOver(package, "enqueue_call", 0, "func") for package in ("rq", "flask_rq2", "django_rq")),
    *(
        HandOver(package, name, 1, "func")
        for package in ("rq", "flask_rq2", "django_rq", "rq_scheduler")
        for name in ("enqueue_at", "enqueue_in", "cron", "schedule")
    ),
    HandOver("arq", "enqueue_job", 0, "function"),
    HandOver("django_q", "async_task", 0, "func"),
    HandOver("docket", "add", 0, "function"),
    HandOver("docket", "replace", 0, "function"),
    HandOver("apscheduler", "add_job", 0, "func"),
    HandOver("flask_apscheduler", "add_job", 1, "func"),
    HandOver("schedule", "do", 0, "job_func"),
    HandOver("django.db", "on_commit", 0, "func", CallKind.AFTER_COMMIT),
)
_BY_NAME = {
    name: tuple(hand_over for hand_over in _HAND_OVERS if hand_over.name == name)
    for name in dict.fromkeys(hand_over.name for hand_over in _HAND_OVERS)
}
_RUNNERS = frozenset({"threading.Thread", "threading.Timer", "multiprocessing.Process"})
"""Classes whose ``start`` runs ``run``."""
_UNIQUE = frozenset({"run_in_executor", "call_soon_threadsafe"})
"""Names that only event loops have, which suffice even if the loop itself is unknown."""


class HandOvers(EffectRule):
    """``Thread(target=f)``, ``executor.submit(f)``, ``queue.enqueue(f)``, ``on_commit(f)`` and similar calls."""

    calls_of = (External,)
    calls_named = _UNIQUE | {"start"}

    def hands_over(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterator[HandedOver]:
        """The argument that runs apart."""
        del resolver, frame
        if (hand_over := _hand_over(call, callees)) is not None:
            function = call.argument(hand_over.position, hand_over.keyword)
            if function is not None:
                yield HandedOver(function, hand_over.kind, waits=hand_over.waits)

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterator[Effect]:
        """A function handed over by its dotted name, and ``start()`` of a thread class of the program."""
        hand_over = _hand_over(call, callees)
        if hand_over is not None:
            name = call.argument(hand_over.position, hand_over.keyword)
            if isinstance(name, s.Constant | s.Name):
                yield from _named(resolver, first_string(resolver.evaluate(name, frame)), hand_over.kind)
        if isinstance(call.function, s.Attribute) and call.function.name == "start":
            for owner in resolver.evaluate(call.function.value, frame):
                if isinstance(owner, InstanceValue) and resolver.inherits(owner.scope, _RUNNERS):
                    run = own_method(resolver, owner.scope, "run")
                    if run is not None:
                        yield Runs(run, CallKind.ASYNC, Confidence.CERTAIN)


def _hand_over(call: s.Call, callees: Values) -> HandOver | None:
    paths = [callee.path for callee in callees if isinstance(callee, External)]
    for path in paths:
        for hand_over in _BY_NAME.get(path.rpartition(".")[2], ()):
            if path.startswith(f"{hand_over.package}."):
                return hand_over
    name = spelling.last_name(call.function)
    return _BY_NAME[name][0] if name in _UNIQUE and not paths else None


def _named(resolver: Resolver, path: str | None, kind: CallKind) -> Iterator[Runs]:
    """The function that a string such as ``shop.jobs.send`` names."""
    module, _, name = (path or "").rpartition(".")
    if module in resolver.program.units:
        for value in resolver.module_member(module, name):
            if isinstance(value, FunctionValue):
                yield Runs(value.scope, kind)
