"""Celery: functions that run later in another process, and the calls that queue them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from strangler.model.location import Location
from strangler.model.system import CallKind, Confidence, EntryKind, EntryPoint, ExternalKind, ModuleRole
from strangler_analyzers.frameworks.framework import Framework, imports_any
from strangler_analyzers.frameworks.methods import own_method
from strangler_analyzers.linker.knowledge import Effect, EffectRule, Knowledge, Outside, Runs
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.strings import first_string
from strangler_analyzers.linker.values import (
    ClassValue,
    External,
    Frame,
    FunctionValue,
    InstanceValue,
    Value,
    Values,
)
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import statements

DEFAULT_QUEUE = "celery"
"""The queue of a task without a named queue: the default of the setting ``task_default_queue``."""

_TASK = External("celery.Task()")
_TASK_BASES = frozenset({"celery.Task", "celery.app.task.Task", "celery.task.Task", "celery.Celery().Task"})
_DECORATORS = frozenset(
    {
        "celery.shared_task",
        "celery.app.shared_task",
        "celery.Celery().task",
        "celery.app.base.Celery().task",
        "celery.task",
        "celery.task.task",
        "celery.decorators.task",
        "celery.decorators.periodic_task",
        "celery.task.periodic_task",
    }
)
_QUEUES = frozenset(
    {"delay", "apply_async", "s", "si", "signature", "subtask", "chunks", "map", "starmap", "delay_on_commit"}
)
_RUNS_NOW = frozenset({"apply", "run", "__call__"})
_BY_NAME = ("send_task", "signature", "subtask")
_SCHEDULES = frozenset({"beat_schedule", "CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE"})
_SCHEDULING = frozenset({"update", "add_periodic_task"})


@dataclass(frozen=True, slots=True)
class Task:
    """A task: its registered name, the function it runs, and what a task class of the program runs around it."""

    name: str
    function: Scope
    base: Scope | None = None


class Tasks:
    """The tasks of one program, by function or class and by name."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self.by_scope: dict[Scope, Task] = {}
        for scope in resolver.program.functions.values():
            if scope.module.role is ModuleRole.APPLICATION and (task := self._decorated(scope)) is not None:
                self.by_scope[scope] = task
        for scope in resolver.program.classes.values():
            if scope.module.role is ModuleRole.APPLICATION and resolver.inherits(scope, _TASK_BASES):
                function = own_method(resolver, scope, "run")
                if function is not None:
                    name = first_string(resolver.member(scope, "name", on_class=True)) or scope.name.replace(":", ".")
                    self.by_scope[scope] = Task(name, function)
        self.by_name = {task.name: task for task in self.by_scope.values()}

    def of_value(self, value: Value) -> Task | None:
        """The task that a value is: a decorated function, a task class or an instance of one."""
        match value:
            case FunctionValue(scope=scope) | ClassValue(scope=scope) | InstanceValue(scope=scope):
                return self.by_scope.get(scope)
            case _:
                return None

    def _decorated(self, scope: Scope) -> Task | None:
        assert isinstance(scope.node, s.Function)
        frame = Frame(scope.parent or scope)
        for decorator in scope.node.decorators:
            values = self._resolver.evaluate(decorator, frame)
            if not any(self._makes_tasks(value) for value in values):
                continue
            call = decorator if isinstance(decorator, s.Call) else None
            name = first_string(self._given(call, "name", frame)) or scope.name.replace(":", ".")
            base = next((v.scope for v in self._given(call, "base", frame) if isinstance(v, ClassValue)), None)
            return Task(name, scope, own_method(self._resolver, base, "__call__") if base is not None else None)
        return None

    def _makes_tasks(self, value: Value, depth: int = 0) -> bool:
        match value:
            case External(path=path):
                return path.removesuffix("()") in _DECORATORS
            case FunctionValue(scope=scope, receiver=receiver) if depth < 3:
                made = self._resolver.returned(Frame(scope, receiver))
                return any(self._makes_tasks(inner, depth + 1) for inner in made)
            case _:
                return False

    def _given(self, call: s.Call | None, name: str, frame: Frame) -> Values:
        expression = call.keyword(name) if call is not None else None
        return self._resolver.evaluate(expression, frame) if expression is not None else ()


class _TaskIndex:
    """The tasks of the resolver in use, found on first use."""

    def __init__(self) -> None:
        self._resolver: Resolver | None = None
        self._tasks: Tasks | None = None
        self._reading = False

    def ready(self, resolver: Resolver) -> Tasks | None:
        """The tasks; None while they are being found."""
        if self._reading:
            return None
        if self._tasks is None or self._resolver is not resolver:
            self._reading = True
            try:
                self._resolver, self._tasks = resolver, Tasks(resolver)
            finally:
                self._reading = False
        return self._tasks


class TaskValues(Knowledge):
    """A decorated function is a task, with ``delay`` and the other methods of tasks."""

    attributes_of = (FunctionValue,)

    def __init__(self, index: _TaskIndex) -> None:
        self._index = index

    def prepare(self, resolver: Resolver) -> None:
        """Find the tasks."""
        self._index.ready(resolver)

    def attribute(self, resolver: Resolver, value: Value, name: str) -> Values | None:
        """Attributes of a task."""
        if not isinstance(value, FunctionValue):
            return None
        tasks = self._index.ready(resolver)
        if tasks is None or value.scope not in tasks.by_scope:
            return None
        return (value,) if name in {"run", "__wrapped__"} else (External(f"{_TASK.path}.{name}"),)

    def argument(self, resolver: Resolver, scope: Scope, parameter: s.Parameter) -> Values | None:
        """``self`` of a bound task."""
        if parameter.name != "self" or scope.owner is not None or parameter.name != scope.first_parameter():
            return None
        tasks = self._index.ready(resolver)
        return (_TASK,) if tasks is not None and scope in tasks.by_scope else None


class TaskCalls(EffectRule):
    """``task.delay()`` and similar calls run the task later."""

    calls_of = (External,)
    calls_named = _QUEUES.union(_RUNS_NOW, _BY_NAME)

    def __init__(self, index: _TaskIndex) -> None:
        self._index = index

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterator[Effect]:
        """The task a call queues, and the queue it goes to."""
        tasks = self._index.ready(resolver)
        if tasks is None:
            return
        if any(isinstance(callee, External) for callee in callees):
            yield from _handed_over(resolver, tasks, call, frame)
        if not isinstance(call.function, s.Attribute):
            return
        name = call.function.name
        if name in _QUEUES or name in _RUNS_NOW:
            for value in resolver.evaluate(call.function.value, frame):
                if (task := tasks.of_value(value)) is not None and _is_task_method(task, value, name):
                    yield from _effects(task, name, first_string(self._queue(resolver, call, frame)))
        elif name in _BY_NAME and call.arguments:
            task = tasks.by_name.get(first_string(resolver.evaluate(call.arguments[0], frame)) or "")
            if task is not None:
                yield from _effects(task, name, first_string(self._queue(resolver, call, frame)))

    @staticmethod
    def _queue(resolver: Resolver, call: s.Call, frame: Frame) -> Values:
        queue = call.keyword("queue")
        return resolver.evaluate(queue, frame) if queue is not None else ()


def _handed_over(resolver: Resolver, tasks: Tasks, call: s.Call, frame: Frame) -> Iterator[Effect]:
    """``on_commit(task.delay)``, ``partial(task.delay, 1)``: a library receives the method that queues the task."""
    for argument in call.arguments:
        if isinstance(argument, s.Attribute) and argument.name in _QUEUES:
            for value in resolver.evaluate(argument.value, frame):
                if (task := tasks.of_value(value)) is not None:
                    yield from _effects(task, argument.name, None)


def _is_task_method(task: Task, value: Value, name: str) -> bool:
    """``run()`` on an instance of a task class is a plain call, which the linker follows itself."""
    return not (name in {"run", "__call__"} and (isinstance(value, InstanceValue) or task.base is None))


def _effects(task: Task, operation: str, queue: str | None) -> Iterator[Effect]:
    kind = CallKind.FRAMEWORK if operation in _RUNS_NOW else CallKind.ASYNC
    if task.base is not None:
        yield Runs(task.base, kind, Confidence.LIKELY)
    yield Runs(task.function, kind, Confidence.CERTAIN)
    if operation not in _RUNS_NOW:
        yield Outside(ExternalKind.QUEUE, queue or DEFAULT_QUEUE, operation)


class Celery(Framework):
    """Tasks as entry points, the calls that queue them, and the beat schedule."""

    name = "celery"

    def __init__(self) -> None:
        self._index = _TaskIndex()

    def present(self, program: Program) -> bool:
        """Whether any module imports Celery."""
        return imports_any(program, frozenset({"celery"}))

    def knowledge(self) -> Iterable[Knowledge]:
        """The behaviour of tasks as values."""
        return (TaskValues(self._index),)

    def effects(self) -> Iterable[EffectRule]:
        """The effects of queuing a task."""
        return (TaskCalls(self._index),)

    def entry_points(self, resolver: Resolver) -> Iterable[EntryPoint]:
        """Every task, and every entry of the beat schedule."""
        tasks = self._index.ready(resolver)
        if tasks is None:
            return
        for task in tasks.by_scope.values():
            yield EntryPoint(EntryKind.TASK, task.name, task.function.name, task.function.location)
        for name, task, location in _scheduled(resolver, tasks):
            yield EntryPoint(EntryKind.SCHEDULE, name, task.function.name, location)


def _scheduled(resolver: Resolver, tasks: Tasks) -> Iterator[tuple[str, Task, Location]]:
    """Entries of ``beat_schedule`` and calls of ``add_periodic_task``: name, task and location."""
    for scope in resolver.program.scopes():
        if scope.module.role is not ModuleRole.APPLICATION:
            continue
        for statement in statements(scope.node.body):
            if isinstance(statement, s.Assign) and any(_last_name(name) in _SCHEDULES for name in statement.targets):
                location = scope.module.at(statement.line)
                if isinstance(statement.value, s.Mapping):
                    yield from _entries(resolver, tasks, statement.value, Frame(scope), location)
        for call in scope.calls:
            if isinstance(call.function, s.Attribute) and call.function.name in _SCHEDULING:
                yield from _from_call(resolver, tasks, call, scope)


def _from_call(resolver: Resolver, tasks: Tasks, call: s.Call, scope: Scope) -> Iterator[tuple[str, Task, Location]]:
    name, location, frame = _last_name(call.function), scope.module.at(call.line), Frame(scope)
    schedule = call.keyword("beat_schedule") if name == "update" else None
    if isinstance(schedule, s.Mapping):
        yield from _entries(resolver, tasks, schedule, frame, location)
    if name != "add_periodic_task" or len(call.arguments) < 2:
        return
    signature = call.arguments[1]
    if isinstance(signature, s.Call) and isinstance(signature.function, s.Attribute):
        label = call.keyword("name")
        for value in resolver.evaluate(signature.function.value, frame):
            if (task := tasks.of_value(value)) is not None:
                text = first_string(resolver.evaluate(label, frame)) if label is not None else None
                yield text or task.name, task, location


def _entries(
    resolver: Resolver, tasks: Tasks, schedule: s.Mapping, frame: Frame, location: Location
) -> Iterator[tuple[str, Task, Location]]:
    for key, entry in zip(schedule.keys, schedule.values, strict=True):
        if key is None or not isinstance(entry, s.Mapping):
            continue
        for option, value in zip(entry.keys, entry.values, strict=True):
            if isinstance(option, s.Constant) and option.value == "task":
                task = tasks.by_name.get(first_string(resolver.evaluate(value, frame)) or "")
                if task is not None:
                    yield first_string(resolver.evaluate(key, frame)) or task.name, task, location


def _last_name(expression: s.Expression) -> str:
    return (spelling.dotted(expression) or "").rpartition(".")[2]
