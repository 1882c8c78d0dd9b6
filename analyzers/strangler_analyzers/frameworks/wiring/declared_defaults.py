"""The default of a setting: the one that a declaration or a lookup in the environment names.

The signatures are those of pydantic's and SQLModel's ``Field``, ``dataclasses.field``, attrs, python-decouple,
Starlette's ``Config``, environs and django-environ.
"""

from __future__ import annotations

from strangler_analyzers.source import syntax as s

_KEYWORD_ONLY = None
_POSITIONS: dict[str, int | None] = {
    "pydantic.Field": 0,
    "pydantic.fields.Field": 0,
    "pydantic.v1.Field": 0,
    "sqlmodel.Field": 0,
    "sqlmodel.main.Field": 0,
    "dataclasses.field": _KEYWORD_ONLY,
    "attr.field": _KEYWORD_ONLY,
    "attr.ib": 0,
    "attr.attrib": 0,
    "attrs.field": _KEYWORD_ONLY,
    "decouple.config": 1,
    "decouple.Config()": 1,
    "decouple.AutoConfig()": 1,
    "starlette.config.Config()": 2,
    "starlette.config.Config().get": 2,
    "environs.Env()": 1,
    "environs.Env().str": 1,
    "environs.env": 1,
    "environs.env.str": 1,
    "environ.Env()": 2,
    "environ.Env().str": 1,
}
"""The position of each function's default argument besides the keyword ``default``; None if keyword-only."""


def declared_default(path: str, call: s.Call) -> s.Expression | None:
    """The default that a call of a library function names; None if it names none or means something else."""
    if path not in _POSITIONS:
        return None
    position = _POSITIONS[path]
    return call.keyword("default") if position is None else call.argument(position, "default")
