"""Which of a local name's bindings can reach a use of it: reaching definitions over the structured tree.

The textbook analysis (Aho, Lam, Sethi and Ullman, "Compilers", section 9.2.4) for one function. The tree has no jumps
but ``return``, so one pass over the statements is enough. At the start of a loop body any binding of the loop may hold;
at the start of a part of ``try``, any binding of the parts before it (an exception may leave them anywhere); after a
branch, any binding that held before it or at the end of an arm. Bindings by comprehensions, assignment expressions and
inner functions, contents of containers, and declared types have no place in that order and always count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import TypeAlias

from strangler_analyzers.linker.per_program import PerProgram
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.scope import Annotated, Argument, Assigned, Binding, Scope
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import statements, uses

Reaching: TypeAlias = tuple[Binding, ...]
"""The bindings that may hold at one use."""
_State: TypeAlias = dict[str, Reaching]

_DATA = (s.Constant, s.Format)
_SWALLOWING = frozenset({"suppress"})
"""With `contextlib.suppress`, control may leave the block anywhere and continue after it."""


def reaching_bindings(scope: Scope) -> Mapping[s.Name, Reaching]:
    """The bindings that reach each use of a function's local names; uses reached by every binding are left out."""
    if not isinstance(scope.node, s.Function):
        return {}
    names = {name for name, found in scope.bindings.items() if len(found) > 1 and _differ(found)}
    if names:
        names.difference_update(name for binding in scope.node.bindings for name in _names(binding.target))
    return _Function(scope, scope.node, names).uses() if names else {}


def _of_program(program: Program) -> Mapping[s.Name, Reaching]:
    found: dict[s.Name, Reaching] = {}
    for scope in program.functions.values():
        found.update(reaching_bindings(scope))
    return found


REACHING = PerProgram(_of_program)
"""The reaching bindings of all functions of a program."""


def _differ(bindings: Iterable[Binding]) -> bool:
    """Whether there are several bindings to distinguish, and not all of them are data, on which nothing depends."""
    ordered = [binding for binding in bindings if not isinstance(binding, Annotated)]
    return len(ordered) > 1 and not all(isinstance(b, Assigned) and isinstance(b.expression, _DATA) for b in ordered)


class _Function:
    """The pass over one function; it meets the bindings of each name in the order the binder added them."""

    def __init__(self, scope: Scope, node: s.Function, names: set[str]) -> None:
        self._bindings = {name: scope.bindings[name] for name in names}
        self._met = dict.fromkeys(names, 0)
        self._node = node
        self._uses: dict[s.Name, Reaching] = {}

    def uses(self) -> Mapping[s.Name, Reaching]:
        state: _State = dict.fromkeys(self._bindings, ())
        for name, found in self._bindings.items():
            state[name] = self._next(name, sum(isinstance(binding, Argument) for binding in found))
        self._block(self._node.body, state)
        always = {
            name: tuple(dict.fromkeys((*found[self._met[name] :], *filter(_declares, found))))
            for name, found in self._bindings.items()
        }
        told: dict[s.Name, Reaching] = {}
        for use, reaching in self._uses.items():
            whole = _merged((reaching, always[use.id]))
            if reaching and len(whole) < len(self._bindings[use.id]):
                told[use] = whole
        return told

    def _next(self, name: str, count: int) -> Reaching:
        met = self._met[name]
        self._met[name] = met + count
        return tuple(islice(self._bindings[name], met, met + count))

    # --- statements

    def _block(self, block: Iterable[s.Statement], state: _State) -> bool:
        """Follow statements and update the state; True if the function ends with them."""
        ends = False
        for statement in block:
            ends = self._statement(statement, state) or ends
        return ends

    def _statement(self, statement: s.Statement, state: _State) -> bool:
        match statement:
            case s.With(body=body):
                return self._with(statement, body, state)
            case s.Loop():
                self._loop(statement, state)
            case s.Branch():
                self._branch(statement, state)
            case _:
                self._read((statement,), state)
                self._bind(statement, state)
        return isinstance(statement, s.Return)

    def _with(self, statement: s.With, body: tuple[s.Statement, ...], state: _State) -> bool:
        self._read((item.context for item in statement.items), state)
        self._bind(statement, state)
        if not any(spelling.last_name(item.context) in _SWALLOWING for item in statement.items):
            return self._block(body, state)
        before, met = dict(state), dict(self._met)
        self._block(body, state)
        _join(state, (before, self._since(met)))
        return False

    def _loop(self, statement: s.Loop, state: _State) -> None:
        self._read((statement.iterable,), state)
        _join(state, (self._ahead(statement),))
        inner = dict(state)
        if statement.target is None:
            self._read((statement.iterable,), inner)
        self._bind(statement, inner)
        self._block(statement.body, inner)

    def _ahead(self, loop: s.Loop) -> _State:
        """All that a loop will bind: any of it may hold when the body starts again."""
        counts: dict[str, int] = {}
        for statement in statements((loop,)):
            for name in _bound(statement):
                counts[name] = counts.get(name, 0) + 1
        return {
            name: tuple(islice(self._bindings[name], self._met[name], self._met[name] + count))
            for name, count in counts.items()
            if name in self._bindings
        }

    def _branch(self, statement: s.Branch, state: _State) -> None:
        self._read(statement.tests, state)
        before, met = dict(state), dict(self._met)
        tries = not statement.tests
        for arm in statement.arms:
            inner = dict(before)
            if tries:
                _join(inner, (self._since(met),))
            if not self._block(arm, inner):
                _join(state, (inner,))

    # --- the state

    def _since(self, met: Mapping[str, int]) -> _State:
        """All that has been bound since the counts in `met` were taken."""
        return {
            name: tuple(found[met[name] : self._met[name]])
            for name, found in self._bindings.items()
            if self._met[name] > met[name]
        }

    def _bind(self, statement: s.Statement, state: _State) -> None:
        counts: dict[str, int] = {}
        for name in _bound(statement):
            if name in self._bindings:
                counts[name] = counts.get(name, 0) + 1
        for name, count in counts.items():
            found = self._next(name, count)
            state[name] = _merged((state[name], found)) if isinstance(statement, s.Augment) else found

    def _read(self, roots: Iterable[s.Node], state: _State) -> None:
        for root in roots:
            for use in uses(root):
                if use.id in state:
                    self._uses[use] = state[use.id]


def _bound(statement: s.Statement) -> Iterator[str]:
    """The names that a statement itself binds, one for each binding that `Binder` makes of it."""
    match statement:
        case s.Assign(targets=targets, value=value, annotation=annotation):
            for target in targets:
                for name in _names(target):
                    if annotation is not None:
                        yield name
                    if value is not None:
                        yield name
        case s.Augment(target=target):
            yield from _names(target)
        case s.With(items=items):
            yield from chain.from_iterable(_names(item.target) for item in items)
        case s.Loop(target=target):
            yield from _names(target)
        case s.Import(names=aliases):
            yield from (alias.alias or alias.name.partition(".")[0] for alias in aliases)
        case s.ImportFrom(names=aliases):
            yield from (alias.alias or alias.name for alias in aliases if alias.name != "*")
        case s.Function(name=name) | s.Class(name=name):
            yield name
        case _:
            pass


def _names(target: s.Expression | None) -> Iterator[str]:
    """The plain names a target binds, in order."""
    match target:
        case s.Name(id=name):
            yield name
        case s.Sequence(elements=elements):
            for element in elements:
                yield from _names(element.value if isinstance(element, s.Star) else element)
        case _:
            pass


def _declares(binding: Binding) -> bool:
    return isinstance(binding, Annotated)


def _join(state: _State, others: Iterable[_State]) -> None:
    for other in others:
        for name, found in other.items():
            if found != state[name]:
                state[name] = _merged((state[name], found))


def _merged(parts: Iterable[Reaching]) -> Reaching:
    return tuple(dict.fromkeys(chain.from_iterable(parts)))
