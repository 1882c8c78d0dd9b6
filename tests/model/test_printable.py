"""Names as a terminal may show them."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from strangler.model.printable import printable, printable_lines, printable_parts
from strangler.model.system import Confidence


@dataclass(frozen=True, slots=True)
class _Leaf:
    name: str
    kind: Confidence


@dataclass(frozen=True, slots=True)
class _Tree:
    leaves: tuple[_Leaf, ...]
    counts: dict[str, int]


@given(st.text(st.characters()))
def test_any_text_becomes_one_plain_line(text: str) -> None:
    """Nothing in it moves the cursor or cannot be encoded; plain text stays what it is."""
    shown = printable(text)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown
    assert printable(shown) == shown


def test_what_moves_the_cursor_is_spelled_out() -> None:
    """Escape sequences, line ends, changes of direction, halves of characters."""
    assert printable("a\x1b[2J\n\u202eb\udce9é") == "a\\x1b[2J\\n\\u202eb\\udce9é"
    assert printable_lines("a\x1b\nb") == "a\\x1b\nb"


def test_every_text_in_a_value_is_made_printable() -> None:
    """The shape and all else stays."""
    tree = _Tree((_Leaf("a\n", Confidence.LIKELY), _Leaf("b", Confidence.CERTAIN)), {"c\x07": 1})
    shown = printable_parts(tree)
    assert shown == _Tree((_Leaf("a\\n", Confidence.LIKELY), _Leaf("b", Confidence.CERTAIN)), {"c\\x07": 1})
    assert shown.leaves[0].kind is Confidence.LIKELY
