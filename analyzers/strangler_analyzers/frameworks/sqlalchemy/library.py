"""The names of SQLAlchemy and of the packages that re-export them."""

from __future__ import annotations

import re

from strangler_analyzers.linker.values import External, Value
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import calls

PACKAGES = frozenset(
    {
        "sqlalchemy",
        "flask_sqlalchemy",
        "sqlmodel",
        "flask_appbuilder",
        "sqlalchemy_utils",
        "advanced_alchemy",
        "fastapi_users_db_sqlalchemy",
        "geoalchemy2",
        "flask_sqlalchemy_lite",
        "quart_sqlalchemy",
        "sqlalchemy_mixins",
    }
)
"""Packages whose classes and functions are SQLAlchemy's or derive from them."""

_FACADE = re.compile(
    r"^(?:flask_sqlalchemy|quart_sqlalchemy)(?:\.\w+)*\.SQLAlchemy\(\)|^flask_appbuilder(?:\.\w+)*\.(?:SQLA\(\)|get_sqla_class\(\)\(\))"
)
"""``db = SQLAlchemy()``: an object that has all names of ``sqlalchemy`` and ``sqlalchemy.orm`` as attributes."""
_SESSION_MAKERS = frozenset({"Session", "sessionmaker", "AsyncSession", "async_sessionmaker"})
_OWN_NAMES = frozenset({"Model", "session", "Query", "engine", "metadata", "paginate", "get_or_404", "first_or_404"})

_DECLARATIVE_BASE = re.compile(
    r"""(?x)
    (?: ^sqlalchemy\b.* \. (?:declarative_base|automap_base|generate_base)\(\)
      | ^sqlalchemy\b.* \. (?:DeclarativeBase|DeclarativeBaseNoMeta|DeclarativeMeta)
      | ^sqlmodel\b.*\.SQLModel
      | ^(?:flask_sqlalchemy|quart_sqlalchemy|flask_appbuilder)\b.*\.Model
      | ^advanced_alchemy\b.*\.(?:\w*Base)
      | ^fastapi_users_db_sqlalchemy\b.*\.SQLAlchemyBase\w+
    )$"""
)
_MAPPING_DECORATORS = frozenset({"mapped", "mapped_as_dataclass", "as_declarative", "as_declarative_base"})


def is_facade(path: str) -> bool:
    """Whether a path leads to Flask-SQLAlchemy's ``SQLAlchemy`` object itself."""
    match = _FACADE.match(path)
    return match is not None and match.end() == len(path)


def facade_member(path: str, name: str) -> str | None:
    """The path of ``db.name`` when SQLAlchemy itself defines it, without the way through the facade."""
    if not is_facade(path) or name in _OWN_NAMES:
        return None
    return f"sqlalchemy.{name}"


def name_of(value: Value) -> str | None:
    """What SQLAlchemy calls a value: the last part of its path (``Column``, ``mapped_column()``); None for others."""
    if not isinstance(value, External):
        return None
    head, _, rest = value.path.partition(".")
    if head not in PACKAGES:
        return None
    return rest.rpartition(".")[2] or head


def expires_on_commit(method: External) -> bool:
    """Whether a method's session expires its instances on commit, as far as is known."""
    if _FACADE.match(method.path) is not None:
        return True
    if method.site is None:
        return False
    made = list(calls((method.site.call,)))
    if not any((spelling.dotted(call.function) or "").rpartition(".")[2] in _SESSION_MAKERS for call in made):
        return False
    options = [call.keyword("expire_on_commit") for call in made]
    return not any(isinstance(option, s.Constant) and option.value is False for option in options)


def is_declarative_base(path: str) -> bool:
    """Whether classes below this one are mapped to tables."""
    return _DECLARATIVE_BASE.match(path) is not None


def names_table_by_itself(path: str) -> bool:
    """Whether a base gives each class a table name of its own (Flask-SQLAlchemy does)."""
    return path.startswith(("flask_sqlalchemy.", "quart_sqlalchemy.")) and path.endswith(".Model")


def is_sqlmodel(path: str) -> bool:
    """Whether a base is SQLModel's: only classes with ``table=True`` are mapped."""
    return path.startswith("sqlmodel.") and path.endswith(".SQLModel")


def is_mapping_decorator(value: Value) -> bool:
    """Whether a decorator maps the class it stands on: ``registry.mapped``, ``as_declarative()``."""
    name = name_of(value)
    return name is not None and name.removesuffix("()") in _MAPPING_DECORATORS
