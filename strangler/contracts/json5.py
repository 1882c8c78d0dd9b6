"""A JSON5 parser that keeps the location of every key and element, for messages about a document.

It reads the language of https://spec.json5.org except for values that JSON cannot hold (``NaN``, ``Infinity``) and
escapes in unquoted keys. Comments are skipped; a repeated key is an error.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from strangler.model.errors import ConfigurationError
from strangler.toml_positions import KeyPath, Position

_SPACE = r"[\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
_BLANK = re.compile(rf"(?:{_SPACE}|//[^\n\r\u2028\u2029]*|/\*.*?\*/)*", re.DOTALL)
_KEY = re.compile(r"(?:[^\W\d]|\$)[\w$]*")
_WORD = re.compile(r"[\w$.+-]+")
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|"
    r"(?P<decimal>(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?))"
)
_PLAIN = {quote: re.compile(rf"[^{quote}\\\n\r]*") for quote in "\"'"}
_HEX = {"x": re.compile(r"[0-9a-fA-F]{2}"), "u": re.compile(r"[0-9a-fA-F]{4}")}
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}
_LINE_END = re.compile(r"\r\n|[\n\r\u2028\u2029]")
_DEEPEST = 100
_MOST_DIGITS = 400


@dataclass(frozen=True, slots=True)
class Json5:
    """A value, and the location of each key and element in it."""

    value: object
    positions: Mapping[KeyPath, Position]


def parse_json5(text: str, file: str) -> Json5:
    """Parse a document; ConfigurationError gives the location in `file` that is not JSON5."""
    scan = _Scan(text, file)
    value = scan.document()
    return Json5(value, {path: scan.position(offset) for path, offset in scan.offsets.items()})


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Whether a value of a document is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[object]]:
    """Whether a value of a document is an array."""
    return isinstance(value, list)


@dataclass(slots=True)
class _Scan:
    text: str
    file: str
    at: int = 0
    offsets: dict[KeyPath, int] = field(default_factory=dict[KeyPath, int])
    line_starts: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self.line_starts = [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def position(self, offset: int) -> Position:
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def document(self) -> object:
        self._skip_blank()
        value = self._value(())
        self._skip_blank()
        if self.at < len(self.text):
            raise self._error("there is more behind the end of the document")
        return value

    def _value(self, path: KeyPath) -> object:
        if len(path) > _DEEPEST:
            raise self._error("values are nested too deeply to be read")
        self.offsets.setdefault(path, self.at)
        match self._next():
            case "{":
                return self._object(path)
            case "[":
                return self._array(path)
            case '"' | "'":
                return self._string()
            case _:
                return self._scalar()

    def _object(self, path: KeyPath) -> dict[str, object]:
        self.at += 1
        found: dict[str, object] = {}
        self._skip_blank()
        while self._next() != "}":
            begin = self.at
            key = self._key()
            if key in found:
                first = self.position(self.offsets[(*path, key)])
                raise self._error(f"the key {key} stands twice, first in line {first.line}", begin)
            self.offsets[(*path, key)] = begin
            self._skip_blank()
            self._expect(":", f"a colon behind the key {key}")
            self._skip_blank()
            found[key] = self._value((*path, key))
            self._separator("}")
        self.at += 1
        return found

    def _array(self, path: KeyPath) -> list[object]:
        self.at += 1
        found: list[object] = []
        self._skip_blank()
        while self._next() != "]":
            found.append(self._value((*path, len(found))))
            self._separator("]")
        self.at += 1
        return found

    def _separator(self, end: str) -> None:
        self._skip_blank()
        if self._next() != end:
            self._expect(",", f"a comma or {end}")
            self._skip_blank()

    def _key(self) -> str:
        if self._next() in {'"', "'"}:
            return self._string()
        match = _KEY.match(self.text, self.at)
        if match is None:
            raise self._error("a key must be a name, or a text in quotes")
        self.at = match.end()
        return match[0]

    def _string(self) -> str:
        begin = self.at
        quote = self.text[begin]
        self.at += 1
        parts: list[str] = []
        while True:
            plain = _PLAIN[quote].match(self.text, self.at)
            assert plain is not None
            parts.append(plain[0])
            self.at = plain.end()
            match self.text[self.at : self.at + 1]:
                case "\\":
                    parts.append(self._escape())
                case char if char == quote:
                    self.at += 1
                    return self._joined("".join(parts), begin)
                case _:
                    raise self._error("the text that begins here has no end in its line", begin)

    def _joined(self, text: str, begin: int) -> str:
        """The text with surrogate pairs joined to one character, as in JSON."""
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise self._error("the text has half of a pair of surrogates", begin) from None

    def _escape(self) -> str:
        begin = self.at
        if line_end := _LINE_END.match(self.text, begin + 1):
            self.at = line_end.end()
            return ""
        char = self.text[begin + 1 : begin + 2]
        self.at = begin + 2
        if char in _HEX:
            digits = _HEX[char].match(self.text, self.at)
            if digits is None:
                raise self._error(f"\\{char} wants hexadecimal digits behind it", begin)
            self.at = digits.end()
            return chr(int(digits[0], 16))
        if char == "0" and not self._next().isdigit():
            return "\0"
        if not char or char.isdigit():
            raise self._error("there is no such escape", begin)
        return _ESCAPES.get(char, char)

    def _scalar(self) -> object:
        begin = self.at
        match = _WORD.match(self.text, begin)
        if match is None:
            what = "the document ends too early" if begin == len(self.text) else "here must stand a value"
            raise self._error(what)
        self.at = match.end()
        word = match[0]
        if word in _WORDS:
            return _WORDS[word]
        number = _NUMBER.fullmatch(word)
        if number is None:
            raise self._error(f"{word} is no value; a text stands in quotes", begin)
        return self._number(number, begin)

    def _number(self, match: re.Match[str], begin: int) -> int | float:
        digits: str = match["hex"] or match["decimal"]
        if len(digits) > _MOST_DIGITS:
            raise self._error(f"the number has more than {_MOST_DIGITS} digits", begin)
        sign = -1 if match["sign"] == "-" else 1
        if match["hex"]:
            return sign * int(digits, 16)
        if digits.isdigit():
            return sign * int(digits)
        value = sign * float(digits)
        if math.isinf(value):
            raise self._error("the number is too large", begin)
        return value

    def _expect(self, char: str, what: str) -> None:
        if self._next() != char:
            raise self._error(f"here must stand {what}")
        self.at += 1

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _skip_blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        if self.text.startswith("/*", self.at):
            raise self._error("the comment that begins here has no end")

    def _error(self, what: str, offset: int | None = None) -> ConfigurationError:
        place = self.position(self.at if offset is None else offset)
        return ConfigurationError(f"not valid JSON5: {what}", where=f"{self.file}:{place.line}:{place.column}")
