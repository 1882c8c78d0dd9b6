"""Functions that run when an application starts and stops."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import EntryKind, EntryPoint
from strangler_analyzers.frameworks.starlette.endpoints import endpoints
from strangler_analyzers.frameworks.starlette.registrations import EVENT
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.parts import Wiring
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, Site


def lifespans(evaluator: Evaluator, wiring: Wiring) -> Iterator[EntryPoint]:
    """Lifespan contexts, startup and shutdown handlers of every application and router."""
    for hook in wiring.hooks:
        if hook.moment == EVENT:
            yield _entry(hook.function)
    for part in wiring.parts:
        if isinstance(part, External) and part.site is not None:
            yield from map(_entry, _given(evaluator, part.site))


def _given(evaluator: Evaluator, site: Site) -> Iterator[Scope]:
    yield from endpoints(evaluator.parameters.argument(site.call, site.frame, None, "lifespan"))
    for name in ("on_startup", "on_shutdown"):
        handlers = evaluator.parameters.argument(site.call, site.frame, None, name)
        yield from endpoints(tuple(evaluator.containers.flat(handlers)))


def _entry(function: Scope) -> EntryPoint:
    return EntryPoint(EntryKind.LIFESPAN, function.short_name, function.name, function.location)
