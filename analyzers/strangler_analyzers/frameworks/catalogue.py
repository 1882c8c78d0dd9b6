"""Every framework the analysis knows, in the order they are asked."""

from __future__ import annotations

from strangler_analyzers.framework import Framework

FRAMEWORKS: tuple[type[Framework], ...] = ()
