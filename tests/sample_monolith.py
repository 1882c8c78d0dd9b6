"""The sample monolith as a user meets it: a copy of its source, and what the analysis finds there."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from strangler.model.progress import SilentProgress
from strangler.model.system import SystemFacts
from strangler_analyzers.pipeline import analyze

ROOT = Path(__file__).parents[1] / "sample-monolith"
LEFT_BEHIND = shutil.ignore_patterns(".*", "__pycache__", "*.sqlite3*")
"""What using the sample leaves in its folder."""


def copy_sample(folder: Path) -> Path:
    """Copy the source of the sample monolith into a folder; return its own folder there."""
    return shutil.copytree(ROOT, folder / ROOT.name, ignore=LEFT_BEHIND)


@cache
def sample_facts() -> SystemFacts:
    """What the analysis finds in the sample monolith."""
    return analyze(ROOT, SilentProgress(), workers=1)
