"""Path templates match exactly the paths they stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.template import anonymous, choice, matches, normalised, spellings


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
        ("/{language:de|pt-br}/shop/", "/pt-br/shop/", True),
        ("/{language:de|pt-br}/shop/", "/fr/shop/", False),
        ("/{language:de|pt-br}/shop/", "/de-at/shop/", False),
        ("/{id:int}/shop/", "/x/shop/", True),
        ("/", "/", True),
    ],
)
def test_a_template_matches_whole_paths(template: str, path: str, answer: bool) -> None:
    """A placeholder stands for one segment or part of one or for one of its texts, ``:path`` for any rest."""
    assert matches(template, path) is answer


def test_spelling_does_not_matter_after_normalising() -> None:
    """Parameter names and a trailing slash are spelling."""
    assert normalised("/orders/{id}/") == normalised("/orders/{order_id}") == "/orders/{}"


def test_a_choice_is_written_out() -> None:
    """What it chooses from is kept without its name, and written out where literal paths are needed."""
    template = "/{language:de|en}/a/{size:s|m}/{id}"
    assert spellings(template) == ("/de/a/s/{id}", "/de/a/m/{id}", "/en/a/s/{id}", "/en/a/m/{id}")
    assert anonymous(template) == "/{:de|en}/a/{:s|m}/{}"
    assert normalised("/{language:de|en}/a/") == normalised("/{lang}/a")
    assert [choice("x", texts) for texts in ((), ("de",), ("de", "en"), ("de", "e n"))] == [
        "{x}",
        "de",
        "{x:de|en}",
        "{x}",
    ]


_SEGMENT = st.text(st.characters(exclude_characters="/{}:", exclude_categories=("Cs",)), min_size=1, max_size=8)


@given(st.lists(st.tuples(_SEGMENT, st.booleans()), min_size=1, max_size=5))
def test_a_template_matches_every_path_made_from_it(segments: list[tuple[str, bool]]) -> None:
    """Whatever a placeholder is replaced by, the path belongs to the template."""
    template = "/" + "/".join("{x}" if placeholder else text for text, placeholder in segments)
    assert matches(template, "/" + "/".join(text for text, _ in segments))
