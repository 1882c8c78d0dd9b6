"""Whether mypyc has compiled the modules every request passes through (scripts/compile_gateway.py)."""

from __future__ import annotations

from pathlib import Path

from strangler_gateway.wire import protocol


def is_compiled() -> bool:
    """Whether these modules run as machine code in this process."""
    return Path(protocol.__file__).suffix != ".py"
