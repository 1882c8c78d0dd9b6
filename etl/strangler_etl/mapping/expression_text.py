"""Reads the text of an SQL expression.

Read as a statement, which is what a parser expects first, `comment` or `load::text` would be a command, and not a
column that is called like one.
"""

from __future__ import annotations

from sqlglot import exp, parse_one
from sqlglot.errors import ParseError, SqlglotError


class NotAnExpressionError(Exception):
    """A text is no SQL expression; the message says why, on one line."""


def parsed_expression(text: str, dialect: str = "postgres") -> exp.Expr:
    """The expression that a text is. Raises NotAnExpressionError."""
    try:
        return parse_one(text, dialect=dialect, into=exp.Condition)
    except ParseError as error:
        # Where the parser is told what to read, the reason is the cause.
        reason = error.__cause__ or error
        raise NotAnExpressionError(str(reason).splitlines()[0]) from None
    except SqlglotError as error:
        raise NotAnExpressionError(str(error).splitlines()[0]) from None
