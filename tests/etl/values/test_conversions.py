"""What can be lost between two types, and what does not convert at all."""

from __future__ import annotations

import pytest

from strangler_etl.values.conversions import converts, loss_of


@pytest.mark.parametrize(
    ("source", "target", "loss"),
    [
        ("integer", "bigint", None),
        ("bigint", "smallint", "a number beyond 32,767 stops the copy"),
        ("bigint", "double precision", "only about 15 digits are kept"),
        ("double precision", "real", "only about 6 digits are kept"),
        ("numeric(10,2)", "numeric(12,2)", None),
        (
            "numeric(10,2)",
            "numeric(10,1)",
            "digits after the first 1 are rounded, more than 9 before them stop the copy",
        ),
        ("numeric", "bigint", "fractions are rounded or stop the copy"),
        ("integer", "numeric(12,2)", None),
        ("integer", "numeric(4,2)", "a number of more than 2 digits stops the copy"),
        ("text", "character varying(20)", "a text of more than 20 characters stops the copy"),
        ("character varying(20)", "character varying(40)", None),
        ("text", "uuid", "a text that is no uuid stops the copy"),
        ("timestamp without time zone", "timestamp with time zone", "moments without a time zone are taken for UTC"),
        ("timestamp with time zone", "timestamptz", None),
        ("timestamp with time zone", "date", "the time of day is lost"),
        (
            "timestamp with time zone",
            "timestamp(0) with time zone",
            "fractions of a second are rounded to 0 digits",
        ),
        ("uuid", "text", None),
    ],
)
def test_what_is_lost_is_said(source: str, target: str, loss: str | None) -> None:
    """In a few words; nothing where everything fits."""
    assert converts(source, target)
    found = loss_of(source, target)
    assert (found.what if found else None) == loss


@pytest.mark.parametrize(
    ("source", "target", "merges"),
    [
        ("numeric(10,2)", "bigint", True),
        ("numeric", "double precision", True),
        ("numeric(10,2)", "numeric(9,1)", True),
        ("numeric(10,2)", "numeric(9,2)", False),
        ("double precision", "real", True),
        ("bigint", "integer", False),
        ("numeric(20,0)", "bigint", False),
        ("timestamp with time zone", "date", True),
        ("timestamp with time zone", "time without time zone", True),
        ("timestamp with time zone", "timestamp(0) without time zone", True),
        ("timestamp with time zone", "timestamp without time zone", False),
        ("text", "character varying(9)", False),
    ],
)
def test_values_that_become_one_are_told_from_values_that_are_refused(source: str, target: str, merges: bool) -> None:
    """A key must not be rounded; a value that is refused can be seen."""
    found = loss_of(source, target)
    assert found is not None
    assert found.merges is merges


@pytest.mark.parametrize(
    ("source", "target"),
    [("boolean", "integer"), ("jsonb", "bigint"), ("uuid", "bigint"), ("bytea", "uuid"), ("date", "boolean")],
)
def test_what_needs_a_cast_does_not_convert(source: str, target: str) -> None:
    """How is for the mapping to say."""
    assert not converts(source, target)
