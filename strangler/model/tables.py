"""The tables of an analysed monolith's database, as its source declares or names them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from strangler.model.location import Location


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """A column and its type as the source writes it (``CharField``, ``Integer``).

    `max_length` is in characters, 0 when unknown. `default` is JSON, empty when there is none or it is computed.
    `choices` are the values that the source allows, each as JSON, in order, ``...`` for those that it computes; empty
    when it sets no limit or computes all of them.
    """

    name: str
    type: str
    nullable: bool = False
    primary_key: bool = False
    max_length: int = 0
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class ForeignKey:
    """A reference from `column` to `target_column` of `target_table`."""

    column: str
    target_table: str
    target_column: str
    location: Location
    on_delete: str = ""


class TableOrigin(StrEnum):
    """The evidence that a table exists."""

    DJANGO = "django"
    SQLALCHEMY = "sqlalchemy"
    RAW_SQL = "raw-sql"
    FRAMEWORK = "framework"
    """Declared by an installed package the code refers to (``auth_user``)."""


@dataclass(frozen=True, slots=True)
class Table:
    """A database table.

    `model` is the class that maps it, ``module:qualname``; None for association tables and raw SQL.
    """

    name: str
    origin: TableOrigin
    model: str | None
    location: Location | None
    columns: tuple[Column, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
