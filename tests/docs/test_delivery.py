"""What the page about the gateway says of a delivery."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from strangler.model.delivery import DELIVERY_TERMS, DIFFERENCES
from strangler.project_reader import parse_project

PAGE = (Path(__file__).parents[2] / "docs" / "gateway.md").read_text(encoding="utf-8")


def test_the_defaults_of_the_page_are_the_defaults() -> None:
    """Written out they change nothing, and what is behind a # is what is allowed where answers are compared."""
    (block,) = re.findall(r"^    \[services.reviews.delivery\].*?(?=\n\n)", PAGE, re.DOTALL | re.MULTILINE)
    text = re.sub(r"^    ", "", block, flags=re.MULTILINE)
    assert parse_project(text).services["reviews"].delivery == DELIVERY_TERMS
    compared = parse_project(text.replace("# differences", "differences")).services["reviews"].delivery
    assert compared == replace(DELIVERY_TERMS, differences=DIFFERENCES)
