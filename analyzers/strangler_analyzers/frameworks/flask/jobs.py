"""RQ: functions that run later, in a worker."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.system import CallKind
from strangler_analyzers.linker.knowledge import Effect, EffectRule, Runs
from strangler_analyzers.linker.program import Scope
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import External, Frame, FunctionValue, MethodValue, Values
from strangler_analyzers.source import syntax as s

_POSITIONS = {"enqueue": 0, "enqueue_call": 0, "enqueue_at": 1, "enqueue_in": 1, "cron": 1, "schedule": 1}


class RedisQueueJobs(EffectRule):
    """``queue.enqueue(f)`` and ``f.delay()`` of a function decorated with ``@job``."""

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Effect]:
        """The function runs asynchronously."""
        if not isinstance(call.function, s.Attribute):
            return
        name = call.function.name
        if name in _POSITIONS and any(_is_queue(callee) for callee in callees):
            expression = call.argument(_POSITIONS[name], "func" if name == "enqueue_call" else "f")
            if expression is not None:
                for value in resolver.evaluate(expression, frame):
                    if isinstance(value, FunctionValue | MethodValue):
                        yield Runs(value.scope, CallKind.ASYNC)
        elif name == "delay":
            for owner in resolver.evaluate(call.function.value, frame):
                if isinstance(owner, FunctionValue) and _is_job(resolver, owner.scope):
                    yield Runs(owner.scope, CallKind.ASYNC)


def _is_queue(callee: object) -> bool:
    return isinstance(callee, External) and callee.path.startswith(("rq.", "flask_rq2.", "rq_scheduler.", "django_rq."))


def _is_job(resolver: Resolver, scope: Scope) -> bool:
    if not isinstance(scope.node, s.Function):
        return False
    for decorator in scope.node.decorators:
        function = decorator.function if isinstance(decorator, s.Call) else decorator
        for value in resolver.evaluate(function, Frame(scope.parent or scope)):
            if isinstance(value, External) and value.path.endswith(".job") and _is_queue(value):
                return True
    return False
