"""YAML and JSON as trees of mappings, lists and texts, within limits that a hostile document cannot exceed.

The events of the parser are assembled here: PyYAML's own loaders recurse, and expand merged aliases without limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

MAX_DEPTH = 64
"""The deepest nesting of a document; schemas of real services have a third of this."""
MAX_NODES = 400_000
"""The most mappings, lists and texts of a document, with what merge keys add."""
_MERGE = "<<"
_LOADER: type[yaml.Loader | yaml.CLoader] = getattr(yaml, "CLoader", yaml.Loader)
"""Only its parser is used, which makes no objects; that in C, if this PyYAML has it, takes a tenth of the time."""

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"


class DocumentError(ValueError):
    """A document that cannot be read; the message is the reason in one line."""


def tree_of(text: str) -> Tree:
    """The first document of a text; aliases are the same object as their anchor.

    Raises DocumentError if the text is neither YAML nor JSON, or too large.
    """
    assembly = _Assembly()
    try:
        for event in _events(text):
            assembly.add(event)
            if isinstance(event, yaml.DocumentEndEvent):
                break
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark is not None else ""
        raise DocumentError(f"neither YAML nor JSON{line}") from error
    except RecursionError as error:
        raise DocumentError(f"nested deeper than {MAX_DEPTH}") from error
    return assembly.root


def _events(text: str) -> Iterator[yaml.Event]:
    # A tab is white space in JSON, but not to the parser; within texts JSON does not allow it.
    spaced = text.replace("\t", " ") if text.lstrip().startswith("{") else text
    # The stub of `parse` does not say what it yields.
    return yaml.parse(spaced, _LOADER)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end is not read yet; `key` is a mapping's key that waits for its value."""

    tree: list[Tree] | dict[str, Tree]
    anchor: str | None
    key: str | None = None
    expects_value: bool = False


@dataclass(slots=True)
class _Assembly:
    root: Tree = ""
    _open: list[_Open] = field(default_factory=list[_Open])
    _anchors: dict[str, Tree] = field(default_factory=dict[str, Tree])
    _nodes: int = 0

    def add(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._whole(event.value, event.anchor)
            case yaml.AliasEvent():
                # An alias of what is still open would make a circle.
                self._whole(self._anchors.get(event.anchor, ""), None)
            case yaml.MappingStartEvent():
                self._begin(_Open({}, event.anchor))
            case yaml.SequenceStartEvent():
                self._begin(_Open([], event.anchor))
            case yaml.CollectionEndEvent():
                ended = self._open.pop()
                self._whole(ended.tree, ended.anchor)
            case _:
                pass

    def _begin(self, opened: _Open) -> None:
        if len(self._open) == MAX_DEPTH:
            raise DocumentError(f"nested deeper than {MAX_DEPTH}")
        self._open.append(opened)

    def _whole(self, tree: Tree, anchor: str | None) -> None:
        self._count(1)
        if anchor is not None:
            self._anchors[anchor] = tree
        if not self._open:
            self.root = tree
            return
        around = self._open[-1]
        if isinstance(around.tree, list):
            around.tree.append(tree)
        elif not around.expects_value:
            around.key = tree if isinstance(tree, str) else None
            around.expects_value = True
        else:
            self._set(around.tree, around.key, tree)
            around.expects_value = False

    def _set(self, mapping: dict[str, Tree], key: str | None, value: Tree) -> None:
        if key == _MERGE:
            for merged in value if isinstance(value, list) else [value]:
                if isinstance(merged, dict):
                    self._count(len(merged))
                    for name, inherited in merged.items():
                        mapping.setdefault(name, inherited)
        elif key is not None:
            mapping[key] = value

    def _count(self, added: int) -> None:
        self._nodes += added
        if self._nodes > MAX_NODES:
            raise DocumentError(f"more than {MAX_NODES:,} values")


def mapping_of(tree: Tree | None) -> Mapping[str, Tree]:
    """The tree if it is a mapping, else an empty one."""
    return tree if isinstance(tree, dict) else {}


def items_of(tree: Tree | None) -> Sequence[Tree]:
    """The tree if it is a list, else an empty one."""
    return tree if isinstance(tree, list) else ()


def text_of(tree: Tree | None) -> str | None:
    """The tree if it is a text that is not empty, else None."""
    return tree if isinstance(tree, str) and tree else None
