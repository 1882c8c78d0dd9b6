"""What the ground floor may stand on."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import strangler.model


def test_the_model_imports_the_standard_library_only() -> None:
    """Every room shares the model, so it may not drag a library into any of them."""
    imported: set[str] = set()
    for path in Path(strangler.model.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    foreign = {name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names}
    assert {name for name in foreign if not name.startswith("strangler.model")} == set()
