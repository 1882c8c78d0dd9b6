"""Texts of a mapping are read as expressions, never as statements."""

from __future__ import annotations

import pytest
from sqlglot import exp

from strangler_etl.mapping import written_names
from strangler_etl.mapping.expression_text import NotAnExpressionError, parsed_expression


@pytest.mark.parametrize("name", ["comment", "load", "kill", "begin", "set", "copy"])
def test_a_column_may_be_called_like_a_command(name: str) -> None:
    """These words are reserved only where a statement begins, so they are drafted as they are."""
    assert written_names.column(name) == name
    assert parsed_expression(name) == exp.column(name)
    assert isinstance(parsed_expression(f"{name}::text"), exp.Cast)


def test_what_an_expression_cannot_be_is_quoted() -> None:
    """Words that are reserved everywhere, and names that SQL would spell in small letters."""
    assert [written_names.column(name) for name in ("order", "Body")] == ['"order"', '"Body"']


@pytest.mark.parametrize("text", ["", "a, b", "a AS b", "a FROM b", "SELECT a", "a; DROP TABLE b"])
def test_a_statement_is_no_expression(text: str) -> None:
    """It is refused with a reason of one line that names no class of the parser."""
    with pytest.raises(NotAnExpressionError) as caught:
        parsed_expression(text)
    assert "class" not in str(caught.value)
    assert "\n" not in str(caught.value)
