"""Whatever stands in a Python file, the analysis ends and says what it could not read."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.callgraph import programs
from strangler.model.progress import SilentProgress
from strangler.model.system import SystemFacts
from strangler_analyzers.pipeline import analyze

_SOURCES = [path.read_text(encoding="utf-8") for item in programs() for path in sorted(item.folder.rglob("*.py"))]
_LINES = sorted({line for source in _SOURCES for line in source.splitlines(keepends=True)})
_RARELY = settings(max_examples=40)


def _analyzed(*sources: bytes) -> SystemFacts:
    with TemporaryDirectory() as folder:
        for number, source in enumerate(sources):
            (Path(folder) / f"m{number}.py").write_bytes(source)
        return analyze(Path(folder), SilentProgress(), workers=1)


@st.composite
def _mutated(draw: st.DrawFn) -> str:
    """A program with parts cut out, put in twice, spliced with another, or cut off."""
    source, other = draw(st.sampled_from(_SOURCES)), draw(st.sampled_from(_SOURCES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(source)))
        end = draw(st.integers(start, len(source)))
        piece = draw(st.sampled_from(["", source[start:end] * 2, other[: end - start], source[start:end][::-1]]))
        source = source[:start] + piece + (source[end:] if draw(st.booleans()) else "")
    return source


@_RARELY
@given(st.lists(_mutated(), min_size=1, max_size=3))
def test_mutated_programs(sources: list[str]) -> None:
    """Every file is a module or is named among what could not be read."""
    facts = _analyzed(*(source.encode("utf-8", "replace") for source in sources))
    known = {module.name for module in facts.modules} | {item.file.removesuffix(".py") for item in facts.skipped}
    assert {f"m{number}" for number in range(len(sources))} <= known


@_RARELY
@given(st.lists(st.sampled_from(_LINES), max_size=30).map("".join))
def test_lines_in_any_order(source: str) -> None:
    """Sound statements that make no sense together."""
    _analyzed(source.encode())


@_RARELY
@given(st.binary(max_size=300))
def test_random_bytes(data: bytes) -> None:
    """Not even text."""
    _analyzed(data)


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "(" * 5_000 + ")" * 5_000,
        "x = " + "-" * 20_000 + "1",
        "x = " + "f(" * 900 + ")" * 900,
        "x = a" + ".b" * 20_000,
        "x = a" + "()" * 3_000,
        "x = " + " + ".join(["a"] * 5_000),
        "x = " + "lambda: " * 900 + "x()",
        "x = [" + "f()," * 50_000 + "]",
        "".join(f"{' ' * depth}if f():\n" for depth in range(95)) + " " * 95 + "f()",
        "".join(f"{' ' * depth}def f{depth}():\n" for depth in range(90)) + " " * 90 + "f0()",
        "def f(g=f):\n return f(f)(f)\nf = f(f)\nf(f)(f)(f)",
        "class A(A): pass\nclass B(A, B): x = property(lambda self: self.x)\nB().x.x.x()",
        "@f\n@f\ndef f(x): return f\n@f\nclass f(f): f = f\nf[f](f)",
        "x = []\nx.append(x)\nx[x] = x\nfor x in x: x(x)\n",
    ],
    ids=lambda source: source[:12],
)
def test_deep_huge_and_circular_code(source: str) -> None:
    """No depth, size or circle is too much."""
    _analyzed(source.encode())


@pytest.mark.realworld
def test_the_tests_of_the_interpreter() -> None:
    """The `test` package of Python itself: all syntax there is, and much that is wrong on purpose."""
    folder = Path(sysconfig.get_path("stdlib")) / "test"
    if len(list(folder.glob("test_*.py"))) < 100:
        pytest.skip("this interpreter comes without its tests (Debian: apt install libpython3-testsuite)")
    facts = analyze(folder, SilentProgress())
    assert len(facts.functions) > 10_000
