"""Work that runs apart from its caller, in any program."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.system import EntryPoint
from strangler_analyzers.frameworks.background.hand_overs import HandOvers
from strangler_analyzers.frameworks.background.jobs import PACKAGES, Jobs
from strangler_analyzers.frameworks.framework import Framework, imports_any
from strangler_analyzers.linker.knowledge import EffectRule
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver


class Background(Framework):
    """Threads, event loops, queues for arbitrary functions, and callbacks after a commit."""

    def present(self, program: Program) -> bool:
        """Always: a thread needs no package."""
        return True

    def effects(self) -> Iterable[EffectRule]:
        """What is handed over."""
        return (HandOvers(),)


class JobQueues(Framework):
    """Functions that decorators of RQ, Huey, Dramatiq and similar libraries make jobs."""

    def __init__(self) -> None:
        self._jobs = Jobs()

    def present(self, program: Program) -> bool:
        """Whether the program imports a job library."""
        return imports_any(program, PACKAGES)

    def effects(self) -> Iterable[EffectRule]:
        """What queues a job."""
        return (self._jobs,)

    def entry_points(self, resolver: Resolver) -> Iterable[EntryPoint]:
        """The jobs."""
        return self._jobs.entry_points(resolver)
