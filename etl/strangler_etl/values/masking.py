"""The SQL that masks a personal value before it leaves the source."""

from __future__ import annotations

from sqlglot import exp

from strangler.project import MaskedColumn, MaskKind

SQLITE_FUNCTION = "strangler_sha256"
"""A function that SQLite lacks and all our connections to it define: a text's SHA-256 in hexadecimal."""


def masked(column: MaskedColumn, value: exp.Expr, dialect: str) -> exp.Expr:
    """The masked value, as an expression over the source; always a text, and NULL for NULL."""
    match column.kind:
        case MaskKind.MASK:
            shown = exp.Literal.string(column.text)
            hidden: exp.Expr = exp.Case(ifs=[exp.If(this=exp.Is(this=value, expression=exp.Null()).not_(), true=shown)])
        case MaskKind.HASH:
            hidden = _digest(exp.cast(value, "text"), dialect)
    return exp.cast(hidden, "text")


def _digest(text: exp.Expr, dialect: str) -> exp.Expr:
    if dialect == "sqlite":
        return exp.Anonymous(this=SQLITE_FUNCTION, expressions=[text])
    if dialect == "mariadb":
        return exp.Anonymous(this="SHA2", expressions=[text, exp.Literal.number(256)])
    data = exp.Anonymous(this="convert_to", expressions=[text, exp.Literal.string("UTF8")])
    hashed = exp.Anonymous(this="sha256", expressions=[data])
    return exp.Anonymous(this="encode", expressions=[hashed, exp.Literal.string("hex")])
