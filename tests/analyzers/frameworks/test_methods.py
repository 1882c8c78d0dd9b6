"""The program's own functions behind the name of a method."""

from __future__ import annotations

from pathlib import Path

from strangler_analyzers.frameworks.methods import nearest_methods, own_method
from tests.analyzers.source_tree import linked

_SOURCE = """
    class Base:
        def save(self): ...

    class Order(Base):
        if True:
            def pay(self): ...
        else:
            def pay(self): ...

    class Hidden(Base):
        save = None
"""


def test_a_method_is_found_through_its_ancestors(tmp_path: Path) -> None:
    """The nearest function counts, whatever else the name stands for in between."""
    program = linked(tmp_path, {"shop.py": _SOURCE})
    classes = program.program.classes
    found = [own_method(program.resolver, classes[name], "save") for name in ("shop:Order", "shop:Hidden")]
    assert [function.name for function in found if function is not None] == ["shop:Base.save", "shop:Base.save"]
    assert own_method(program.resolver, classes["shop:Order"], "delete") is None


def test_the_nearest_class_that_has_the_name_gives_all_its_functions(tmp_path: Path) -> None:
    """A name it hides is no function of its ancestors any more."""
    program = linked(tmp_path, {"shop.py": _SOURCE})
    classes = program.program.classes
    assert len(list(nearest_methods(program.resolver, classes["shop:Order"], "pay"))) == 2
    assert list(nearest_methods(program.resolver, classes["shop:Hidden"], "save")) == []
