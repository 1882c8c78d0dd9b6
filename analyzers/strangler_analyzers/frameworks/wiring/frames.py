"""The interned frames of runs and loop iterations."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from strangler_analyzers.frameworks.wiring.activation import Activation
from strangler_analyzers.linker.scope import Assigned, Scope
from strangler_analyzers.linker.values import Frame, Values
from strangler_analyzers.source.traversal import names


class Frames:
    """Makes frames, and knows which names change in a loop."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Activation] = {}
        self._dependent: dict[tuple[Scope, str, frozenset[str]], bool] = {}

    def run(self, scope: Scope, receiver: Scope | None, names: Mapping[str, Values], outer: Frame | None) -> Frame:
        """The frame of a function's run; a plain one if no values are known."""
        outer = outer if isinstance(outer, Activation) else None
        if not names and outer is None:
            return Frame(scope, receiver)
        return self._once(Activation(scope, receiver, names=tuple(names.items()), outer=outer))

    def turn(self, frame: Frame, names: Mapping[str, Values], *, fixed: bool = False) -> Frame:
        """The frame of one iteration of a loop that binds `names`; `fixed` as in `Activation`."""
        if not names:
            return frame
        outer = frame.outer if isinstance(frame, Activation) else None
        known = tuple(names.items())
        made = Activation(frame.scope, frame.receiver, names=known, outer=outer, before=frame, fixed=fixed)
        return self._once(made)

    def _once(self, made: Activation) -> Activation:
        key = (made.scope, made.receiver, made.names, made.outer, made.before, made.fixed)
        return self._made.setdefault(key, made)

    def binding(self, name: str, frame: Frame) -> Frame:
        """The frame in which to evaluate a name: a name that a loop does not change has its value from around the loop.

        Nor does a comprehension change a fixed name: in ``x = {k: x[k] for k in x}`` both uses are the old `x`.
        """
        if (fixed := _fixing(name, frame)) is not None:
            return fixed
        while isinstance(frame, Activation) and frame.before is not None and not self._changes(name, frame):
            frame = frame.before
        return frame

    def _changes(self, name: str, turn: Activation) -> bool:
        targets = frozenset(target for target, _ in turn.names)
        key = (turn.scope, name, targets)
        known = self._dependent.get(key)
        if known is None:
            self._dependent[key] = False  # A name made from itself depends on what else it is made from.
            known = name in targets or any(
                self._changes(inner, turn)
                for binding in turn.scope.bindings.get(name, ())
                if isinstance(binding, Assigned)
                for inner in names((binding.expression,))
            )
            self._dependent[key] = known
        return known


def _fixing(name: str, frame: Frame) -> Frame | None:
    """The enclosing frame that fixes a name, unless an iteration of a loop in between rebinds the name."""
    while isinstance(frame, Activation) and frame.before is not None:
        if any(known == name for known, _ in frame.names):
            return frame if frame.fixed else None
        frame = frame.before
    return None
