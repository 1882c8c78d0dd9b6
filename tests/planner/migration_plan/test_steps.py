"""The steps of a plan, and the commands they name."""

from __future__ import annotations

import re

from strangler.cli.reference import reference
from strangler.planner.migration_plan.steps import STEPS, Step, text_for


def test_every_step_has_a_text_in_order() -> None:
    """From the map to the removal of v1."""
    assert list(STEPS) == list(Step)


def test_commands_that_steps_name_exist() -> None:
    """Forwards and backwards."""
    known = set(re.findall(r"^## (strangler .+)$", reference(), re.MULTILINE))
    for text in STEPS.values():
        for line in (text.command, text.way_back):
            for words in re.findall(r"strangler [a-z]+(?: [a-z]+)?", line):
                first = " ".join(words.split()[:2])
                assert words in known or first in known, words


def test_texts_name_the_service() -> None:
    """Wherever NAME stands."""
    assert text_for(STEPS[Step.SEED].command, "reviews") == "strangler etl run reviews"
