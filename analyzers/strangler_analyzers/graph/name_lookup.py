"""Finds the node that a person means by a name."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable

from strangler.model.identifiers import NodeKind, module_id, name_of
from strangler.model.system import SystemFacts
from strangler_analyzers.graph.elements import nodes
from strangler_analyzers.graph.errors import AmbiguousNameError, UnknownNameError


class NameLookup:
    """Finds nodes by id, full name or the end of a name.

    ``shop.orders.views:create``, ``shop.orders.views.create``, ``views:create`` and ``create``
    all name the same function as long as nothing else matches them. A full name takes precedence
    over the end of a longer one. Packages are found as well, with or without an
    ``__init__.py``.
    """

    def __init__(self, facts: SystemFacts) -> None:
        self._ids: set[str] = set()
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        self._by_last: defaultdict[str, list[str]] = defaultdict(list)
        for node in nodes(facts):
            self._add(node.id, node.kind)
        for module in facts.modules:
            for package in _packages(module.name):
                self._add(module_id(package), NodeKind.MODULE)

    def find(self, text: str) -> str:
        """The id of the node that a text names.

        Raises UnknownNameError or AmbiguousNameError, both with suggestions.
        """
        text = text.strip()
        if not text:
            raise UnknownNameError(text)
        if text in self._ids:
            return text
        wanted = _comparable(text)
        found = self._by_name.get(wanted) or self._with_ending(wanted)
        if not found:
            raise UnknownNameError(text, self._suggestions(wanted))
        if len(found) > 1:
            raise AmbiguousNameError(text, tuple(sorted(found)))
        return found[0]

    def _add(self, identifier: str, kind: NodeKind) -> None:
        if identifier in self._ids:
            return
        self._ids.add(identifier)
        name = _comparable(name_of(identifier))
        self._by_name[name].append(identifier)
        if kind in {NodeKind.EXTERNAL, NodeKind.ENTRY}:
            self._by_last[name].append(identifier)
            words = name.partition(".")[2].split(" ")
            for first in range(len(words)):  # The end of a command's path: `upgrade` of `app db upgrade`.
                self._by_last[" ".join(words[first:])].append(identifier)
        elif kind is not NodeKind.ROUTE:
            self._by_last[name.rpartition(".")[2]].append(identifier)

    def _with_ending(self, wanted: str) -> list[str]:
        candidates: Iterable[str] = self._by_last.get(wanted.rpartition(".")[2], ())
        if wanted in self._by_last:
            candidates = [*candidates, *self._by_last[wanted]]
        ends = (f".{wanted}", f" {wanted}")
        return sorted(
            {identifier for identifier in candidates if f".{_comparable(name_of(identifier))}".endswith(ends)}
        )

    def _suggestions(self, wanted: str) -> tuple[str, ...]:
        full = difflib.get_close_matches(wanted, self._by_name, n=3, cutoff=0.75)
        found = [identifier for name in full for identifier in self._by_name[name]]
        last = wanted.rpartition(".")[2]
        for name in difflib.get_close_matches(last, self._by_last, n=3, cutoff=0.75):
            found.extend(sorted(self._by_last[name])[:2])
        if last and not found:
            found = sorted(node for name, ids in self._by_last.items() if name.startswith(last) for node in ids)
        return tuple(dict.fromkeys(found))[:3]


def _comparable(name: str) -> str:
    return name.replace(":", ".")


def _packages(module: str) -> Iterable[str]:
    parts = module.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts)))
