"""The tables an SQL text reads, writes and creates."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from strangler.model.system import AccessMode
from strangler.model.tables import Column
from strangler_analyzers.frameworks.column_literals import sql_default

if TYPE_CHECKING:
    from sqlglot import exp

HOLE = "strangler_unknown_part"
"""Stands in an SQL text for a part that only the running program knows."""

# Nothing that was passed over is tried another way: a long row of comments would else take for ever.
# An atomic group, because a possessive repetition of a group does not match rightly before CPython 3.11.5.
_BEGINS = re.compile(
    r"(?is)(?>(?:\s++|--[^\n]*+\n|(?>/\*.*?\*/)|\()*)"
    r"(?:(?:select|insert|update|delete|with|merge|truncate|replace|copy)\b\s*+\S"
    r"|(?:create|drop|alter|refresh)\s++(?:\w++\s++){0,3}?(?:table|view)\b)"
)
_NAMED_PLACE = re.compile(r"%\((\w+)\)s")
_CLAUSE_WORDS = (
    r"by|select|distinct|from|join|into|update|table|where|on|limit|offset|set|values|having|using|returning"
)
_OPERATOR_WORDS = r"and|or|not|in|like|ilike|between|then|else|when|as|case|is|any|all|only"
_LOOSE_HOLE = re.compile(
    r"(?i)(?:(?<=\s)|(?<=\)))(?<![=<>(,+*/|.'\"-]\s)"
    + "".join(rf"(?<!\b{word}\s)" for word in f"{_CLAUSE_WORDS}|{_OPERATOR_WORDS}".split("|"))
    + rf"{HOLE}(?!\w)"
)
"""An unknown part that stands where no operand is wanted: a whole clause, or nothing."""
_CATALOGUES = frozenset({"information_schema", "pg_catalog", "mysql", "performance_schema", "sys"})
_SYSTEM = re.compile(r"(?i)^(?:pg_|sqlite_|information_schema|alembic_version$|django_migrations$)")


@dataclass(frozen=True, slots=True)
class CreatedTable:
    """A table that a ``CREATE TABLE`` declares, and those its foreign keys lead to."""

    name: str
    columns: tuple[Column, ...]
    referred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SqlText:
    """What an SQL text does. `accesses` are table, mode and the statement's verb, in the order of the text."""

    accesses: tuple[tuple[str, AccessMode, str], ...] = ()
    created: tuple[CreatedTable, ...] = ()


def looks_like_sql(text: str) -> bool:
    """Whether a text begins as a statement about tables does."""
    return _BEGINS.match(text) is not None


@lru_cache(maxsize=4096)
def read_sql(text: str, dialects: tuple[str, ...]) -> SqlText | None:
    """What a text does, read with the first dialect that can; None if none can."""
    # Imported when there is SQL to read: it costs more than the analysis of a small program.
    import sqlglot  # noqa: PLC0415
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    logger = logging.getLogger("sqlglot")
    for variant in _variants(text):
        for dialect in (*dialects, None):
            try:
                logger.disabled = True  # It reports what it cannot read, and so do we.
                statements = sqlglot.parse(variant, read=dialect)
            except (SqlglotError, RecursionError, ValueError):
                continue
            finally:
                logger.disabled = False
            known = [statement for statement in statements if statement is not None]
            if known and not all(statement.key == "command" for statement in known):
                return _combined(known, folds=dialect != "mysql")
    return None


def _variants(text: str) -> Iterator[str]:
    """The text with driver placeholders spelled as SQL does; unknown parts as names, then left out where they may."""
    plain = _NAMED_PLACE.sub(r":\1", text).replace("%s", "?").replace("%%", "%")
    yield plain
    if HOLE in plain:
        yield _LOOSE_HOLE.sub(" ", plain)


def _combined(statements: Sequence[exp.Expr], *, folds: bool) -> SqlText:
    accesses: dict[tuple[str, AccessMode, str], None] = {}
    created: list[CreatedTable] = []
    for statement in statements:
        reader = _Reader(statement, folds=folds)
        accesses.update(dict.fromkeys(reader.accesses()))
        created.extend(reader.created())
    return SqlText(tuple(accesses), tuple(created))


class _Reader:
    """Reads one parsed statement."""

    def __init__(self, statement: exp.Expr, *, folds: bool) -> None:
        from sqlglot import exp as expressions  # noqa: PLC0415

        self._exp = expressions
        self._statement = statement
        self._folds = folds
        self._hidden = {self._spelled(cte.args["alias"].this) for cte in statement.find_all(expressions.CTE)}

    def accesses(self) -> Iterator[tuple[str, AccessMode, str]]:
        """Tables changed by the statement or by one inside it, and all others as read."""
        expressions = self._exp
        if isinstance(self._statement, expressions.Create) and self._statement.kind != "VIEW" and self._is_definition():
            return
        verb = self._statement.key.upper().replace("TRUNCATETABLE", "TRUNCATE").replace("QUERY", "SELECT")
        targets = {id(table) for table in self._targets()}
        for table in self._statement.find_all(expressions.Table):
            name = self._name(table)
            if name is None:
                continue
            if id(table) in targets:
                yield name, AccessMode.WRITE, verb
            else:
                yield name, AccessMode.READ, "SELECT" if verb in {"UNION", "SUBQUERY"} else verb

    def _is_definition(self) -> bool:
        """``CREATE TABLE`` with columns touches no rows; ``CREATE TABLE AS SELECT`` does."""
        return self._statement.args.get("expression") is None

    def _targets(self) -> Iterator[exp.Table]:
        expressions = self._exp
        for node in self._statement.walk():
            if isinstance(node, expressions.Insert | expressions.Update | expressions.Delete | expressions.Merge):
                yield from self._tables_in(node.this)
                for table in node.args.get("tables") or ():
                    yield from self._tables_in(table)
            elif isinstance(node, expressions.TruncateTable):
                for table in node.expressions:
                    yield from self._tables_in(table)
            elif isinstance(node, expressions.Create | expressions.Drop | expressions.Alter | expressions.Copy):
                yield from self._tables_in(node.this)

    def _tables_in(self, node: object) -> Iterator[exp.Table]:
        """The table a target names: itself, or what stands in ``table (columns)``; never one in a subquery."""
        expressions = self._exp
        if isinstance(node, expressions.Table):
            yield node
        elif isinstance(node, expressions.Schema):
            yield from self._tables_in(node.this)

    def created(self) -> Iterator[CreatedTable]:
        """The tables the statement declares; temporary ones do not count."""
        expressions = self._exp
        statement = self._statement
        if not isinstance(statement, expressions.Create) or statement.kind != "TABLE":
            return
        if statement.find(expressions.TemporaryProperty) is not None:
            return
        schema = statement.this
        table = schema.this if isinstance(schema, expressions.Schema) else schema
        name = self._name(table) if isinstance(table, expressions.Table) else None
        if name is not None:
            definitions = schema.find_all(expressions.ColumnDef) if isinstance(schema, expressions.Schema) else ()
            yield CreatedTable(name, tuple(sorted(map(self._column, definitions))), tuple(self._referred(schema)))

    def _referred(self, schema: exp.Expr) -> Iterator[str]:
        for reference in schema.find_all(self._exp.Reference):
            for table in self._tables_in(reference.this):
                name = self._name(table)
                if name is not None:
                    yield name

    def _column(self, definition: exp.ColumnDef) -> Column:
        expressions = self._exp
        primary = definition.find(expressions.PrimaryKeyColumnConstraint) is not None
        constraint = definition.find(expressions.NotNullColumnConstraint)
        required = constraint is not None and not constraint.args.get("allow_null")
        kind = definition.args.get("kind")
        given = definition.find(expressions.DefaultColumnConstraint)
        return Column(
            definition.name,
            kind.sql() if kind is not None else "",
            not (primary or required),
            primary,
            default="" if given is None else sql_default(given.this.sql()),
        )

    def _name(self, table: exp.Table) -> str | None:
        """The table's name; None for functions, unknown parts, named subqueries and the database's own catalogue."""
        if not isinstance(table.this, self._exp.Identifier) or table.db.lower() in _CATALOGUES:
            return None
        name = self._spelled(table.this)
        if not name or HOLE in name or _SYSTEM.match(name) or (not table.db and name in self._hidden):
            return None
        return name

    def _spelled(self, identifier: exp.Expr) -> str:
        """Databases fold names that stand without quotes."""
        name = identifier.name
        return name if identifier.args.get("quoted") or not self._folds else name.lower()
