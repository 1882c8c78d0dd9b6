"""Tables of classes that the program makes with ``type(name, bases, {...})``."""

from __future__ import annotations

from pathlib import Path

from strangler.model.tables import Table
from tests.analyzers.source_tree import facts_of

_MIXIN = """
    from sqlalchemy import Column, ForeignKey, Integer, Unicode
    from sqlalchemy.orm import as_declarative, declared_attr, relationship

    @as_declarative()
    class Base:
        @declared_attr
        def __tablename__(self):
            return self.__name__.lower()

        id = Column(Integer, primary_key=True)

    class Note:
        text = Column(Unicode(80))

        @declared_attr
        def person_id(self):
            return Column(Integer, ForeignKey("person.id"))

    class NoteMixin:
        @declared_attr
        def notes(self):
            self.Note = type(
                f"{self.__name__}Note",
                (Note, Base),
                {
                    "__tablename__": f"{self.__tablename__:s}_note",
                    "parent_id": Column(Integer, ForeignKey("%s.id" % self.__tablename__)),
                    "parent": relationship(self, viewonly=True),
                },
            )
            return relationship(self.Note)

    class Person(Base):
        pass

    class Order(NoteMixin, Base):
        __tablename__ = "orders"

    class Invoice(NoteMixin, Base):
        pass
"""


def _tables(folder: Path, source: str) -> dict[str, Table]:
    return {table.name: table for table in facts_of(folder, {"app/models.py": source}).tables}


def _keys(table: Table) -> list[tuple[str, str, str]]:
    return [(key.column, key.target_table, key.target_column) for key in table.foreign_keys]


def test_a_mixin_makes_a_table_for_each_class_it_is_mixed_into(tmp_path: Path) -> None:
    """Named after the class's own table, with what the bases declare and what the call adds."""
    tables = _tables(tmp_path, _MIXIN)
    assert set(tables) == {"person", "orders", "invoice", "orders_note", "invoice_note"}
    note = tables["orders_note"]
    assert {column.name for column in note.columns} == {"id", "text", "person_id", "parent_id"}
    assert _keys(note) == [("parent_id", "orders", "id"), ("person_id", "person", "id")]
    assert _keys(tables["invoice_note"])[0] == ("parent_id", "invoice", "id")


def test_a_function_makes_one_for_each_call(tmp_path: Path) -> None:
    """Named by what is passed, by the base where the call names none; what only a run names is left out."""
    source = """
        from flask_sqlalchemy import SQLAlchemy
        from sqlalchemy import Column, Integer, String

        db = SQLAlchemy()

        def history(name, table):
            return type(name, (db.Model,), {"__tablename__": table, "id": Column(Integer, primary_key=True)})

        class Base(db.Model):
            __abstract__ = True
            id = db.Column(db.Integer, primary_key=True)

        Orders = history("Orders", "order_history")
        Parts = history("Parts", "part_history")
        Late = type("LateOrder", (Base,), {"text": Column(String)})

        def loaded(names):
            return [history(name, name) for name in names]

        kind = type(db)
        Plain = type("Plain", (object,), {"__tablename__": "plain", "id": Column(Integer)})
    """
    tables = _tables(tmp_path, source)
    assert set(tables) == {"order_history", "part_history", "late_order"}
    assert {column.name for column in tables["late_order"].columns} == {"id", "text"}
