"""Where each key of a TOML document stands, which no TOML reader of Python tells.

Only for documents that tomllib accepts: the scan trusts their syntax (https://toml.io/en/v1.0.0).
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]
"""Keys and list indices from the root: ``("routes", 0, "match", "path")``."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")' + r"|'''.*?'{3,5}(?!')" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]*")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text; line and column count from 1."""

    line: int
    column: int


def key_positions(text: str) -> Mapping[KeyPath, Position]:
    """Map the path of every key, table and list element of a valid TOML document to its place."""
    return _Scan(text).run()


@dataclass(slots=True)
class _Scan:
    text: str
    at: int = 0
    table: KeyPath = ()
    offsets: dict[KeyPath, int] = field(default_factory=dict[KeyPath, int])
    lengths: dict[KeyPath, int] = field(default_factory=dict[KeyPath, int])
    """How many elements each array of tables has so far."""

    def run(self) -> Mapping[KeyPath, Position]:
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self._follows("["):
                self._header()
            else:
                self._pair(self.table)
            self._skip(_BLANK)
        line_starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        return {path: _position(offset, line_starts) for path, offset in self.offsets.items()}

    def _header(self) -> None:
        is_array = self._follows("[[")
        begin = self.at
        self.at += 2 if is_array else 1
        keys = self._dotted_key()
        self._skip(_SPACE)
        self.at += 2 if is_array else 1
        path: KeyPath = ()
        for number, (key, offset) in enumerate(keys):
            path = (*path, key)
            self.offsets.setdefault(path, offset)
            is_last = number == len(keys) - 1
            if is_last and is_array:
                self.lengths[path] = self.lengths.get(path, 0) + 1
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
                self.offsets.setdefault(path, begin)
        self.table = path

    def _pair(self, table: KeyPath) -> None:
        path = table
        for key, offset in self._dotted_key():
            path = (*path, key)
            self.offsets.setdefault(path, offset)
        self._skip(_SPACE)
        self.at += len("=")
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        if self._follows("["):
            self._array(path)
        elif self._follows("{"):
            self._inline_table(path)
        else:
            self._skip(_STRING if self.text[self.at] in "\"'" else _SCALAR)

    def _array(self, path: KeyPath) -> None:
        self.at += len("[")
        index = 0
        self._skip(_BLANK)
        while not self._follows("]"):
            element = (*path, index)
            self.offsets[element] = self.at
            self._value(element)
            index += 1
            self._skip_separator()
        self.at += len("]")

    def _inline_table(self, path: KeyPath) -> None:
        self.at += len("{")
        self._skip(_BLANK)
        while not self._follows("}"):
            self._pair(path)
            self._skip_separator()
        self.at += len("}")

    def _dotted_key(self) -> list[tuple[str, int]]:
        keys: list[tuple[str, int]] = []
        while True:
            self._skip(_SPACE)
            offset = self.at
            keys.append((self._key(), offset))
            self._skip(_SPACE)
            if not self._follows("."):
                return keys
            self.at += len(".")

    def _key(self) -> str:
        if self.text[self.at] not in "\"'":
            return self._skip(_BARE_KEY)
        quoted = self._skip(_STRING)
        return str(tomllib.loads(f"key = {quoted}")["key"])

    def _skip_separator(self) -> None:
        self._skip(_BLANK)
        if self._follows(","):
            self.at += len(",")
            self._skip(_BLANK)

    def _follows(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"not valid TOML at character {self.at}")
        self.at = match.end()
        return match[0]


def _position(offset: int, line_starts: list[int]) -> Position:
    line = bisect_right(line_starts, offset)
    return Position(line, offset - line_starts[line - 1] + 1)
