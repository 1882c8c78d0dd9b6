"""The outcome of each call: linked, outside the program, a Python builtin, or unknown."""

from __future__ import annotations

from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.recording import Recording
from strangler_analyzers.linker.values import External, ParameterValue, Values
from strangler_analyzers.source import syntax as s

MAX_CANDIDATES = 10
"""The most functions of one name that are listed for an ambiguous call."""


class CallOutcomes:
    """Counts calls by outcome, so that the map states what it does not know."""

    def __init__(self, program: Program) -> None:
        self._named: dict[str, list[str]] = {}
        for name, scope in program.functions.items():
            self._named.setdefault(scope.short_name, []).append(name)

    def count(self, call: s.Call, callees: Values, recording: Recording, *, linked: bool) -> None:
        """Count one call."""
        outcome = recording.outcome
        known = [value for value in callees if not isinstance(value, ParameterValue)]
        if linked:
            outcome.resolved += 1
        elif any(isinstance(value, External) and value.path.startswith("builtins.") for value in known):
            outcome.builtin += 1
        elif known:
            outcome.external += 1
        elif isinstance(call.function, s.Attribute) and (names := self._candidates(call.function.name)):
            outcome.ambiguous += 1
            recording.ambiguous(call.function.name, call.line, names)
        else:
            outcome.opaque += 1

    def _candidates(self, name: str) -> tuple[str, ...]:
        """Functions and methods of the program with this short name."""
        return tuple(sorted(self._named.get(name, ()))[:MAX_CANDIDATES])
