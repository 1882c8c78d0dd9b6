"""The command reference and the program cannot drift apart."""

from __future__ import annotations

from pathlib import Path

from strangler.cli.commands import COMMANDS
from strangler.cli.reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def test_the_reference_is_what_the_commands_say() -> None:
    """After a change of an option: make docs."""
    assert PAGE.read_text(encoding="utf-8") == reference()


def test_every_command_has_a_section() -> None:
    """No command is undocumented."""
    sections = {line.removeprefix("## strangler ") for line in reference().splitlines() if line.startswith("## ")}
    assert set(COMMANDS) <= sections
