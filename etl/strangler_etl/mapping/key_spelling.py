"""Whether keys of a SQLite source are found again by the texts that the journal and the target have for them.

SQLite keeps a timestamp as whatever text was written, and compares texts: ``2024-01-01`` and ``2024-01-01 00:00:00``
are two keys to it. PostgreSQL takes them for one, and writes it in its own way on the way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import in_parts, key_name
from strangler_etl.engine.session import Value
from strangler_etl.errors import BackfillError, RowRefusedError
from strangler_etl.mapping.crossing import crossed
from strangler_etl.mapping.mapping import ExpressionColumn, MappedTable
from strangler_etl.sqlite.bytes_keys import holds_bytes
from strangler_etl.values.conversions import Family, family_of

_WRITTEN_ALIKE = frozenset({Family.WHOLE, Family.TEXT, Family.BYTES})


def require_one_spelling(source: Database, target: Database, table: MappedTable) -> None:
    """Raise BackfillError where a row could not be found again by its key, or would come back as another one."""
    if source.dialect != "sqlite":
        return
    for part in table.source_key:
        _require_text(source, target, table, part)
    if table.owned and target.dialect == "postgres":
        copied = {column.target for column in table.columns if isinstance(column, ExpressionColumn)}
        for part, held in zip(table.source_key, table.known_by, strict=True):
            here, there = family_of(table.source.columns[part].type), family_of(table.target.columns[held].type)
            if held in copied and not (here is there and here in _WRITTEN_ALIKE):
                _Held(source, target, table, part, held).require_returning()


def _require_text(source: Database, target: Database, table: MappedTable, part: str) -> None:
    """Refuse keys whose text is not exact: a real number has only 15 digits, and bytes have no text of their own.

    Bytes do have one where they are the whole key and their column is for bytes; a number in such a column has none,
    and PostgreSQL turns a text in it into bytes.
    """
    column = source.quoted(part)
    odd = f"typeof({column}) = 'real' AND CAST(CAST({column} AS text) AS real) <> {column}"
    if len(table.source_key) > 1:
        odd += f" OR typeof({column}) = 'blob' OR typeof({column}) = 'text' AND instr({column}, char(0)) > 0"
    elif holds_bytes(table.source.columns[part].type):
        texts = "TRUE" if target.dialect == "postgres" else f"{column} LIKE '\\x%'"
        odd += f" OR typeof({column}) IN ('integer', 'real') OR typeof({column}) = 'text' AND {texts}"
    else:
        odd += f" OR typeof({column}) = 'blob'"
    name = table.source.name
    ((rows,),) = source.rows(f"SELECT count(*) FROM {source.quoted(name)} WHERE {odd}")
    if rows:
        what = f"rows of {name} have a {part} without an exact text, so nobody could find them again: {rows}"
        raise BackfillError(table.service, what, f"they are: SELECT * FROM {source.quoted(name)} WHERE {odd}")


@dataclass(frozen=True, slots=True)
class _Held:
    """A column of the source's key, and the target column that holds it."""

    source: Database
    target: Database
    table: MappedTable
    part: str
    held: str

    def require_returning(self) -> None:
        """Raise BackfillError where the target would return a key that the source lacks, or that is another one."""
        column, name = self.source.quoted(self.part), self.source.quoted(self.table.source.name)
        keys = [key for (key,) in self.source.carried(f"SELECT DISTINCT {column} FROM {name}", ())]
        for some in in_parts(keys):
            if self._found(self._returned(some)) == {*some}:
                continue
            for key in some:
                back = self._returned([key])
                if back and self._found(back) != {key}:
                    raise self._error(str(key), str(back[0]))

    def _error(self, key: str, back: str) -> BackfillError:
        what = (
            f"{self.table.source.name} has the {self.part} {key}, which would come back from {self.held} as {back}:"
            " as another row"
        )
        remedy = f"write {key_name(self.table.source_key)} as it comes back, or let {self.held} be a text"
        return BackfillError(self.table.service, what, remedy)

    def _found(self, keys: Sequence[Value]) -> set[Value]:
        """Those of the source's keys that it takes for one of these."""
        column, type_ = self.source.quoted(self.part), self.table.source.columns[self.part].type
        condition, parameters = self.source.any_of(column, type_, self.source.key_texts(type_, keys))
        name = self.source.quoted(self.table.source.name)
        found = self.source.carried(f"SELECT DISTINCT {column} FROM {name} WHERE {condition}", parameters)
        return {key for (key,) in found}

    def _returned(self, keys: Sequence[Value]) -> list[Value]:
        """The keys as they would come back; empty where one of them does not fit the target, which refuses it."""
        here, there = self.table.source.columns[self.part].type, self.table.target.columns[self.held].type
        try:
            given = crossed(
                self.source, self.target, [(key,) for key in keys], self.table.source.name, [(self.held, there)]
            )
            texts = self.target.key_texts(there, [value for (value,) in given])
        except RowRefusedError:
            return []
        named = [(self.part, here)]
        back = crossed(self.target, self.source, [(text,) for text in texts], self.table.target.name, named)
        return [value for (value,) in back]
