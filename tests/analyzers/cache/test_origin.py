"""What a cache is of changes with everything that may change an answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from strangler_analyzers.cache.origin import code_of_facts

_LOADED = """
import sys
import strangler_analyzers.linking, strangler_analyzers.pipeline, strangler_analyzers.source.tolerant.reader
rooms = ("strangler.", "strangler_analyzers.")
print(*(module.__file__ for name, module in sys.modules.items() if name.startswith(rooms)))
"""


def test_facts_are_of_all_code_that_an_analysis_loads() -> None:
    """A module that is forgotten would leave its old answers in every cache, such as credentials it masks since."""
    loaded = subprocess.run([sys.executable, "-c", _LOADED], check=True, capture_output=True, text=True).stdout.split()
    assert len(loaded) > 100
    known = code_of_facts()
    assert [file for file in loaded if not any(Path(file).is_relative_to(place) for place in known)] == []
