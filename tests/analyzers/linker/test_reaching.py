"""Which binding of a local name a use of it can mean."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from tests.analyzers.source_tree import facts_of

_CLASSES = "from contextlib import suppress\n" + "".join(f"class {name}:\n def m(self): ...\n" for name in "ABC")


def _methods(root: Path, body: str) -> set[str]:
    """The classes whose method ``m`` a function with this body calls."""
    facts = facts_of(root, {"m.py": f"{_CLASSES}def f(c, xs, x=A()):\n{indent(body, ' ')}\n"})
    return {call.callee[2] for call in facts.calls if call.caller == "m:f" and call.callee.endswith(".m")}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("y = A()\ny = B()\ny.m()", "B"),
        ("y = A()\ny.m()\ny = B()", "A"),
        ("x = B()\nx.m()", "B"),
        ("y = A()\nif c:\n y = B()\ny.m()", "AB"),
        ("y = A()\nif c:\n y = B()\n return y\ny.m()", "A"),
        ("y = A()\nif c:\n y = B()\n y.m()", "B"),
        ("y = A()\nif c:\n y = B()\nelse:\n y.m()", "A"),
        ("for y in [A()]:\n pass\nfor y in [B()]:\n y.m()", "B"),
        ("y = A()\nfor c in xs:\n y.m()\n y = B()", "AB"),
        ("y = A()\nwhile c:\n y = B()\n y = C()\ny.m()", "ABC"),
        ("y = A()\nfor c in xs:\n if c:\n  y.m()\n y = B()\n y = C()", "ABC"),
        ("y = A()\ntry:\n y = B()\n y = C()\nexcept E:\n y.m()", "ABC"),
        ("with c as y:\n pass\ny = A()\nwith xs:\n y = B()\ny.m()", "B"),
        ("y = A()\nwith suppress(E):\n y = B()\ny.m()", "AB"),
        ("y: A = c()\ny = xs()\ny.m()", "A"),
        ("y, z = A(), B()\ny, z = z, y\ny.m()", "B"),
        ("y = A()\ndef y(): ...\ny = B()\ny.m()", "B"),
        ("y = A()\nif c:\n return y\n y = B()\ny = C()\ny.m()", "C"),
        ("y = A()\ny = B()\ng = lambda: y.m()\ng()", ""),
        ("y = []\nfor z in y:\n z.m()\ny.append(A())", "A"),
        ("y = A()\n[y for y in xs]\ny = B()\ny.m()", "AB"),
        ("y = A()\nif (y := B()):\n y.m()", "AB"),
    ],
)
def test_a_use_means_the_bindings_that_reach_it(tmp_path: Path, body: str, expected: str) -> None:
    """What is bound before and replaced, or bound only later, is not meant."""
    assert _methods(tmp_path, body) == set(expected)


def test_inner_functions_see_every_binding(tmp_path: Path) -> None:
    """They may run at any time."""
    facts = facts_of(tmp_path, {"m.py": f"{_CLASSES}def f():\n y = A()\n def g(): y.m()\n y = B()\n return g\n"})
    assert {call.callee for call in facts.calls if call.caller == "m:f.<locals>.g"} == {"m:A.m", "m:B.m"}


def test_lambdas_see_every_binding(tmp_path: Path) -> None:
    """A lambda's body is no use at the place where the lambda stands."""
    facts = facts_of(tmp_path, {"m.py": f"{_CLASSES}def f():\n y = A()\n g = lambda: y.m()\n y = B()\n return g\n"})
    assert {call.callee for call in facts.calls if "lambda" in call.caller} == {"m:A.m", "m:B.m"}


def test_a_row_is_no_longer_meant_once_its_name_is_bound_to_a_copy(tmp_path: Path) -> None:
    """What is set on the copy is not written."""
    source = """
        from copy import copy
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
        class Base(DeclarativeBase): pass
        class Block(Base):
            __tablename__ = "block"
            id: Mapped[int] = mapped_column(primary_key=True)
            fields: Mapped[str]
        def read(session):
            block = session.get(Block, 1)
            block = copy(block)
            block.fields = "all"
            return block
    """
    facts = facts_of(tmp_path, {"m.py": source})
    assert {(access.mode.value, access.operation) for access in facts.accesses} == {("read", "get")}


def test_a_query_narrowed_step_by_step_is_one_query(tmp_path: Path) -> None:
    """However many ways it may have been built, going through it reads its tables."""
    source = """
        from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
        class Base(DeclarativeBase): pass
        class Block(Base):
            __tablename__ = "block"
            id: Mapped[int] = mapped_column(primary_key=True)
            kind: Mapped[str]
        def read(session: Session, a, b, c):
            rows = session.query(Block)
            if a:
                rows = rows.filter(Block.id == a)
            if b:
                rows = rows.filter(Block.kind == b)
            if c:
                rows = rows.order_by(Block.kind)
            for row in rows:
                print(row)
    """
    facts = facts_of(tmp_path, {"m.py": source})
    assert {(access.table, access.operation) for access in facts.accesses} == {("block", "for")}
