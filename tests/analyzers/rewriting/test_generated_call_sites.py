"""Whatever a call looks like: rewritten code parses, and with the switch on v1 gives what it gave."""

from __future__ import annotations

import importlib
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from strangler_analyzers.rewriting.file_results import Changed, Unchanged
from tests.analyzers.rewriting.rewritten import apply, importable, plan_of, result_of
from tests.analyzers.source_tree import write

INSIDE = {
    "app/reviews/services.py": """
        import functools

        def everything(*args, **kwargs):
            return "everything", args, sorted(kwargs.items())

        def some(a, /, b=2, *, c: int = 3):
            return "some", a, b, c

        def logged(function):
            @functools.wraps(function)
            def inner(*args, **kwargs):
                return "logged", function(*args, **kwargs)
            return inner

        @logged
        def decorated(a, b=(1, 2)):
            return "decorated", a, b

        def failing(a):
            raise KeyError(a)
    """,
}

arguments = st.sampled_from(["1", "'ä→'", "x", "x + 1", "[x, 2]", "{'k': x}", "(lambda y: y + x)(1)", "f'{x!r:>4}'"])
calls = st.one_of(
    st.tuples(
        st.just("everything"),
        st.lists(st.one_of(arguments, arguments.map("*({},)".format)), max_size=3),
        st.lists(st.sampled_from(["k=x", "l=2", "**{'m': x}"]), unique=True, max_size=2),
    ),
    st.tuples(
        st.just("some"), st.lists(arguments, min_size=1, max_size=2), st.sampled_from([[], ["c=x"], ["**{'c': 5}"]])
    ),
    st.tuples(st.just("decorated"), st.lists(arguments, min_size=1, max_size=2), st.just(list[str]())),
    st.tuples(st.just("failing"), st.lists(arguments, min_size=1, max_size=1), st.just(list[str]())),
)
separators = st.sampled_from([", ", ",", " ,\n        ", ",  # why\n        "])
wrappings = st.sampled_from(
    [
        "CALL",
        "[CALL for x in (x, 5)]",
        "(lambda: CALL)()",
        "CALL if x else CALL",
        "(CALL, '→', CALL)",
        "f'{(CALL)!r}'",
        "(\n    CALL\n  )",
    ]
)
imports = st.sampled_from(
    [
        ("from app.reviews.services import {name}", "{name}"),
        ("from app.reviews.services import {name} as other_{name}", "other_{name}"),
        ("from app.reviews import services", "services.{name}"),
        ("import app.reviews.services as s, sys", "s.{name}"),
        ("from .reviews.services import failing as unused, {name} as own_{name}", "own_{name}"),
    ]
)


@st.composite
def functions(draw: st.DrawFn) -> tuple[str, str]:
    """An import for the top of the file, perhaps empty, and a function with a call."""
    name, positional, keywords = draw(calls)
    line, called = (text.format(name=name) for text in draw(imports))
    separator = draw(separators)
    wrapping = draw(wrappings)
    call = f"{called}({separator.join([*positional, *keywords])})"
    if wrapping.startswith("f'"):  # which cannot hold quotes and comments in every version of Python
        call = f"{called}(x)"
    body = wrapping.replace("CALL", call)
    deferred = draw(st.booleans())
    inside = f"    {line}\n" if deferred else ""
    return ("" if deferred else line), f"def FUNCTION(x):\n{inside}    return {body}\n"


def _outcomes(count: int) -> list[object]:
    web = importlib.import_module("app.web")
    found: list[object] = []
    for number in range(count):
        try:
            found.append(getattr(web, f"f{number}")(7))
        except KeyError as error:
            found.append(repr(error))
    return found


@settings(max_examples=25)
@given(st.lists(functions(), min_size=1, max_size=5))
def test_rewritten_calls_parse_and_give_what_they_gave(written: list[tuple[str, str]]) -> None:
    """Lines without a call or an import stay as they are, and a second run finds nothing to do."""
    lines = list(dict.fromkeys(line for line, _ in written if line))
    bodies = [body.replace("FUNCTION", f"f{number}") for number, (_, body) in enumerate(written)]
    source = "\n".join([*lines, "", *bodies])
    with TemporaryDirectory() as name:
        root = write(Path(name), INSIDE)
        (root / "app/web.py").write_text(source)
        with importable(root):
            before = _outcomes(len(written))
        plan = plan_of(root)
        result = result_of(plan, "app/web.py")
        assert isinstance(result, Changed)
        assert not result.left
        apply(plan, root)
        with importable(root):
            assert _outcomes(len(written)) == before
        assert all(isinstance(again, Unchanged) for again in plan_of(root).files)
        after = result.after.decode().splitlines()
        kept = [line for line in source.splitlines() if "app" not in line and "reviews" not in line and "(" not in line]
        assert [line for line in after if line in kept] == kept
