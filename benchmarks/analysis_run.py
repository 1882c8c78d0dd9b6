"""One analysis in a process of its own, facts only: ``python -m benchmarks.analysis_run FOLDER CACHE``."""

from __future__ import annotations

import sys
from pathlib import Path

from strangler.model.progress import SilentProgress
from strangler_analyzers.pipeline import analyze

if __name__ == "__main__":
    analyze(Path(sys.argv[1]), SilentProgress(), cache=Path(sys.argv[2]))
