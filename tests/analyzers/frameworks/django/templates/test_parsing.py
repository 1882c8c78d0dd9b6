"""Templates are read to the nodes that load values or run code."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strangler_analyzers.frameworks.django.templates.nodes import (
    Block,
    Condition,
    Extends,
    For,
    Include,
    Lookup,
    Output,
    Tag,
    With,
)
from strangler_analyzers.frameworks.django.templates.parsing import lookup, parsed


def test_every_tag_that_names_values_becomes_a_node_with_its_line() -> None:
    """All kinds of nodes, nested."""
    text = """{% extends "base.html" %}{% load shop_tags other from more %}
{% block content %}{% for key, line in order.lines.all reversed %}{{ line.price|money:user.currency }}{% endfor %}
{% endblock content %}
{% with total=order.total %}{% include "part.html" with order=order only %}{% endwith %}
{% if order.paid and not user.name == "x" %}{% price order as shown %}{% endif %}"""
    document = parsed(text, "shop.html")
    money = (("money", Lookup(("user", "currency"))),)
    assert document.libraries == {"more"}
    assert document.body == (
        Extends(Lookup((), "base.html"), 1),
        Block(
            "content",
            (
                For(
                    ("key", "line"),
                    Lookup(("order", "lines", "all")),
                    (Output(Lookup(("line", "price"), None, money), 2),),
                    2,
                ),
            ),
            2,
        ),
        With(
            (("total", Lookup(("order", "total"))),),
            (Include(Lookup((), "part.html"), (("order", Lookup(("order",))),), True, 4),),
            4,
        ),
        Condition((Lookup(("order", "paid")), Lookup(("user", "name")), Lookup((), "x")), 5),
        Tag("price", (Lookup(("order",)),), "shown", 5),
    )


def test_comments_and_verbatim_parts_say_nothing() -> None:
    """What is not rendered is not read."""
    text = "{# {{ a }} #}{% comment %}{{ b }}{% if c %}{% endcomment %}{% verbatim %}{{ d }}{% endverbatim %}{{ e }}"
    assert parsed(text, "x.html").body == (Output(Lookup(("e",)), 1),)


def test_numbers_and_constants_are_no_names_but_texts_keep_bars_and_colons() -> None:
    """Only names are looked up."""
    assert lookup("12.5") == lookup("None") == Lookup(())
    assert lookup('"a|b:c"|cut:"|"') == Lookup((), "a|b:c", (("cut", Lookup((), "|")),))


@given(st.text(alphabet="{}%# \"'|:.=,\nabfor in end block with if as") | st.text())
def test_any_text_is_read(text: str) -> None:
    """No text makes the parser fail."""
    parsed(text, "x.html")


def test_deep_nesting_is_read() -> None:
    """Nor does any depth."""
    parsed("{% block a %}" * 5_000, "x.html")
