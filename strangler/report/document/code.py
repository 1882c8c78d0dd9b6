"""The functions of a system and the statements in them: calls, table accesses, and uses of outside systems.

The page itself follows a request through these statements, so a thousand routes cost no more than the code that they
share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from strangler.model.json_value import Json
from strangler.model.location import Location
from strangler.model.system import AccessMode, Call, CallKind, Confidence, OutsideUse, TableAccess
from strangler.report.document.columns import Numbering, Vocabulary, columns
from strangler.report.document.structure import Structure
from strangler_analyzers.graph.system_graph import SystemGraph

CALL_KINDS = tuple(CallKind)
CONFIDENCES = tuple(Confidence)
STATEMENT_COLUMNS = (
    *("what", "line", "target", "operation", "kind", "confidence"),
    *("loop", "transactionFile", "transactionLine", "file"),
)


class Code:
    """Functions by number: the requested ones, those that they call, and those that touch tables."""

    def __init__(self, graph: SystemGraph, structure: Structure, vocabulary: Vocabulary) -> None:
        self._graph = graph
        self._structure = structure
        self._vocabulary = vocabulary
        self.functions = Numbering()

    def sections(self) -> Mapping[str, Json]:
        """The functions' sections of the document; name the functions of routes and jobs before calling it."""
        for function in self._graph.functions:
            if self._graph.in_application(function):
                self.functions.of(function)
        for access in self._graph.facts.accesses:
            self.functions.of(access.function)
        rows: list[Sequence[Json]] = []
        statements: list[Sequence[Json]] = []
        for name in _growing(self.functions):
            place = self._place_of(name)
            rows.append([*self._name(name), *place, int(self._graph.has_effect(name)), len(statements)])
            statements.extend(self._statement(item, place) for item in self._statements(name))
        return {
            "callKinds": [kind.value for kind in CALL_KINDS],
            "confidences": [level.value for level in CONFIDENCES],
            "functions": columns(("module", "name", "file", "line", "effect", "first"), rows),
            "statements": columns(STATEMENT_COLUMNS, statements),
        }

    def _name(self, name: str) -> tuple[int, str]:
        """The number of the module and the rest of the name; -1 and the whole name for modules without a number."""
        module, _, rest = name.partition(":")
        if module in self._structure.modules:
            return self._structure.modules.of(module), rest
        return -1, name

    def _place_of(self, name: str) -> tuple[int, int]:
        function = name.partition("@")[0]
        known = self._graph.functions.get(function) or self._graph.classes.get(function)
        return self._vocabulary.place(None if known is None else known.location)

    def _statements(self, function: str) -> list[Call | TableAccess | OutsideUse]:
        statements: list[Call | TableAccess | OutsideUse] = [*self._graph.calls_from(function)]
        # A table that only tests name is not a table of the system.
        statements += [item for item in self._graph.accesses_of(function) if item.table in self._structure.tables]
        statements += self._graph.outside_uses_of(function)
        return sorted(statements, key=lambda item: (item.location, item.column))

    def _statement(self, item: Call | TableAccess | OutsideUse, place: tuple[int, int]) -> Sequence[Json]:
        """One row: `what` is 0 call, 1 read, 2 write, 3 outside; lines and files are relative to the function's."""
        strings = self._vocabulary.strings
        match item:
            case Call():
                head = [0, self.functions.of(item.runs), 0, CALL_KINDS.index(item.kind)]
            case TableAccess():
                what = 1 if item.mode is AccessMode.READ else 2
                head = [what, self._structure.tables.of(item.table), strings.of(item.operation), 0]
            case OutsideUse():
                head = [3, strings.of(f"{item.kind.value} {item.name}"), strings.of(item.operation), 0]
        what, target, operation, kind = head
        confidence = 0 if isinstance(item, OutsideUse) else CONFIDENCES.index(item.confidence)
        file, line = self._vocabulary.place(item.location)
        return [
            *(what, line - place[1], target, operation, kind, confidence, int(item.in_loop)),
            *self._relative(item.transaction, place),
            file - place[0],
        ]

    def _relative(self, begin: Location | None, place: tuple[int, int]) -> tuple[int, int]:
        """The file of a transaction, counted from 1, and its line relative to the function's; 0 and 0 for none."""
        if begin is None:
            return 0, 0
        file, line = self._vocabulary.place(begin)
        return file + 1, line - place[1]


def _growing(numbering: Numbering) -> Iterable[str]:
    """Every name of a numbering, including names added during the iteration."""
    position = 0
    while position < len(numbering):
        yield numbering.name(position)
        position += 1
