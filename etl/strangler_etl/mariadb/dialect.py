"""Translates a mapping's PostgreSQL SQL to MariaDB, where MySQL's translation would fail or lose something.

Importing this module registers the dialect ``mariadb`` with sqlglot.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.mysql import MySQL
from sqlglot.generators.mysql import MySQLGenerator

NAME = "mariadb"
_MOMENTS = frozenset({
    exp.DType.DATETIME, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPLTZ,
})  # fmt: skip
_CASTS = {
    exp.DType.TIME: "TIME(6)",
    exp.DType.TIMETZ: "TIME(6)",
    exp.DType.DECIMAL: "DECIMAL(65, 30)",
    exp.DType.DOUBLE: "DOUBLE",
    exp.DType.FLOAT: "FLOAT",
    exp.DType.VARBINARY: "BINARY",
    exp.DType.BINARY: "BINARY",
}
"""Without a precision MariaDB would cut fractions off."""
_KEPT = frozenset({exp.DType.JSON, exp.DType.JSONB, exp.DType.UUID})
"""Types that are texts in MariaDB, and parsed by the target."""


class MariaDBGenerator(MySQLGenerator):
    """Writes expressions."""

    TRANSFORMS = {  # noqa: RUF012 - as its base declares it
        name: write for name, write in MySQLGenerator.TRANSFORMS.items() if name is not exp.JSONExtractScalar
    }

    def cast_sql(self, expression: exp.Cast, safe_prefix: str | None = None) -> str:
        """Write a cast; sizes are those of PostgreSQL's types."""
        this, type_ = self.sql(expression, "this"), expression.to
        kind = type_.this
        if kind in _KEPT:
            return this
        if kind in _MOMENTS:
            precision = self.sql(type_.expressions[0]) if type_.expressions else "6"
            return f"CAST({this} AS DATETIME({precision}))"
        if kind is exp.DType.BOOLEAN:
            # A number; MariaDB would read a text by its leading number.
            return f"({this} <> 0)"
        if kind is exp.DType.INTERVAL or isinstance(kind, str):
            self.unsupported(f"a cast to {type_.sql(dialect='postgres')}")
        if kind in _CASTS and not type_.expressions:
            return f"CAST({this} AS {_CASTS[kind]})"
        return super().cast_sql(expression, safe_prefix)

    def jsonextractscalar_sql(self, expression: exp.JSONExtractScalar) -> str:
        """Write ``->>``; JSON's null is NULL."""
        found = self.func("JSON_EXTRACT", expression.this, expression.expression)
        return f"CASE WHEN JSON_TYPE({found}) = 'NULL' THEN NULL ELSE JSON_UNQUOTE({found}) END"

    def regexplike_sql(self, expression: exp.RegexpLike) -> str:
        """Write ``~``."""
        return f"({self.sql(expression.this)} REGEXP BINARY {self.sql(expression.expression)})"

    def attimezone_sql(self, expression: exp.AtTimeZone) -> str:
        """Refuse: it means one thing for timestamps with a zone, and another for those without."""
        self.unsupported("AT TIME ZONE")
        return self.sql(expression.this)


class MariaDB(MySQL):
    """The dialect."""

    Generator = MariaDBGenerator
