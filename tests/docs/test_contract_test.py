"""What the page about contract tests says is so."""

from __future__ import annotations

import re
from pathlib import Path

from strangler.contracts.verification.finding import CONTRACT_RULES, ContractRule

PAGE = (Path(__file__).parents[2] / "docs" / "contract-test.md").read_text(encoding="utf-8")


def test_every_rule_stands_on_the_page() -> None:
    """With its reason, in order."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(str(rule), CONTRACT_RULES[rule]) for rule in ContractRule]
