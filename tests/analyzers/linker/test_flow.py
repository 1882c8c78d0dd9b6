"""What a function does, in source order."""

from __future__ import annotations

from operator import itemgetter
from pathlib import Path

from strangler.model.system import CallKind, Confidence
from strangler_analyzers.linker.flow import in_order
from tests.analyzers.source_tree import facts_of


def _callees(root: Path, source: str, caller: str) -> list[str]:
    facts = facts_of(root, {"m.py": source})
    return [call.callee.partition(":")[2] for call in facts.calls if call.caller == f"m:{caller}"]


def test_facts_are_put_in_the_order_of_their_keys_each_once() -> None:
    """Function by function gives what sorting all of them gives."""
    facts = [("b", 2), ("a", 3), ("b", 1), ("a", 3)]
    assert in_order(facts, itemgetter(0), lambda fact: fact) == (("a", 3), ("b", 1), ("b", 2))


def test_calls_stand_in_source_order(tmp_path: Path) -> None:
    """A chained call counts where its own name stands."""
    source = """
        class Q:
            def first(self): return self
            def second(self): return self
        def make() -> Q: ...
        def f():
            (make()
                .first()
                .second())
    """
    assert _callees(tmp_path, source, "f") == ["make", "Q.first", "Q.second"]


def test_a_class_calls_its_initialiser(tmp_path: Path) -> None:
    """Making an instance runs ``__init__`` where there is one, else it counts as a use of the class."""
    source = """
        class A:
            def __init__(self): ...
        class B: ...
        def f():
            A()
            B()
    """
    assert _callees(tmp_path, source, "f") == ["A.__init__", "B"]


def test_reading_a_property_runs_it(tmp_path: Path) -> None:
    """A property is a call that does not look like one."""
    source = """
        class Order:
            @property
            def total(self): return self.lines()
            def lines(self): ...
        def f():
            return Order().total
    """
    assert "Order.total" in _callees(tmp_path, source, "f")


def test_entering_a_context_runs_its_methods(tmp_path: Path) -> None:
    """``with`` runs ``__enter__`` and ``__exit__``."""
    source = """
        class Lock:
            def __enter__(self): ...
            def __exit__(self, *args): ...
        def f():
            with Lock(): pass
    """
    assert _callees(tmp_path, source, "f") == ["Lock", "Lock.__enter__", "Lock.__exit__"]


def test_comprehensions_belong_to_their_function_and_lambdas_are_functions(tmp_path: Path) -> None:
    """What a comprehension calls counts for the function that holds it; a lambda calls for itself."""
    source = """
        def a(): ...
        def b(x): ...
        def f(xs):
            g = lambda: a()
            return [b(x) for x in xs], g()
    """
    assert _callees(tmp_path, source, "f") == ["b", "f.<locals>.<lambda>"]
    assert _callees(tmp_path, source, "f.<locals>.<lambda>") == ["a"]


def test_calls_in_loops_are_marked(tmp_path: Path) -> None:
    """A call in a loop or a comprehension may run many times."""
    source = """
        def a(): ...
        def f(xs):
            a()
            for x in xs:
                a()
    """
    facts = facts_of(tmp_path, {"m.py": source})
    assert [call.in_loop for call in facts.calls if call.caller == "m:f"] == [False, True]


def test_overrides_are_possible_targets(tmp_path: Path) -> None:
    """``self.step()`` may run a subclass's method: linked with the lowest confidence."""
    source = """
        class Base:
            def run(self): self.step()
            def step(self): ...
        class Sub(Base):
            def step(self): ...
    """
    facts = facts_of(tmp_path, {"m.py": source})
    found = {call.callee: call.confidence for call in facts.calls}
    assert found == {"m:Base.step": Confidence.CERTAIN, "m:Sub.step": Confidence.POSSIBLE}


def test_a_decorator_runs_around_its_function(tmp_path: Path) -> None:
    """What the decorator returns runs whenever the function does."""
    source = """
        def audit(function):
            def wrapper(*args):
                log()
                return function(*args)
            return wrapper
        def log(): ...
        @audit
        def f(): ...
    """
    facts = facts_of(tmp_path, {"m.py": source})
    kinds = {(call.callee, call.kind) for call in facts.calls if call.caller == "m:f"}
    assert kinds == {("m:audit.<locals>.wrapper", CallKind.DECORATOR)}


def test_a_function_handed_to_a_library_is_taken_to_run(tmp_path: Path) -> None:
    """Callbacks are linked as the framework's doing."""
    source = """
        import tenacity
        def work(): ...
        def f():
            tenacity.Retrying().call(work)
    """
    facts = facts_of(tmp_path, {"m.py": source})
    assert [(call.callee, call.kind) for call in facts.calls] == [("m:work", CallKind.FRAMEWORK)]


def test_a_function_that_a_library_only_takes_back_does_not_run(tmp_path: Path) -> None:
    """A cache that forgets what a function returned, or a signal that lets go of it, does not call it."""
    source = """
        import asyncio
        from blinker import signal
        from flask_caching import Cache
        cache = Cache()
        @cache.memoize(60)
        def projects(): return read()
        def read(): ...
        def on_saved(sender): ...
        def done(task): ...
        def forget(task: asyncio.Task):
            cache.delete_memoized(projects)
            signal("saved").disconnect(on_saved)
            task.remove_done_callback(done)
        def remember(task: asyncio.Task):
            signal("saved").connect(on_saved)
            task.add_done_callback(done)
    """
    assert _callees(tmp_path, source, "forget") == []
    assert _callees(tmp_path, source, "remember") == ["on_saved", "done"]
