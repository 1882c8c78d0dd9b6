"""The frameworks that the analysis knows, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from strangler.model.errors import InputError
from strangler.project import Framework as Declared
from strangler.project import Monolith
from strangler_analyzers.frameworks.background.framework import Background, JobQueues
from strangler_analyzers.frameworks.celery import Celery
from strangler_analyzers.frameworks.click_commands import CommandLines
from strangler_analyzers.frameworks.connexion.framework import Connexion
from strangler_analyzers.frameworks.django.framework import Django
from strangler_analyzers.frameworks.flask.framework import Flask
from strangler_analyzers.frameworks.framework import Framework
from strangler_analyzers.frameworks.outside.framework import OutsideWorld
from strangler_analyzers.frameworks.sql.framework import RawSql
from strangler_analyzers.frameworks.sqlalchemy.framework import SqlAlchemy
from strangler_analyzers.frameworks.starlette.framework import Starlette
from strangler_analyzers.linker.program import Program

FRAMEWORKS: tuple[type[Framework], ...] = (
    Django,
    Flask,
    Connexion,
    Starlette,
    SqlAlchemy,
    RawSql,
    CommandLines,
    Celery,
    JobQueues,
    Background,
    OutsideWorld,
)
_DECLARED = {
    Declared.DJANGO: Django,
    Declared.FLASK: Flask,
    Declared.FASTAPI: Starlette,
    Declared.STARLETTE: Starlette,
}


def frameworks_of(program: Program, monolith: Monolith) -> Sequence[Callable[[], Framework]]:
    """A constructor for each framework that the program uses; of web frameworks only the declared one, if any.

    Raises InputError if the source does not contain a declared module.
    """
    _check_modules(program, {"settings": monolith.settings, "urlconf": monolith.urlconf})
    declared = None if monolith.framework is None else _DECLARED[monolith.framework]
    makers: list[Callable[[], Framework]] = []
    for framework in FRAMEWORKS:
        is_web = framework in _DECLARED.values()
        if framework is declared or (framework().present(program) and (declared is None or not is_web)):
            is_django = framework is Django
            makers.append(partial(Django, monolith.settings, monolith.urlconf) if is_django else framework)
    return makers


def _check_modules(program: Program, declared: Mapping[str, str | None]) -> None:
    for key, name in declared.items():
        is_class = name is not None and ":".join(name.rsplit(".", 1)) in program.classes
        if name is not None and name not in program.units and not is_class:
            raise InputError(
                f"the source has no module {name}, which strangler.toml declares as {key}",
                remedy=f"correct {key} in [monolith]",
            )
