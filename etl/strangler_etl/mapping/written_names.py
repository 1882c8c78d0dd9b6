"""Names as a mapping writes them: keys and texts of TOML, and columns as SQL in them."""

from __future__ import annotations

import json
import re

from sqlglot import exp

from strangler_etl.mapping.expression_text import NotAnExpressionError, parsed_expression

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SQL_WORDS = frozenset(
    """
    all and any array as asc both case cast check collate column constraint create current_date current_time
    current_timestamp current_user default desc distinct do else end except false fetch for foreign from grant group
    having in initially intersect into leading limit not null offset on only or order primary references returning
    select session_user some table then to trailing true union unique user using when where window with
    """.split()  # noqa: SIM905 - a list of them is longer and says no more
)


def quoted(text: str) -> str:
    """A basic string of TOML."""
    # Not as ASCII: JSON would write letters beyond the first plane as surrogates, which TOML does not have.
    return json.dumps(text, ensure_ascii=False)


def key(name: str) -> str:
    """A key of TOML, bare where it may be."""
    return name if _BARE_KEY.fullmatch(name) else quoted(name)


def _is_column(name: str) -> bool:
    """Whether the reader of the mapping takes the bare name for that of a column, also where it is cast."""
    try:
        found, cast = parsed_expression(name), parsed_expression(f"{name}::text")
        return isinstance(found, exp.Column) and cast == exp.cast(found, "text", dialect="postgres")
    except NotAnExpressionError:
        return False


def sql(name: str) -> str:
    """A column's name as SQL in a TOML string."""
    return quoted(column(name))


def column(name: str) -> str:
    """A name as SQL; quoted where SQL would read it differently."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _SQL_WORDS and _is_column(name)
    return name if plain else '"' + name.replace('"', '""') + '"'
