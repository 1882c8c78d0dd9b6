"""What is compiled of the gateway, and that it is where it is to be tested."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import strangler_gateway
from strangler_gateway.hot_path import is_compiled

CHECKOUT = Path(__file__).parents[2]
EXPECTED = "STRANGLER_TEST_COMPILED"


def _modules() -> tuple[str, ...]:
    spec = importlib.util.spec_from_file_location("compile_gateway", CHECKOUT / "scripts" / "compile_gateway.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.MODULES


def test_what_is_to_be_compiled_is_there() -> None:
    """A module that is renamed would silently be left out."""
    sources = CHECKOUT / "gateway" / "strangler_gateway"
    assert [module for module in _modules() if not (sources / f"{module}.py").is_file()] == []


def test_the_tests_of_the_compiled_gateway_have_one() -> None:
    """``make test-compiled`` would prove nothing on the sources, nor the suite of the sources on what is compiled."""
    expected = os.environ.get(EXPECTED, "0") == "1"
    assert is_compiled() is expected
    package = Path(strangler_gateway.__file__).parent
    missing = [module for module in _modules() if expected and not list(package.glob(f"{module}.*.so"))]
    assert missing == []
