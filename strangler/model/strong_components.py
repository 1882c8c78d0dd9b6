"""Strongly connected components over integer nodes.

networkx has them too, but only for its own graph, which takes several hundred bytes per edge;
the call graph of a large monolith is worth forty lines of code.
"""

from __future__ import annotations

from collections.abc import Sequence


def strong_components(successors: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return the components of the graph ``node -> successors[node]``, each after those that it leads to.

    Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972) without recursion.
    Members of a component are sorted.
    """
    return _Search(successors).run()


class _Search:
    def __init__(self, successors: Sequence[Sequence[int]]) -> None:
        self._successors = successors
        self._order = [-1] * len(successors)
        self._low = [0] * len(successors)
        self._open = [False] * len(successors)
        self._stack: list[int] = []
        self._visited = 0
        self._components: list[list[int]] = []

    def run(self) -> list[list[int]]:
        for root in range(len(self._successors)):
            if self._order[root] < 0:
                self._walk(root)
        return self._components

    def _walk(self, root: int) -> None:
        self._enter(root)
        path = [(root, iter(self._successors[root]))]
        while path:
            node, rest = path[-1]
            for successor in rest:
                if self._order[successor] < 0:
                    self._enter(successor)
                    path.append((successor, iter(self._successors[successor])))
                    break
                if self._open[successor]:
                    self._low[node] = min(self._low[node], self._order[successor])
            else:
                path.pop()
                if path:
                    parent = path[-1][0]
                    self._low[parent] = min(self._low[parent], self._low[node])
                if self._low[node] == self._order[node]:
                    self._close(node)

    def _enter(self, node: int) -> None:
        self._order[node] = self._low[node] = self._visited
        self._visited += 1
        self._open[node] = True
        self._stack.append(node)

    def _close(self, root: int) -> None:
        component: list[int] = []
        while True:
            node = self._stack.pop()
            self._open[node] = False
            component.append(node)
            if node == root:
                break
        self._components.append(sorted(component))
