"""Files the interpreter cannot parse: the slim tree is the one `ast` would have given."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.extraction import decode, parse
from strangler_analyzers.source.literals import MAX_ELEMENTS
from strangler_analyzers.source.lowering import lower
from strangler_analyzers.source.tolerant.reader import read_tolerantly
from tests.analyzers.source_tree import facts_of, write

_CHECKOUT = Path(__file__).parents[4]
_LIBRARY = Path(sysconfig.get_path("stdlib"))


def plain(tree: s.Tree) -> bytes:
    """A tree as bytes that are equal when the trees are, whichever parser read them."""
    return msgspec.msgpack.encode(msgspec.structs.replace(tree, tolerant=False))


def _sources() -> list[Path]:
    folders = [_CHECKOUT / "sample-monolith", *(_LIBRARY / name for name in ("asyncio", "email", "json", "unittest"))]
    return [path for folder in folders for path in folder.rglob("*.py")]


def test_both_parsers_give_the_same_tree() -> None:
    """Of everything this Python can parse, the tolerant reader gives the same tree: two spellings, one meaning."""
    different: list[str] = []
    for path in _sources():
        source = decode(path.read_bytes())
        if plain(lower(source)) != plain(read_tolerantly(source)):
            different.append(str(path))
    assert different == []


def test_a_lambda_in_parentheses_stands_at_its_expression() -> None:
    """A parenthesis on a line of its own is no part of the body."""
    source = "f = lambda a: (\n    g(a)\n)\n"
    assert plain(lower(source)) == plain(read_tolerantly(source))


_NEWER = {
    "PEP 695 functions": (
        "def f[T: int, *A, **P](x: T, *y: T) -> T: return g(x)",
        "def f(x: T, *y: T) -> T: return g(x)",
    ),
    "PEP 695 classes": ("class A[T](B, key=C):\n    x: T = 1", "class A(B, key=C):\n    x: T = 1"),
    "PEP 695 aliases": ("type A[T] = list[T] | None", "A = list[T] | None"),
    "PEP 696 defaults": ("class A[T = int](B): pass", "class A(B): pass"),
    "PEP 701 quotes": ('x = f"a{b["c"]}d"', "x = f\"a{b['c']}d\""),
    "PEP 701 nesting": ('x = f"a{f"{f(1)}"}"', "x = f\"a{f'{f(1)}'}\""),
    "PEP 701 lines": ("x = f'a{\nb\n}'", "x = f'''a{\nb\n}'''"),
    "PEP 750 templates": ("x = t'a{b}'", "x = f'a{b}'"),
    "PEP 758 handlers": ("try: f()\nexcept A, B: g()", "try: f()\nexcept (A, B): g()"),
    "PEP 758 groups": ("try: f()\nexcept* A, B: g()", "try: f()\nexcept* (A, B): g()"),
}
_OLDER = {
    "print": ("print a.b, f(c)", "print(a.b, f(c))"),
    "print to a file": ("print >>f(), c", "print(f(), c)"),
    "exec": ("exec code in names", "exec(code, names)"),
    "handlers": ("try: f()\nexcept A, e: g(e)", "try: f()\nexcept A as e: g(e)"),
    "raise with a text": ("raise A, 'b'", "raise A('b')"),
    "backticks": ("x = f(`a`)", "x = f(~1)"),
    "octal and long numbers": ("x = [0777, 10L, 0xFFl]", "x = [0o777, 10, 0xFF]"),
    "ur strings": ("x = ur'a\\d'", "x = r'a\\d'"),
    "not equal": ("if a <> b.c: f()", "if a != b.c: f()"),
}


@pytest.mark.parametrize("other", [*_NEWER, *_OLDER])
def test_syntax_of_another_python_means_what_this_one_says_otherwise(other: str) -> None:
    """What this Python cannot parse gives the tree of the same thing said in its own words."""
    source, same = (_NEWER | _OLDER)[other]
    read, expected = read_tolerantly(source), lower(same)
    assert _without_columns(read) == _without_columns(expected)
    assert read.cuts == ()


def _without_columns(node: object) -> object:
    """A tree as plain tuples, without the columns of calls, which differ where the spelling does."""
    if isinstance(node, s.Node):
        kept = [name for name in node.__struct_fields__ if name not in {"column", "tolerant"}]
        return type(node).__name__, *(_without_columns(getattr(node, name)) for name in kept)
    return tuple(map(_without_columns, node)) if isinstance(node, tuple) else node  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def test_a_tuple_for_a_parameter_is_unpacked() -> None:
    """Python 2: ``def f((a, b), c)`` takes two arguments and binds three names."""
    (function,) = read_tolerantly("def f((a, b), c): pass").body
    assert isinstance(function, s.Function)
    assert [parameter.name for parameter in function.parameters] == ["(a, b)", "c"]
    (unpacking,) = function.body
    assert isinstance(unpacking, s.Assign)
    assert isinstance(unpacking.targets[0], s.Sequence)


def test_what_is_sound_in_a_broken_file_is_kept() -> None:
    """Senseless lines are left out and named; what stands around them is read."""
    tree = read_tolerantly(_BROKEN)
    kept = [getattr(statement, "name", type(statement).__name__) for statement in tree.body]
    assert kept == ["ImportFrom", "A", "other", "Assign"]
    cls, urls = tree.body[1], tree.body[3]
    assert isinstance(cls, s.Class)
    assert [function.name for function in cls.body if isinstance(function, s.Function)] == ["sound"]
    assert isinstance(urls, s.Assign)
    assert isinstance(urls.value, s.Sequence)
    assert [spelling.last_name(element) for element in urls.value.elements] == ["path", "", "path"]
    assert tree.cuts == ("read in part, without lines 3, 9-10",)


_BROKEN = """\
from x import A
class A:
    def broken(self:
        return 1
    def sound(self):
        return g()

def other(): return A()
urls = [path("a", A), path("b" B), path("c", C)]
x = = 1
"""


def test_long_displays_are_cut_alike() -> None:
    """Data is not code, whichever parser reads it."""
    source = f"x = {list(range(MAX_ELEMENTS + 1))}\nprint 1\n"
    tree = read_tolerantly(source)
    assert tree.cuts == ("read 2000 of the 2001 elements of the display at line 1, the rest is left out",)


def test_routes_and_tables_of_newer_files_are_found(tmp_path: Path) -> None:
    """A file this Python cannot parse is a part of the monolith like any other."""
    facts = facts_of(tmp_path, {"shop/app.py": _NEWER_SHOP, "shop/old.py": "print 'a'\n", "shop/bad.py": "def f(:\n"})
    assert [(route.method, route.path) for route in facts.routes] == [("GET", "/orders/{id}")]
    assert [table.name for table in facts.tables] == ["orders"]
    assert ("shop.app:order", "shop.app:load") in {(call.caller, call.callee) for call in facts.calls}
    reading = facts.reading
    assert (reading.exact, reading.tolerant, reading.partial, reading.unread) == (1, 2, 0, 1)
    assert [item.file for item in facts.skipped] == ["shop/bad.py"]


_NEWER_SHOP = """
    from flask import Flask
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    type Id = int
    app = Flask(__name__)

    class Base(DeclarativeBase): pass

    class Order(Base):
        __tablename__ = "orders"
        id: Mapped[int] = mapped_column(primary_key=True)

    def load[T](value: T) -> T:
        return value

    @app.get("/orders/<int:id>")
    def order(id):
        try:
            return f"{", ".join(load([]))}"
        except ValueError, KeyError:
            return ""
"""


def test_the_tolerant_parser_is_loaded_only_when_it_is_needed(tmp_path: Path) -> None:
    """Most monoliths are parsed by the Python that runs the analysis."""
    write(tmp_path, {"plain.py": "x = 1\n", "newer.py": "type A = int\n"})
    script = (
        "import sys; from pathlib import Path; from strangler_analyzers.source.extraction import parse\n"
        "for name in ('plain.py', 'newer.py'):\n"
        "    parse(Path(name).read_bytes()); print('tree_sitter' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert shown.stdout.split() == ["False", "True" if sys.version_info < (3, 12) else "False"]


_MUTATED = (_CHECKOUT / "sample-monolith" / "shop" / "orders" / "models.py").read_text()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(_MUTATED)), st.integers(0, 60), st.text(alphabet="([{:,='\"\n \tdefclasx*@", max_size=12))
@example(0, 0, "")
def test_damage_anywhere_leaves_a_tree_or_a_reason(tmp_path: Path, place: int, removed: int, added: str) -> None:
    """No change to a file makes reading it raise, and a file that is read in part says so."""
    path = tmp_path / "mutated.py"
    path.write_text(_MUTATED[:place] + added + _MUTATED[place + removed :])
    assert isinstance(parse(path.read_bytes()), s.Tree | str)
