"""Records the lines of a file that the tolerant reader leaves out."""

from __future__ import annotations

from tree_sitter import Node

from strangler_analyzers.source.tolerant.nodes import damages, end_line, line

_MOST_NAMED = 8


class Damage:
    """Collects the lines that could not be understood, to report them once for a file."""

    def __init__(self) -> None:
        self._lines: set[int] = set()

    def leave_out(self, node: Node) -> None:
        """Record the lines of a node that is left out."""
        self._lines.update(range(line(node), end_line(node) + 1))

    def leave_out_damages(self, node: Node) -> None:
        """Record the children of a node that could not be understood."""
        for child in damages(node):
            self.leave_out(child)

    def sentence(self) -> str | None:
        """The note on the lines that are left out; None if there are none."""
        if not self._lines:
            return None
        spans = _spans(sorted(self._lines))
        named = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans[:_MOST_NAMED])
        more = f" and {len(spans) - _MOST_NAMED} other places" if len(spans) > _MOST_NAMED else ""
        return f"read in part, without line{'s' * (len(self._lines) > 1)} {named}{more}"


def _spans(lines: list[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for number in lines:
        if spans and spans[-1][1] == number - 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return spans
