"""The search order of classes agrees with Python's own."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strangler_analyzers.linker.scope import Scope
from tests.analyzers.source_tree import Linked, linked


def _order(built: Linked, name: str) -> list[str]:
    scope = built.program.classes[f"m:{name}"]
    return [
        ancestor.short_name if isinstance(ancestor, Scope) else ancestor for ancestor in built.resolver.order(scope)
    ]


def test_a_diamond_is_searched_breadth_first(tmp_path: Path) -> None:
    """C3: the shared base comes after both branches."""
    built = linked(tmp_path, {"m.py": "class A: pass\nclass B(A): pass\nclass C(A): pass\nclass D(B, C): pass\n"})
    assert _order(built, "D") == ["D", "B", "C", "A"]


def test_object_hides_no_library(tmp_path: Path) -> None:
    """A mixin that names ``object`` stands before what a library gives, as in Python, where all others come first."""
    built = linked(
        tmp_path,
        {
            "m.py": """
                from library import View
                class Mixin(object): pass
                class Page(Mixin, View): pass
                def shown(page: Page):
                    return page.render
            """
        },
    )
    assert _order(built, "Page") == ["Page", "Mixin", "library.View"]
    page = built.program.classes["m:Page"]
    assert [str(getattr(value, "path", "")) for value in built.resolver.member(page, "render", on_class=False)] == [
        "library.View().render"
    ]


def test_ancestors_outside_the_program_keep_their_path(tmp_path: Path) -> None:
    """A base from a library is known by its dotted path."""
    built = linked(tmp_path, {"m.py": "from django.db import models\nclass A(models.Model): pass\n"})
    assert _order(built, "A") == ["A", "django.db.models.Model"]


def test_a_class_that_python_refuses_still_has_an_order(tmp_path: Path) -> None:
    """Contradicting bases and self-inheritance end in some order instead of an error."""
    source = "class A: pass\nclass B(A): pass\nclass C(A, B): pass\nclass X(X): pass\n"
    built = linked(tmp_path, {"m.py": source})
    assert _order(built, "C") == ["C", "A", "B"]
    assert _order(built, "X") == ["X"]


_HIERARCHIES = st.lists(st.lists(st.integers(0, 7), max_size=3, unique=True), min_size=1, max_size=8)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_HIERARCHIES)
def test_the_order_is_the_one_python_computes(tmp_path: Path, hierarchy: list[list[int]]) -> None:
    """For every hierarchy Python accepts, the order equals ``__mro__``."""
    classes: dict[str, type] = {}
    lines: list[str] = []
    for index, bases in enumerate(hierarchy):
        names = [f"C{base}" for base in bases if f"C{base}" in classes]
        try:
            classes[f"C{index}"] = type(f"C{index}", tuple(classes[name] for name in names), {})
        except TypeError:
            continue
        lines.append(f"class C{index}({', '.join(names)}): pass")
    built = linked(tmp_path, {"m.py": "\n".join(lines)})
    for name, made in classes.items():
        assert _order(built, name) == [parent.__name__ for parent in made.__mro__[:-1]]
