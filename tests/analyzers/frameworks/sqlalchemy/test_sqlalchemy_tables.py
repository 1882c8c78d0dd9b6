"""Tables, columns and foreign keys that SQLAlchemy models declare."""

from __future__ import annotations

from pathlib import Path

from strangler.model.tables import Table
from tests.analyzers.source_tree import facts_of

_BASE = """
    import sqlalchemy as sa
    from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Integer, String, Table, Text
    from sqlalchemy.orm import DeclarativeBase, Mapped, declarative_base, declared_attr, mapped_column
    from sqlalchemy.orm import registry, relationship, synonym
"""


def _tables(root: Path, source: str, **more: str) -> dict[str, Table]:
    files = {"app/models.py": _BASE + source, **{f"app/{name}.py": text for name, text in more.items()}}
    return {table.name: table for table in facts_of(root, files).tables}


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _keys(table: Table) -> list[tuple[str, str, str]]:
    return [(key.column, key.target_table, key.target_column) for key in table.foreign_keys]


def test_a_declarative_class_is_a_table(tmp_path: Path) -> None:
    """Type, nullability and primary key are read; a first text argument is the column's name."""
    tables = _tables(
        tmp_path,
        """
    Base = declarative_base()

    class Order(Base):
        __tablename__ = "orders"
        id = Column(Integer, primary_key=True)
        note = Column("remark", Text)
        number = Column(String(20), nullable=False)
        label = synonym("number")
    """,
    )
    assert tables["orders"].model == "app.models:Order"
    assert [(c.name, c.type, c.nullable, c.primary_key) for c in tables["orders"].columns] == [
        ("id", "Integer", False, True),
        ("number", "String", False, False),
        ("remark", "Text", True, False),
    ]


def test_annotated_columns_need_no_value(tmp_path: Path) -> None:
    """``Mapped[...]`` declares a column alone; relationships and class variables do not."""
    tables = _tables(
        tmp_path,
        """
    from typing import Annotated, ClassVar, Optional

    key = Annotated[int, mapped_column(primary_key=True)]

    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "orders"
        kinds: ClassVar[list[str]] = []
        id: Mapped[key]
        note: Mapped[Optional[str]]
        total: Mapped[int] = mapped_column()
        lines: Mapped[list["Line"]] = relationship()
        _state: Mapped[str] = mapped_column(name="state")

    class Line(Base):
        __tablename__ = "lines"
        id: Mapped[int] = mapped_column(primary_key=True)
        order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"))
    """,
    )
    assert _columns(tables["orders"]) == ["id", "note", "state", "total"]
    assert {c.name: (c.nullable, c.primary_key) for c in tables["orders"].columns}["id"] == (False, True)
    assert {c.name: c.nullable for c in tables["orders"].columns}["note"]
    assert [key.on_delete for key in tables["lines"].foreign_keys] == ["CASCADE"]


def test_a_table_name_may_be_computed(tmp_path: Path) -> None:
    """``declared_attr`` names are worked out for each class from its own name."""
    tables = _tables(
        tmp_path,
        """
    import re
    PATTERN: re.Pattern[str] = re.compile(r"(?<!^)(?=[A-Z])")

    class Base(DeclarativeBase):
        id: Mapped[int] = mapped_column(primary_key=True)

        @declared_attr.directive
        def __tablename__(cls) -> str:
            return PATTERN.sub("_", cls.__name__).lower()

    class OrderLine(Base):
        amount: Mapped[int]
    """,
    )
    assert list(tables) == ["order_line"]
    assert _columns(tables["order_line"]) == ["amount", "id"]


def test_mixins_and_abstract_bases_give_columns_but_are_no_tables(tmp_path: Path) -> None:
    """What a mapped class inherits from classes without a table is its own."""
    tables = _tables(
        tmp_path,
        """
    Base = declarative_base()

    class Stamped:
        created = Column(sa.DateTime)

        @declared_attr
        def owner_id(cls):
            return Column(ForeignKey("users.id"))

    class Model(Base):
        __abstract__ = True
        id = Column(Integer, primary_key=True)

    class User(Model):
        __tablename__ = "users"

    class Order(Stamped, Model):
        __tablename__ = "orders"
    """,
    )
    assert sorted(tables) == ["orders", "users"]
    assert _columns(tables["orders"]) == ["created", "id", "owner_id"]
    assert _keys(tables["orders"]) == [("owner_id", "users", "id")]


def test_inheritance_with_one_table_or_several(tmp_path: Path) -> None:
    """A class without a table name is kept in its parent's table, one with a name has its own columns only."""
    tables = _tables(
        tmp_path,
        """
    Base = declarative_base()

    class Party(Base):
        __tablename__ = "parties"
        id = Column(Integer, primary_key=True)

    class Person(Party):
        birthday = Column(sa.Date)

    class Company(Party):
        __tablename__ = "companies"
        id = Column(ForeignKey("parties.id"), primary_key=True)
        seat = Column(Text)
    """,
    )
    assert _columns(tables["parties"]) == ["birthday", "id"]
    assert _columns(tables["companies"]) == ["id", "seat"]


def test_flask_sqlalchemy_names_tables_itself(tmp_path: Path) -> None:
    """``db.Model`` classes are called after the class, and the columns of ``model_class`` are theirs too."""
    tables = _tables(
        tmp_path,
        """
    from flask_sqlalchemy import SQLAlchemy

    class Base(DeclarativeBase):
        created = mapped_column(sa.DateTime)

    db = SQLAlchemy(model_class=Base)

    class HTTPLogEntry(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        person_id = db.Column(db.Integer, db.ForeignKey("person.id"))

    links = db.Table("links", db.Column("left_id", db.ForeignKey("person.id")), db.Column("note", db.Text))
    """,
    )
    assert sorted(tables) == ["http_log_entry", "links"]
    assert _columns(tables["http_log_entry"]) == ["created", "id", "person_id"]
    assert tables["links"].model is None
    assert _keys(tables["links"]) == [("left_id", "person", "id")]


def test_foreign_keys_may_point_at_attributes_and_come_from_helpers(tmp_path: Path) -> None:
    """Model attributes, constraints over several columns, computed texts and helper functions are followed."""
    tables = _tables(
        tmp_path,
        """
    Base = declarative_base()
    SCHEMA = "shop"

    def reference(target):
        return Column(Integer, ForeignKey(target))

    class User(Base):
        __tablename__ = "users"
        id = Column("user_id", Integer, primary_key=True)

    class Order(Base):
        __tablename__ = "orders"
        id = Column(Integer, primary_key=True)
        user_id = Column(ForeignKey(User.id))
        payer_id = Column(ForeignKey(f"{SCHEMA}.{User.__tablename__}.user_id"))
        packer_id = Column(ForeignKey(User.__table__.c.user_id))
        shop, number = Column(Integer), Column(Integer)
        __table_args__ = (ForeignKeyConstraint(["shop", "number"], ["shops.id", "shops.number"]),)
    """,
    )
    assert _keys(tables["orders"]) == [
        ("number", "shops", "number"),
        ("packer_id", "users", "user_id"),
        ("payer_id", "users", "user_id"),
        ("shop", "shops", "id"),
        ("user_id", "users", "user_id"),
    ]


def test_classes_may_be_mapped_by_hand(tmp_path: Path) -> None:
    """``map_imperatively``, ``__table__`` and the ``mapped`` decorator map classes without a declarative base."""
    tables = _tables(
        tmp_path,
        """
    mapper_registry = registry()
    metadata = sa.MetaData()
    users = Table("users", metadata, Column("id", Integer, primary_key=True))

    class User:
        pass

    def start_mappers():
        mapper_registry.map_imperatively(User, users)

    @mapper_registry.mapped
    class Note:
        __tablename__ = "notes"
        id = Column(Integer, primary_key=True)

    Base = declarative_base()

    class Log(Base):
        __table__ = Table("logs", metadata, Column("id", Integer, primary_key=True))
    """,
    )
    assert {name: table.model for name, table in tables.items()} == {
        "logs": "app.models:Log",
        "notes": "app.models:Note",
        "users": "app.models:User",
    }


def test_sqlmodel_maps_classes_that_say_so(tmp_path: Path) -> None:
    """``table=True`` makes a table; fields of plain models are inherited, relationships are not columns."""
    tables = _tables(
        tmp_path,
        """
    from sqlmodel import Field, Relationship, SQLModel

    class HeroBase(SQLModel):
        name: str
        age: int | None = None

    class Hero(HeroBase, table=True):
        id: int | None = Field(default=None, primary_key=True)
        team_id: int | None = Field(default=None, foreign_key="team.id")
        team: "Team" = Relationship(back_populates="heroes")

    class Team(SQLModel, table=True):
        __tablename__ = "team"
        id: int = Field(primary_key=True)
    """,
    )
    assert sorted(tables) == ["hero", "team"]
    assert _columns(tables["hero"]) == ["age", "id", "name", "team_id"]
    assert _keys(tables["hero"]) == [("team_id", "team", "id")]


def test_a_base_of_an_unknown_package_does_not_hide_a_model(tmp_path: Path) -> None:
    """A table name with columns below a base nobody here can read is a table all the same."""
    tables = _tables(
        tmp_path,
        """
    from company_models import Thing

    class Order(Thing):
        __tablename__ = "orders"
        id = Column(Integer, primary_key=True)
    """,
    )
    assert list(tables) == ["orders"]


def test_a_table_is_that_of_the_model_the_program_imports(tmp_path: Path) -> None:
    """A copy that is kept for an older version of the schema has more columns, and nobody imports it."""
    copy = """
        from sqlalchemy import Column, Integer, String
        from sqlalchemy.orm import declarative_base

        Base = declarative_base()

        class OldOrder(Base):
            __tablename__ = "orders"
            id = Column(Integer, primary_key=True)
            note = Column(String(20))
    """
    tables = _tables(
        tmp_path,
        """
    Base = declarative_base()

    class Order(Base):
        __tablename__ = "orders"
        id = Column(Integer, primary_key=True)
    """,
        schema_1=copy,
        views="from app.models import Order",
    )
    assert tables["orders"].model == "app.models:Order"


def test_a_helper_that_makes_a_column_makes_it_with_what_it_is_given(tmp_path: Path) -> None:
    """Each call has its own target and name, through another helper too; what a call leaves out has its default."""
    tables = _tables(
        tmp_path,
        """
    from sqlmodel import Field, SQLModel

    def reference(target: str, key: str = "id", nullable: bool = False):
        return Field(sa_column=Column(ForeignKey(f"{target}.{key}"), nullable=nullable))

    def owner(table: str):
        return reference(table, key="uuid", nullable=True)

    class User(SQLModel, table=True):
        __tablename__ = "users"
        uuid: str = Field(primary_key=True)

    class Shop(SQLModel, table=True):
        id: int = Field(primary_key=True)
        owner_id: str = owner(User.__tablename__)

    class Order(SQLModel, table=True):
        id: int = Field(primary_key=True)
        shop_id: int = reference(target="shop")
    """,
    )
    assert _keys(tables["order"]) == [("shop_id", "shop", "id")]
    assert _keys(tables["shop"]) == [("owner_id", "users", "uuid")]
    assert {c.name: c.nullable for c in tables["shop"].columns} == {"id": False, "owner_id": True}
    assert {c.name: c.nullable for c in tables["order"].columns} == {"id": False, "shop_id": False}


def test_a_helper_that_calls_itself_ends(tmp_path: Path) -> None:
    """The column it makes in the end is still found."""
    tables = _tables(
        tmp_path,
        """
    Base = declarative_base()

    def column(depth):
        if depth:
            return column(depth - 1)
        return Column(ForeignKey("orders.id"), primary_key=True)

    class Order(Base):
        __tablename__ = "orders"
        id = column(3)
    """,
    )
    assert _columns(tables["orders"]) == ["id"]


def test_former_states_of_rows_have_tables_of_their_own(tmp_path: Path) -> None:
    """SQLAlchemy-Continuum keeps those of versioned classes and of the table between two of them."""
    tables = _tables(
        tmp_path,
        """
    from sqlalchemy_continuum import make_versioned

    make_versioned(user_cls=None)
    Base = declarative_base()

    tagged = Table(
        "tagged", Base.metadata, Column("bill_id", ForeignKey("bill.id")), Column("tag_id", ForeignKey("tag.id"))
    )

    class Tag(Base):
        __tablename__ = "tag"
        __versioned__ = {"table_name": "%s_history"}
        id = Column(Integer, primary_key=True)

    class Bill(Base):
        __tablename__ = "bill"
        __versioned__ = {"exclude": ["cache"]}
        id = Column(Integer, primary_key=True)
        cache = Column(Text)
        owner_id = Column(ForeignKey("owner.id"))
        tags = relationship(Tag, secondary=tagged)

    class Owner(Base):
        __tablename__ = "owner"
        id = Column(Integer, primary_key=True)
    """,
    )
    assert set(tables) == {"tag", "bill", "owner", "tagged", "tag_history", "bill_version", "tagged_version"}
    own = ["end_transaction_id", "operation_type", "transaction_id"]
    assert _columns(tables["bill_version"]) == sorted(["id", "owner_id", *own])
    assert _columns(tables["tagged_version"]) == sorted(["bill_id", "tag_id", *own])
    assert _keys(tables["bill_version"]) == []
    assert tables["bill_version"].model is None


def test_mixins_of_a_package_bring_their_columns(tmp_path: Path) -> None:
    """Authlib's; a column that the class declares itself stands for the mixin's."""
    tables = _tables(
        tmp_path,
        """
    from authlib.integrations.sqla_oauth2 import OAuth2ClientMixin, OAuth2TokenMixin
    Base = declarative_base()

    class Client(Base, OAuth2ClientMixin):
        __tablename__ = "client"
        id = Column(Integer, primary_key=True)

    class Token(Base, OAuth2TokenMixin):
        __tablename__ = "token"
        access_token = Column(Text, primary_key=True)
    """,
    )
    assert {"client_id", "client_metadata", "client_secret", "id"} <= set(_columns(tables["client"]))
    assert [(c.type, c.primary_key) for c in tables["token"].columns if c.name == "access_token"] == [("Text", True)]
    assert len(tables["token"].columns) == 9


def test_mixins_of_oslo_db_bring_their_columns_to_every_model(tmp_path: Path) -> None:
    """The class that `declarative_base` is given has one of them as its base."""
    tables = _tables(
        tmp_path,
        """
    from oslo_db.sqlalchemy import models

    class _Base(models.ModelBase, models.TimestampMixin, models.SoftDeleteMixin):
        pass

    Base = declarative_base(cls=_Base)

    class Lease(Base):
        __tablename__ = "leases"
        id = Column(Integer, primary_key=True)
    """,
    )
    assert _columns(tables["leases"]) == ["created_at", "deleted", "deleted_at", "id", "updated_at"]


def test_a_base_may_name_the_tables_of_its_subclasses(tmp_path: Path) -> None:
    """``__init_subclass__`` puts something before the name that a class declares, or names what declares none."""
    tables = _tables(
        tmp_path,
        """
    PREFIX = "shop_"

    def prefixed(name):
        return f"{PREFIX}{name}"

    class Prefixed(DeclarativeBase):
        def __init_subclass__(cls, **options):
            cls.__tablename__ = prefixed(cls.__tablename__)
            super().__init_subclass__(**options)

    class Named(DeclarativeBase):
        def __init_subclass__(cls, **options):
            if "__tablename__" not in cls.__dict__:
                cls.__tablename__ = cls.__name__.lower()
            super().__init_subclass__(**options)

    class Order(Prefixed):
        __tablename__ = "orders"
        id = Column(Integer, primary_key=True)

    class Line(Prefixed):
        __tablename__ = "lines"
        id = Column(Integer, primary_key=True)
        order_id = Column(ForeignKey(Order.id))

    class Visit(Named):
        id = Column(Integer, primary_key=True)

    class Guest(Named):
        __tablename__ = "guests"
        id = Column(Integer, primary_key=True)
    """,
    )
    assert sorted(tables) == ["guests", "shop_lines", "shop_orders", "visit"]
    assert _keys(tables["shop_lines"]) == [("order_id", "shop_orders", "id")]


def test_a_table_may_be_declared_under_no_name(tmp_path: Path) -> None:
    """Relationships name it by its text."""
    tables = _tables(
        tmp_path,
        """
    Base = declarative_base()

    class Post(Base):
        __tablename__ = "post"
        id = Column(Integer, primary_key=True)
        tags = relationship("Post", secondary="post_link")

    Table("post_link", Base.metadata, Column("post_id", ForeignKey("post.id")), Column("other", Integer))
    """,
    )
    assert _columns(tables["post_link"]) == ["other", "post_id"]
    assert _keys(tables["post_link"]) == [("post_id", "post", "id")]


def test_table_arguments_may_be_put_together_from_other_lists(tmp_path: Path) -> None:
    """``cls.arguments + (...)`` of a base that all models share, and ``(*arguments, ...)``."""
    tables = _tables(
        tmp_path,
        """
    COMMON = (ForeignKeyConstraint(["shop"], ["shops.id"]),)

    class Base(DeclarativeBase):
        @declared_attr
        def __table_args__(cls):
            return cls._arguments + ({"mysql_engine": "InnoDB"},)

    class Order(Base):
        __tablename__ = "orders"
        id = Column(Integer, primary_key=True)
        payer = Column(Integer)
        _arguments = (ForeignKeyConstraint(["payer"], ["users.id"]),)

    class Line(declarative_base()):
        __tablename__ = "lines"
        id = Column(Integer, primary_key=True)
        shop = Column(Integer)
        __table_args__ = (*COMMON, {"schema": "x"})
    """,
    )
    assert _keys(tables["orders"]) == [("payer", "users", "id")]
    assert _keys(tables["lines"]) == [("shop", "shops", "id")]


def test_what_an_enum_stores_is_read(tmp_path: Path) -> None:
    """Texts, or the names of a class's members; their values if it says so."""
    tables = _tables(
        tmp_path,
        """
    import enum

    Base = declarative_base()

    class State(enum.Enum):
        OPEN = "open"
        SHUT = "shut"

    class Order(Base):
        __tablename__ = "orders"
        id = Column(Integer, primary_key=True)
        size = Column(sa.Enum("s", "m", name="sizes"))
        state = Column(sa.Enum(State))
        spoken: Mapped[State] = mapped_column(sa.Enum(State, values_callable=lambda x: [e.value for e in x]))
        text = Column(String(9))
    """,
    )
    assert {column.name: column.choices for column in tables["orders"].columns if column.choices} == {
        "size": ('"s"', '"m"'),
        "state": ('"OPEN"', '"SHUT"'),
        "spoken": ('"open"', '"shut"'),
    }


def test_lengths_and_defaults_are_read_where_they_are_literals(tmp_path: Path) -> None:
    """Of texts in Python, of the database's own in SQL; what is computed is none."""
    tables = _tables(
        tmp_path,
        """
    from sqlalchemy import false, text
    from sqlmodel import Field, SQLModel

    Base = declarative_base()
    MOST = 30

    class Order(Base):
        __tablename__ = "orders"
        id = Column(Integer, primary_key=True)
        number = Column(String(20), nullable=False, default="new")
        code = Column("remark", sa.Unicode(length=MOST), server_default="0")
        made = Column(String(9).with_variant(Text, "sqlite"), server_default=text("now()"))
        count: Mapped[int] = mapped_column(default=make, server_default=text("5"))
        state: Mapped[str] = mapped_column(sa.VARCHAR(8), server_default=sa.text("'it''s'"))
        is_open = Column(sa.Boolean, server_default=sa.false())
        share = Column(sa.Numeric(10, 2))
        parent = Column(Integer, default=-1)
        offset = Column(sa.Float, server_default=-1.5)

    class Hero(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        name: str = Field("nobody", max_length=5)
    """,
    )
    found = {column.name: (column.max_length, column.default) for name in tables for column in tables[name].columns}
    assert {name: item for name, item in found.items() if item != (0, "")} == {
        "number": (20, '"new"'),
        "remark": (30, '"0"'),
        "count": (0, "5"),
        "state": (8, '"it\'s"'),
        "is_open": (0, "false"),
        "parent": (0, "-1"),
        "offset": (0, "-1.5"),
        "name": (5, '"nobody"'),
    }
