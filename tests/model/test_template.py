"""Path templates match exactly the paths they stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.template import matches, normalised


@pytest.mark.parametrize(
    ("template", "path", "answer"),
    [
        ("/orders/{id}", "/orders/7", True),
        ("/orders/{id}", "/orders/7/", False),
        ("/orders/{id}", "/orders/", False),
        ("/orders/{id}", "/orders/7/lines", False),
        ("/files/{name:path}", "/files/a/b.txt", True),
        ("/v{major}.{minor}/x", "/v1.2/x", True),
        ("/a.b", "/aXb", False),
        ("/", "/", True),
    ],
)
def test_a_template_matches_whole_paths(template: str, path: str, answer: bool) -> None:
    """A placeholder stands for one segment or part of one, ``:path`` for any rest; everything else is literal."""
    assert matches(template, path) is answer


def test_spelling_does_not_matter_after_normalising() -> None:
    """Parameter names and a trailing slash are spelling."""
    assert normalised("/orders/{id}/") == normalised("/orders/{order_id}") == "/orders/{}"


_SEGMENT = st.text(st.characters(exclude_characters="/{}:", exclude_categories=("Cs",)), min_size=1, max_size=8)


@given(st.lists(st.tuples(_SEGMENT, st.booleans()), min_size=1, max_size=5))
def test_a_template_matches_every_path_made_from_it(segments: list[tuple[str, bool]]) -> None:
    """Whatever a placeholder is replaced by, the path belongs to the template."""
    template = "/" + "/".join("{x}" if placeholder else text for text, placeholder in segments)
    assert matches(template, "/" + "/".join(text for text, _ in segments))
