"""Functions that a decorator makes jobs: the calls that queue them, and the jobs as entry points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler.model.system import CallKind, Confidence, EntryKind, EntryPoint, ExternalKind, ModuleRole
from strangler_analyzers.frameworks.outside.distributions import DISTRIBUTIONS
from strangler_analyzers.linker.knowledge import Effect, EffectRule, HandedOver, Outside, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Frame, FunctionValue, Values
from strangler_analyzers.source import syntax as s


@dataclass(frozen=True, slots=True)
class JobLibrary:
    """A library whose decorators make functions jobs."""

    packages: tuple[str, ...]
    decorators: frozenset[str]
    """Last names of the decorators: ``actor``."""
    methods: frozenset[str] = frozenset()
    """Methods of a job that queue it."""
    calls: bool = False
    """Whether calling a job queues it."""
    schedules: frozenset[str] = frozenset()
    """The decorators that schedule the job."""

    def makes(self, path: str) -> bool:
        """Whether a decorator of this path is one of the library's."""
        return path.partition(".")[0] in self.packages and path.removesuffix("()").rpartition(".")[2] in self.decorators


_PERIODIC = frozenset({"periodic_task", "db_periodic_task"})

_LIBRARIES = (
    JobLibrary(("rq", "django_rq", "flask_rq2"), frozenset({"job"}), frozenset({"delay"})),
    JobLibrary(
        ("huey",),
        frozenset({"task", "db_task", "context_task", *_PERIODIC}),
        frozenset({"schedule", "s"}),
        calls=True,
        schedules=_PERIODIC,
    ),
    JobLibrary(
        ("dramatiq", "django_dramatiq"),
        frozenset({"actor"}),
        frozenset({"send", "send_with_options", "message", "message_with_options"}),
    ),
    JobLibrary(("procrastinate",), frozenset({"task"}), frozenset({"defer", "defer_async"})),
    JobLibrary(("taskiq", "taskiq_redis", "taskiq_aio_pika"), frozenset({"task"}), frozenset({"kiq"})),
    JobLibrary(("django",), frozenset({"task"}), frozenset({"enqueue", "aenqueue"})),
)
PACKAGES = frozenset(package for library in _LIBRARIES for package in library.packages)
"""The packages that a program with such jobs imports."""


@dataclass(frozen=True, slots=True)
class Job:
    """A function that is a job."""

    library: JobLibrary
    package: str
    kind: EntryKind


class Jobs(EffectRule):
    """``f.delay()`` of a function decorated with ``@job``, ``f.send()`` with ``@actor``, ``f()`` with ``@task()``."""

    calls_of = (FunctionValue,)
    calls_named = frozenset(name for library in _LIBRARIES for name in library.methods)

    def __init__(self) -> None:
        self._known: dict[Scope, Job | None] = {}

    def of(self, resolver: Resolver, scope: Scope) -> Job | None:
        """The job of a function; None if it is not one."""
        if scope not in self._known:
            self._known[scope] = _job(resolver, scope)
        return self._known[scope]

    def hands_over(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterator[HandedOver]:
        """A job whose plain call queues it."""
        del frame
        for callee in callees:
            if isinstance(callee, FunctionValue) and (job := self.of(resolver, callee.scope)) and job.library.calls:
                yield HandedOver(call.function, CallKind.ASYNC)
                return

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterator[Effect]:
        """A method of a job that queues it."""
        if isinstance(call.function, s.Attribute):
            name = call.function.name
            if not any(name in library.methods for library in _LIBRARIES):
                return
            for owner in resolver.evaluate(call.function.value, frame):
                job = self.of(resolver, owner.scope) if isinstance(owner, FunctionValue) else None
                if isinstance(owner, FunctionValue) and job is not None and name in job.library.methods:
                    yield Runs(owner.scope, CallKind.ASYNC, Confidence.CERTAIN)
                    yield Outside(ExternalKind.QUEUE, DISTRIBUTIONS.get(job.package, job.package), name)

    def entry_points(self, resolver: Resolver) -> Iterator[EntryPoint]:
        """Every job of the application."""
        for scope in resolver.program.functions.values():
            if scope.module.role is ModuleRole.APPLICATION and (job := self.of(resolver, scope)) is not None:
                yield EntryPoint(job.kind, scope.name.replace(":", "."), scope.name, scope.location)


def _job(resolver: Resolver, scope: Scope) -> Job | None:
    if not isinstance(scope.node, s.Function):
        return None
    frame = resolver.frame(scope.parent or scope)
    for decorator in scope.node.decorators:
        for value in resolver.evaluate(decorator, frame):
            if isinstance(value, External):
                for library in _LIBRARIES:
                    if library.makes(value.path):
                        name = value.path.removesuffix("()").rpartition(".")[2]
                        kind = EntryKind.SCHEDULE if name in library.schedules else EntryKind.TASK
                        return Job(library, value.path.partition(".")[0], kind)
    return None
