#!/usr/bin/env python3
"""Write the generated pages of docs/."""

from pathlib import Path

from strangler.cli.reference import reference

Path(__file__).parents[1].joinpath("docs", "commands.md").write_text(reference(), encoding="utf-8")
