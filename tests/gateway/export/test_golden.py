"""What is written for every other proxy, whole; ``python -m tests.gateway.export.shop`` writes it anew."""

from __future__ import annotations

import pytest

from strangler_gateway.export.targets import ExportTarget, export
from tests.gateway.export.shop import golden, golden_text, setting


@pytest.mark.parametrize("target", ExportTarget)
def test_what_is_written_is_what_was_reviewed(target: ExportTarget) -> None:
    """The configuration to the letter, after the list of what it cannot say."""
    assert golden_text(export(target, setting())) == golden(target).read_text(encoding="utf-8")
