"""What a database declares of a table beyond its columns' types, all of which a copy of the table needs as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from strangler_etl.engine.key_actions import Effect


@dataclass(frozen=True, slots=True)
class Numbering:
    """How a column numbers rows: by `step` from `start`.

    `limits` are the options of a PostgreSQL sequence that differ from the defaults, as SQL: ``MAXVALUE 99 CYCLE``.
    """

    limits: str = ""
    step: int = 1
    start: int = 1

    def options(self, place: int, of: int) -> str:
        """The options of an identity that takes every `of`-th number, beginning at `place`; empty for the defaults."""
        step = self.step * of
        # With a step, the numbers in between belong to somebody else.
        own = "" if step == 1 else f"INCREMENT BY {step} START WITH {self.start + place * self.step}"
        return f"{own} {self.limits}".strip()


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression over a table's columns, in the engine's own SQL.

    `needs` names what the expression uses beyond the engine itself: functions, types or operators that somebody has
    added. It is None where nothing is needed.
    """

    sql: str
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class IndexPart:
    """What an index is sorted by: a `column`, or an expression (None); `suffix` says how, as in ``DESC``."""

    column: str | None
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class DeclaredIndex:
    """An index of the source, which may keep values `unique`, over the rows that meet the condition `where`.

    `method` is PostgreSQL's, empty for the default. `odd` is a property that cannot be expressed here; None where there
    is none. `constraint` says that a constraint declares the index, with these words behind it, as ``DEFERRABLE``.
    """

    name: str
    parts: tuple[IndexPart, ...]
    unique: bool = False
    method: str = ""
    included: tuple[str, ...] = ()
    where: Condition | None = None
    odd: str | None = None
    nulls_alike: bool = False
    constraint: str | None = None


@dataclass(frozen=True, slots=True)
class DeclaredReference:
    """A foreign key to the columns `referred` of `parent`; `restricts` where it says RESTRICT rather than NO ACTION.

    `odd` is why it cannot be created elsewhere; None where it can.
    """

    name: str
    columns: tuple[str, ...]
    parent: str
    referred: tuple[str, ...]
    deleted: Effect = Effect.NOTHING
    updated: Effect = Effect.NOTHING
    restricts: bool = False
    odd: str | None = None


@dataclass(frozen=True, slots=True)
class DeclaredCheck:
    """A CHECK constraint; `odd` is why rows of its own table may not meet it, None where they do."""

    name: str
    condition: Condition
    odd: str | None = None


@dataclass(frozen=True, slots=True)
class OwnType:
    """An enumeration that the database declares, by its name; `statement` creates it elsewhere."""

    name: str
    statement: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is declared of one table; columns are those of the source.

    `computed` columns are expressions over others. `others` are things that are only reported, such as triggers, in
    words.
    """

    numbered: Mapping[str, Numbering] = field(default_factory=dict[str, Numbering])
    defaults: Mapping[str, Condition] = field(default_factory=dict[str, Condition])
    computed: Mapping[str, str] = field(default_factory=dict[str, str])
    checks: tuple[DeclaredCheck, ...] = ()
    indexes: tuple[DeclaredIndex, ...] = ()
    references: tuple[DeclaredReference, ...] = ()
    comment: str | None = None
    comments: Mapping[str, str] = field(default_factory=dict[str, str])
    own_types: Mapping[str, OwnType] = field(default_factory=dict[str, OwnType])
    others: Mapping[str, str] = field(default_factory=dict[str, str])
