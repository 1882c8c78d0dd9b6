"""Functions handed to a background task or to a thread."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.system import CallKind
from strangler_analyzers.linker.knowledge import Effect, EffectRule, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import External, Frame, FunctionValue, MethodValue, Value, Values
from strangler_analyzers.source import syntax as s

_THREADS = frozenset(
    {
        "starlette.concurrency.run_in_threadpool",
        "fastapi.concurrency.run_in_threadpool",
        "asgiref.sync.sync_to_async()",
    }
)


class BackgroundTasks(EffectRule):
    """``tasks.add_task(f)``, ``BackgroundTask(f)``, ``run_in_threadpool(f)``."""

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Effect]:
        """The function runs after the response, or in a thread while the caller waits."""
        kind = next((kind for callee in callees if (kind := _kind(callee)) is not None), None)
        expression = call.argument(0, "func")
        if kind is not None and expression is not None:
            for value in resolver.evaluate(expression, frame):
                if isinstance(value, FunctionValue | MethodValue):
                    yield Runs(value.scope, kind)


def _kind(callee: Value) -> CallKind | None:
    if not isinstance(callee, External):
        return None
    package, _, rest = callee.path.partition(".")
    if package in {"fastapi", "starlette"} and rest.endswith(("BackgroundTasks().add_task", "BackgroundTask")):
        return CallKind.ASYNC
    return CallKind.FRAMEWORK if callee.path in _THREADS else None
