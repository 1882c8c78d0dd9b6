"""The key of a row, one column or several, and the one text that identifies the row.

The text of a one-column key is that of its value. For several columns it is their texts joined by slashes; a slash or a
tilde within a text is escaped as in JSON Pointer (RFC 6901, section 3): ``~1`` and ``~0``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from strangler_etl.engine.schema import Table
from strangler_etl.engine.session import Row, Session, Value

_SEPARATOR = "/"
_ESCAPES = (("~", "~0"), ("/", "~1"))
_KEYS_PER_QUERY = 1_000
KeyT = TypeVar("KeyT", bound=Value)


def in_parts(keys: Sequence[KeyT]) -> Iterator[Sequence[KeyT]]:
    """The keys in batches of the size that one query asks for."""
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        yield keys[start : start + _KEYS_PER_QUERY]


def key_of_parts(parts: Sequence[str]) -> str:
    """The text of a key whose columns have these texts."""
    if len(parts) == 1:
        return parts[0]
    return _SEPARATOR.join(part.replace("~", "~0").replace("/", "~1") for part in parts)


def parts_of_key(key: str, columns: int) -> tuple[str, ...]:
    """The texts of a key's columns, the inverse of `key_of_parts`; ValueError when there are not as many."""
    if columns == 1:
        return (key,)
    parts = tuple(part.replace("~1", "/").replace("~0", "~") for part in key.split(_SEPARATOR))
    if len(parts) != columns:
        raise ValueError(f"{key!r} is no key of {columns} columns")
    return parts


def key_of_row(row: Row, positions: Sequence[int]) -> Value:
    """The key of a row whose key columns are at these positions: the value of one column, the text of several."""
    if len(positions) == 1:
        return row[positions[0]]
    return key_of_parts([str(row[position]) for position in positions])


def row_of_key(key: Value, columns: int) -> Row:
    """The values of a key's columns, the inverse of `key_of_row`."""
    return (key,) if columns == 1 else parts_of_key(str(key), columns)


def key_name(columns: Sequence[str]) -> str:
    """A key as users read it: ``id``, ``(order_id, line)``."""
    return columns[0] if len(columns) == 1 else f"({', '.join(columns)})"


@dataclass(frozen=True, slots=True)
class KeyPart:
    """A column of a key: its SQL and its type."""

    sql: str
    type: str


@dataclass(frozen=True, slots=True)
class Key:
    """The columns that identify a row, as SQL over it; rows order by the first column that differs."""

    parts: tuple[KeyPart, ...]

    @property
    def order(self) -> str:
        """The expressions to sort by."""
        return ", ".join(part.sql for part in self.parts)

    def as_text(self, session: Session) -> str:
        """The SQL of the text of a row's key."""
        return key_text([session.as_text(part.sql, part.type) for part in self.parts], session)

    def texts(self, session: Session, keys: Iterable[Value]) -> list[str]:
        """Keys as `as_text` writes them, however a journal, a driver or another database does."""
        if len(self.parts) == 1:
            return session.key_texts(self.parts[0].type, keys)
        split = [parts_of_key(str(key), len(self.parts)) for key in keys]
        columns = [
            session.key_texts(part.type, [each[position] for each in split]) for position, part in enumerate(self.parts)
        ]
        return [key_of_parts(parts) for parts in zip(*columns, strict=True)]

    def any_of(self, session: Session, keys: Sequence[str]) -> tuple[str, Sequence[Value]]:
        """The condition that a row has one of `keys` (in text form), with its parameters."""
        if len(self.parts) == 1:
            return session.any_of(self.parts[0].sql, self.parts[0].type, keys)
        columns = [(part.sql, part.type) for part in self.parts]
        return session.any_row_of(columns, [parts_of_key(key, len(columns)) for key in keys])

    def compared_to(self, session: Session, operator: str, literals: Sequence[str]) -> str:
        """The condition that a row's key is ``>`` or ``<=`` these literals (SQL), one for each column."""
        values = [session.keyed(literal, part.type) for literal, part in zip(literals, self.parts, strict=True)]
        if len(values) == 1:
            return f"{self.parts[0].sql} {operator} {values[0]}"
        return session.compared_rows([part.sql for part in self.parts], operator, values, literals)[0]

    def compared(self, session: Session, operator: str, key: str) -> tuple[str, Sequence[Value]]:
        """The condition that a row's key is ``>`` or ``<=`` another (in text form), with its parameters."""
        # The parameter is converted, not the column, so that the column's index is used.
        values = [session.keyed(session.placeholder, part.type) for part in self.parts]
        if len(values) == 1:
            return f"{self.parts[0].sql} {operator} {values[0]}", [key]
        given = parts_of_key(key, len(values))
        return session.compared_rows([part.sql for part in self.parts], operator, values, given)


def key_of_table(session: Session, table: Table, columns: Sequence[str], *, qualified: bool = True) -> Key:
    """The key of a table that these columns form; `qualified` with the name of the table."""
    prefix = f"{session.quoted(table.name)}." if qualified else ""
    return Key(tuple(KeyPart(f"{prefix}{session.quoted(name)}", table.columns[name].type) for name in columns))


def key_text(texts: Sequence[str], session: Session) -> str:
    """The SQL of the text of a key whose columns have these texts (SQL)."""
    if len(texts) == 1:
        return texts[0]
    escaped = list(texts)
    for character, escape in _ESCAPES:
        escaped = [f"replace({text}, '{character}', '{escape}')" for text in escaped]
    return session.concatenated([piece for text in escaped for piece in (f"'{_SEPARATOR}'", text)][1:])
