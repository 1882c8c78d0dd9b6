"""A mapping that does not fit says where, what, and how to mend it."""

from __future__ import annotations

import re

import pytest

from strangler.project import ColumnSource, Expression, KeyColumn, KeyKind, TableMapping
from strangler.project_reader import parse_project
from strangler_etl.engine.schema import Column, Schemas, Table
from strangler_etl.errors import MappingError
from strangler_etl.mapping.check import map_service
from strangler_etl.mapping.mapping import ServiceMapping


def _table(name: str, *key: str, **columns: str) -> Table:
    """A table; a type that ends in ? may be null."""
    found = {n: Column(n, t.rstrip("?"), t.endswith("?") or (n,) == key) for n, t in columns.items()}
    return Table(name, found, key, frozenset(key if len(key) == 1 else ()))


SOURCE = {
    "note": _table("note", "id", id="bigint", text="text", author="bigint", old="real?"),
    "reply": _table("reply", "id", id="bigint", note_id="bigint"),
    "log": _table("log", line="text"),
    "tag": _table("tag", "word", "note_id", word="text", note_id="bigint", weight="integer"),
}
TARGET = {
    "memo": _table("memo", "id", id="uuid", number="bigint?", body="text", writer="bigint?"),
    "answer": _table("answer", "id", id="uuid", number="bigint?", memo="uuid"),
    "label": _table("label", "memo", "word", memo="uuid", word="text", weight="integer?"),
    "weight": _table("weight", "weight", weight="integer", word="text?", memo="uuid?"),
}
UUID = KeyColumn(KeyKind.UUID)
NUMBER = KeyColumn(KeyKind.SOURCE)
COLUMNS = {"id": UUID, "number": NUMBER, "body": Expression("text"), "writer": Expression("author::bigint")}


def _map(*mappings: TableMapping) -> ServiceMapping:
    return map_service("notes", mappings, ["note", "reply"], Schemas(SOURCE, TARGET, "sqlite", "sqlite"))


def test_parents_come_first() -> None:
    """Whatever the order of the file: rows that refer to others are copied after them."""
    replies = {"id": UUID, "number": NUMBER, "memo": KeyColumn(KeyKind.UUID, of="note", column="note_id")}
    mapping = _map(TableMapping("reply", "answer", replies), TableMapping("note", "memo", COLUMNS))
    assert [table.source.name for table in mapping.tables] == ["note", "reply"]
    assert (mapping.tables[0].key, mapping.tables[0].number, mapping.tables[0].remapped) == (("id",), "number", True)


def test_a_service_without_a_mapping_is_told_how_to_begin() -> None:
    """One that lacks a table only is not: a mapping that is there is never overwritten."""
    with pytest.raises(MappingError, match="says how it is copied; run: strangler etl init notes"):
        _map()
    with pytest.raises(MappingError, match=r"\.reply\]: .* says how it is copied; write this mapping"):
        _map(TableMapping("note", "memo", COLUMNS))


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (
            TableMapping("notes", "memo", COLUMNS),
            "[etl.notes.tables.notes]: the source has no table notes; did you mean note?",
        ),
        (
            TableMapping("note", "memos", COLUMNS),
            "[etl.notes.tables.note]: the target has no table memos; did you mean memo?",
        ),
        (
            TableMapping("note", "memo", {**COLUMNS, "boddy": Expression("text")}),
            "[etl.notes.tables.note]: the target has no column memo.boddy; did you mean body?",
        ),
        (
            TableMapping("note", "memo", {**COLUMNS, "body": Expression("txt")}),
            "[etl.notes.tables.note]: the source has no column note.txt; did you mean text?",
        ),
        (
            TableMapping("note", "memo", {"id": UUID, "number": NUMBER, "writer": Expression("author")}),
            (
                "[etl.notes.tables.note]: the target column body must not be empty, but nothing fills it; say what rows"
                ' begin with: body = { default = "..." }'
            ),
        ),
        (
            TableMapping("note", "memo", {"id": UUID, "number": NUMBER, "body": Expression("text")}),
            (
                "[etl.notes.tables.note]: the source column author must not be empty, but nothing fills it on the way"
                ' back; add: reverse = { author = "..." }'
            ),
        ),
        (
            TableMapping("note", "memo", {k: v for k, v in COLUMNS.items() if k != "number"}),
            (
                "[etl.notes.tables.note]: nothing keeps the source key, by which rows go back;"
                ' add: number = { key = "source" }'
            ),
        ),
        (
            TableMapping("log", "memo", COLUMNS),
            (
                "[etl.notes.tables.log]: has no primary key, so its rows cannot be followed; give it one in the"
                " source: ALTER TABLE log ADD PRIMARY KEY (...)"
            ),
        ),
        (
            TableMapping("note", "memo", COLUMNS, joins={"reply": "reply.id = author"}),
            (
                "[etl.notes.tables.note]: a table the service owns cannot be joined: what is joined does not come"
                " back; to do without a rollback after the cut-over, write way_back = false in [etl.notes]"
            ),
        ),
        (
            TableMapping("note", "memo", COLUMNS, where="random() > author"),
            (
                "[etl.notes.tables.note]: what its filter takes may change by itself, by RANDOM(): nobody can tell"
                " which rows come back; to do without a rollback after the cut-over, write way_back = false in"
                " [etl.notes]"
            ),
        ),
    ],
)
def test_what_does_not_fit_is_said(mapping: TableMapping, message: str) -> None:
    """The whole message."""
    with pytest.raises(MappingError) as caught:
        _map(mapping)
    assert str(caught.value) == message


def test_what_does_not_fit_is_said_of_all_tables_at_once() -> None:
    """Whoever writes a mapping does not ask ten times."""
    with pytest.raises(MappingError) as caught:
        _map(TableMapping("note", "memo", {}), TableMapping("reply", "answers", {"id": UUID}))
    assert str(caught.value) == (
        "[etl.notes.tables.note]: names no columns; write under [etl.notes.tables.note.columns]:"
        ' id = { key = "uuid" }; further: [etl.notes.tables.reply]: the target has no table answers;'
        " did you mean answer?"
    )


@pytest.mark.parametrize(
    ("target", "columns", "message"),
    [
        (
            _table("note", "id", id="bigint", text="text", author="bigint", mood="text?"),
            {},
            (
                "names no columns; write under [etl.notes.tables.note.columns]:"
                ' id = "id", text = "text", author = "author"'
            ),
        ),
        (
            _table("note", "id", id="bigint", text="text"),
            {"text": Expression("text")},
            'no column of note identifies a row by the source key id; give a primary key or unique column: id = "id"',
        ),
    ],
)
def test_a_mapping_without_its_key_is_told_what_to_write(
    target: Table, columns: dict[str, ColumnSource], message: str
) -> None:
    """The key as it is where both are of one kind: a UUID would not fit."""
    mapping = TableMapping("note", "note", columns)
    schemas = Schemas(SOURCE, {"note": target}, "sqlite", "sqlite")
    with pytest.raises(MappingError) as caught:
        map_service("notes", [mapping], ["note"], schemas)
    assert str(caught.value) == f"[etl.notes.tables.note]: {message}"


KEY = 'id = { key = "uuid" }'


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            f'target = "memo"\ncolumns = {{ {KEY}, body = "txt" }}',
            "4:36",
            "the source has no column note.txt; did you mean text?",
        ),
        ('target = "memmo"', "3:1", "the target has no table memmo; did you mean memo?"),
        (
            'target = "memo"\njoins = { lg = "log.line = note.text" }',
            "4:11",
            "the source has no table lg; did you mean log?",
        ),
        (
            f'target = "memo"\ncolumns = {{ {KEY}, body = "text" }}\njoins = {{ reply = "reply.note_id = note.id" }}',
            "5:11",
            (
                "several rows of reply may belong to one: 'reply.note_id = note.id' compares none of its unique"
                " columns; compare one with a column: reply.id = ..."
            ),
        ),
        (
            f'target = "memo"\ncolumns = {{ {KEY}, body = "text", writer = "id::uuid" }}',
            "4:51",
            "the target column writer is bigint, which cannot hold uuid; write how: (...)::bigint",
        ),
        (
            f'target = "memo"\n[etl.notes.tables.note.columns]\n{KEY}\nbody = "text"\nwriter = {{ key = "uuid" }}',
            "7:1",
            "the target column writer is bigint, which cannot hold uuid; make the column a uuid",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(text: str, place: str, message: str) -> None:
    """Line and column of the key that is wrong, also for types that do not convert."""
    project = parse_project(f"[services.notes]\n[etl.notes.tables.note]\n{text}\n")
    with pytest.raises(MappingError) as caught:
        map_service("notes", project.etl["notes"], [], Schemas(SOURCE, TARGET))
    assert str(caught.value) == f"strangler.toml:{place}: [etl.notes.tables.note]: {message}"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            'target = "label"\ncolumns = { memo = { key = "uuid" }, word = "word" }',
            "4:13",
            (
                'the key of tag has several columns: (word, note_id); copy each: word = "word", note_id = "note_id"; or'
                ' follow the keys of the table one refers to: { key = "uuid", of = TABLE }'
            ),
        ),
        (
            'target = "weight"\ncolumns = { weight = "weight", word = "word" }',
            "3:1",
            (
                "the primary key of weight does not hold the source key (word, note_id), column by column; let it be"
                " the columns that hold word and note_id; it is weight"
            ),
        ),
        (
            'target = "label"\ncolumns = { memo = "note_id::uuid", word = "word" }',
            "4:13",
            "memo keeps note_id, a part of the key, as uuid, which is bigint; make memo bigint",
        ),
    ],
)
def test_every_column_of_a_key_is_held(text: str, place: str, message: str) -> None:
    """What does not fit is said at its place."""
    project = parse_project(f"[services.notes]\n[etl.notes.tables.tag]\n{text}\n")
    with pytest.raises(MappingError) as caught:
        map_service("notes", project.etl["notes"], [], Schemas(SOURCE, TARGET))
    assert str(caught.value) == f"strangler.toml:{place}: [etl.notes.tables.tag]: {message}"


def test_a_key_is_held_in_the_order_of_the_source() -> None:
    """Whatever the order in the target; its columns may be keys of other rows."""
    columns = {
        "memo": KeyColumn(KeyKind.UUID, of="note", column="note_id"),
        "word": Expression("word"),
        "weight": Expression("weight"),
    }
    mapping = _map(
        TableMapping("note", "memo", COLUMNS),
        TableMapping("reply", "answer", {"id": UUID, "number": NUMBER, "memo": columns["memo"]}),
        TableMapping("tag", "label", columns),
    )
    tag = mapping.of_source("tag")
    assert (tag.source_key, tag.key, tag.remapped, tag.parents) == (
        ("word", "note_id"),
        ("word", "memo"),
        False,
        {"note"},
    )


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ("reply.id = note.author", True),
        ("(note.author + 1 = reply.id) AND reply.note_id > 0", True),
        ("reply.id = 7", True),
        ("reply.id > note.author", False),
        ("reply.id = note.author OR reply.note_id = note.id", False),
        ("reply.id = reply.note_id", False),
        ("NOT reply.id = note.author", False),
        ("tag.word = note.text AND tag.note_id = note.id", True),
        ("tag.note_id = note.id", False),
    ],
)
def test_a_join_gives_a_row_no_second_one(condition: str, fits: bool) -> None:
    """Of two rows with one key the target would keep the last: a unique column has to say which row is meant."""
    joined = "tag" if "tag." in condition else "reply"
    mapping = TableMapping("note", "memo", {"id": UUID, "body": Expression("text")}, joins={joined: condition})
    schemas = Schemas(SOURCE, TARGET, "sqlite", "sqlite")
    if fits:
        assert map_service("notes", [mapping], [], schemas).tables[0].joins[0].table.name == joined
    else:
        with pytest.raises(MappingError, match=f"several rows of {joined} may belong to one"):
            map_service("notes", [mapping], [], schemas)


def test_two_tables_do_not_become_one() -> None:
    """The rows of one would be taken for surplus of the other, by follower and repair."""
    two = [
        TableMapping("note", "memo", COLUMNS),
        TableMapping(
            "reply", "memo", {"id": UUID, "number": NUMBER, "body": Expression("'-'"), "writer": Expression("NULL")}
        ),
    ]
    with pytest.raises(MappingError, match="nothing in memo says which rows are of note and reply; let a column tell"):
        map_service("notes", two, [], Schemas(SOURCE, TARGET, "sqlite", "sqlite"))


@pytest.mark.parametrize("type_", ["integer[]", "jsonb", "json", "tstzrange", "int4multirange"])
def test_a_key_that_a_journal_spells_otherwise_is_refused(type_: str) -> None:
    """Nobody would find the row again by ``[1, 2]``, as JSON has the array ``{1,2}``; other keys may be of any type."""
    table = {"item": _table("item", "part", "k", part="inet", k=type_)}
    columns = {"part": Expression("part"), "k": Expression("k")}
    mapping = TableMapping("item", "item", columns)
    with pytest.raises(MappingError, match=f"known by k, which is {re.escape(type_)}: a journal spells it otherwise"):
        map_service("things", [mapping], ["item"], Schemas(table, table, "postgres", "postgres"))


@pytest.mark.parametrize(
    ("key", "referring", "said"),
    [
        (
            "numeric",
            "numeric(10,2)",
            "1.0 and 1.00 are one number and two texts; copy the key, or give the number a scale",
        ),
        ("numeric(10,2)", "numeric", "1.0 and 1.00 are one number and two texts"),
        ("numeric(10,2)", "numeric(9,1)", "part_id follows item.id, which is numeric"),
        ("bigint", "numeric(10,2)", "give both numbers the same scale, or copy the key"),
        ("numeric(20,0)", "bigint", None),
        ("numeric(10,2)", "numeric(9,2)", None),
        ("bigint", "integer", None),
    ],
)
def test_a_number_of_which_there_are_several_texts_makes_no_key(key: str, referring: str, said: str | None) -> None:
    """A row written anew as 1.00 would be another one in the target, and what refers to it would not find it."""
    source = {"item": _table("item", "id", id=key), "part": _table("part", "id", id="bigint", part_id=referring)}
    target = {"item": _table("item", "id", id="uuid"), "part": _table("part", "id", id="uuid", part_id="uuid")}
    mappings = [
        TableMapping("item", "item", {"id": UUID}),
        TableMapping("part", "part", {"id": UUID, "part_id": KeyColumn(KeyKind.UUID, of="item")}),
    ]
    schemas = Schemas(source, target, "postgres", "postgres")
    if said is None:
        assert map_service("things", mappings, [], schemas, way_back=False)
        return
    with pytest.raises(MappingError, match=re.escape(said)):
        map_service("things", mappings, [], schemas, way_back=False)
