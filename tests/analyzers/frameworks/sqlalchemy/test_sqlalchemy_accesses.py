"""Reads and writes through sessions, queries and instances."""

from __future__ import annotations

from pathlib import Path

from strangler.model.system import AccessMode, SystemFacts
from tests.analyzers.source_tree import facts_of

_MODELS = """
    import sqlalchemy as sa
    from sqlalchemy import Column, ForeignKey, Integer, Table, Text
    from sqlalchemy.orm import declarative_base, relationship

    Base = declarative_base()
    tagging = Table("tagging", Base.metadata, Column("order_id", ForeignKey("orders.id")), Column("tag_id", Integer))

    class User(Base):
        __tablename__ = "users"
        id = Column(Integer, primary_key=True)
        name = Column(Text)
        groups = relationship("Group", lazy="joined")

    class Group(Base):
        __tablename__ = "groups"
        id = Column(Integer, primary_key=True)
        user_id = Column(ForeignKey("users.id"))

    class Tag(Base):
        __tablename__ = "tags"
        id = Column(Integer, primary_key=True)

    class Order(Base):
        __tablename__ = "orders"
        id = Column(Integer, primary_key=True)
        user_id = Column(ForeignKey("users.id"))
        note = Column(Text)
        tags = relationship(Tag, secondary=tagging, backref="orders")
        user = relationship(User)
"""
_HEAD = """
    import sqlalchemy as sa
    from sqlalchemy import delete, insert, select, update
    from sqlalchemy.orm import Session
    from app.models import Group, Order, Tag, User, tagging

"""


def _facts(root: Path, source: str, models: str = _MODELS, head: str = _HEAD) -> SystemFacts:
    return facts_of(root, {"app/models.py": models, "app/service.py": head + source})


def _touched(facts: SystemFacts, function: str, module: str = "app.service") -> tuple[list[str], list[str]]:
    """The tables a function reads and writes."""
    own = [access for access in facts.accesses if access.function == f"{module}:{function}"]
    reads = sorted({access.table for access in own if access.mode is AccessMode.READ})
    writes = sorted({access.table for access in own if access.mode is AccessMode.WRITE})
    return reads, writes


def test_a_query_reads_what_it_mentions_where_it_runs(tmp_path: Path) -> None:
    """Joins and conditions count, data that is only compared with does not."""
    facts = _facts(
        tmp_path,
        """
    def load(session: Session, ids):
        wanted = [tag_id for tag_id in ids]
        return session.query(Order.id).join(Tag, Tag.id == Order.note).filter(Order.id.in_(wanted)).all()
    """,
    )
    assert _touched(facts, "load") == (["orders", "tags"], [])


def test_a_statement_is_followed_through_names_helpers_and_lists(tmp_path: Path) -> None:
    """What builds a statement elsewhere belongs to the function that runs it."""
    facts = _facts(
        tmp_path,
        """
    def visible(statement):
        return statement.where(User.id == Order.user_id)

    def conditions():
        found = []
        found.append(Tag.id == 1)
        return found

    def load(session: Session):
        statement = select(Order.id)
        statement = visible(statement).where(*conditions())
        return session.execute(statement).all()
    """,
    )
    assert _touched(facts, "load") == (["orders", "tags", "users"], [])
    assert _touched(facts, "visible") == ([], [])


def test_eager_relationships_load_with_their_owner(tmp_path: Path) -> None:
    """Whole instances bring what ``lazy="joined"`` says; single columns and counts do not."""
    facts = _facts(
        tmp_path,
        """
    def whole(session: Session):
        return session.scalars(select(User)).all()

    def columns(session: Session):
        return session.execute(select(User.id)).all()

    def count(session: Session):
        return session.query(User).count()
    """,
    )
    assert _touched(facts, "whole")[0] == ["groups", "users"]
    assert _touched(facts, "columns")[0] == ["users"]
    assert _touched(facts, "count")[0] == ["users"]


def test_subclasses_load_with_their_base_class_where_the_mapping_says_so(tmp_path: Path) -> None:
    """By ``polymorphic_load`` of the subclass or ``with_polymorphic`` of the base; else the base alone is read."""
    models = """
    from sqlalchemy import ForeignKey, String
    from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

    class Base(DeclarativeBase):
        pass

    class Loaded:
        @declared_attr.directive
        def __mapper_args__(cls):
            return {"polymorphic_load": "inline"}

    class Template(Base):
        __tablename__ = "templates"
        id: Mapped[int] = mapped_column(primary_key=True)
        kind: Mapped[str] = mapped_column(String(9))
        __mapper_args__ = {"polymorphic_on": "kind"}

    class Docker(Template):
        __tablename__ = "dockers"
        id: Mapped[int] = mapped_column(ForeignKey("templates.id"), primary_key=True)
        __mapper_args__ = {"polymorphic_identity": "docker", "polymorphic_load": "selectin"}

    class Cloud(Loaded, Template):
        __tablename__ = "clouds"
        id: Mapped[int] = mapped_column(ForeignKey("templates.id"), primary_key=True)

    class Late(Template):
        __tablename__ = "lates"
        id: Mapped[int] = mapped_column(ForeignKey("templates.id"), primary_key=True)

    class Animal(Base):
        __tablename__ = "animals"
        id: Mapped[int] = mapped_column(primary_key=True)
        __mapper_args__ = {"with_polymorphic": "*"}

    class Cat(Animal):
        __tablename__ = "cats"
        id: Mapped[int] = mapped_column(ForeignKey("animals.id"), primary_key=True)
    """
    source = """
    def templates(session: Session):
        return session.scalars(select(Template)).all()

    def template(session: Session):
        return session.get(Template, 1)

    def kinds(session: Session):
        return session.execute(select(Template.kind)).all()

    def animals(session: Session):
        return session.query(Animal).all()

    def cats(session: Session):
        return session.query(Cat).all()
    """
    head = "from sqlalchemy import select\n    from sqlalchemy.orm import Session\n    from app.models import *\n"
    facts = _facts(tmp_path, source, models, head)
    for name, tables in {
        "templates": ["clouds", "dockers", "templates"],
        "template": ["clouds", "dockers", "templates"],
        "kinds": ["templates"],
        "animals": ["animals", "cats"],
        "cats": ["animals", "cats"],
    }.items():
        assert _touched(facts, name) == (tables, [])


def test_a_class_that_refers_to_itself_loads_its_own_rows_when_they_are_asked_for(tmp_path: Path) -> None:
    """SQLAlchemy joins a class to itself only as deep as `join_depth` says, and not at all without it."""
    models = """
    from sqlalchemy import Column, ForeignKey, Integer, Table
    from sqlalchemy.orm import declarative_base, relationship

    Base = declarative_base()
    linked = Table("linked", Base.metadata, Column("one", ForeignKey("part.id")), Column("other", Integer))
    nested = Table("nested", Base.metadata, Column("one", ForeignKey("part.id")), Column("other", Integer))

    class Part(Base):
        __tablename__ = "part"
        id = Column(Integer, primary_key=True)
        links = relationship("Part", secondary=linked, lazy="joined")
        nests = relationship("Part", secondary=nested, lazy="selectin", join_depth=2)

    class Whole(Base):
        __tablename__ = "whole"
        id = Column(Integer, primary_key=True)
        part_id = Column(ForeignKey("part.id"))
        part = relationship(Part, lazy="joined")
    """
    source = """
    def load(session: Session):
        return session.query(Part).all()

    def load_whole(session: Session):
        return session.query(Whole).all()

    def links(part: Part):
        return part.links

    def nests(part: Part):
        return part.nests
    """
    facts = _facts(
        tmp_path, source, models, "from sqlalchemy.orm import Session\n    from app.models import Part, Whole\n"
    )

    assert _touched(facts, "load") == (["nested", "part"], [])
    assert _touched(facts, "load_whole") == (["nested", "part", "whole"], [])
    assert _touched(facts, "links") == (["linked", "nested", "part"], [])
    assert _touched(facts, "nests") == ([], [])


def test_statements_that_change_rows_write(tmp_path: Path) -> None:
    """The table changed is written, tables in subqueries are read."""
    facts = _facts(
        tmp_path,
        """
    def change(session: Session):
        session.execute(update(Order).where(Order.user_id.in_(select(User.id))).values(note="x"))

    def remove(session: Session):
        session.query(Tag).filter(Tag.id == 1).delete()

    def link(session: Session):
        session.execute(tagging.insert().values(order_id=1, tag_id=2))

    def create(session: Session):
        session.execute(insert(Tag).values(id=3))
    """,
    )
    assert _touched(facts, "change") == (["users"], ["orders"])
    assert _touched(facts, "remove") == ([], ["tags"])
    assert _touched(facts, "link") == ([], ["tagging"])
    assert _touched(facts, "create") == ([], ["tags"])


def test_instances_are_written_by_what_is_done_to_them(tmp_path: Path) -> None:
    """Adding, deleting, setting a column and changing a collection are writes; a detached merge is none."""
    facts = _facts(
        tmp_path,
        """
    def add(session: Session):
        order = Order()
        session.add(order)

    def remove(session: Session):
        session.delete(session.get(Order, 1))

    def rename(session: Session):
        user = session.query(User).first()
        user.name = "x"

    def tag(session: Session):
        order = session.get(Order, 1)
        order.tags.append(Tag())

    def attach(session: Session, order: Order):
        session.merge(order, load=False)
    """,
    )
    assert _touched(facts, "add") == ([], ["orders"])
    assert _touched(facts, "remove") == (["orders", "tagging", "tags"], ["orders", "tagging"])
    assert _touched(facts, "rename") == (["groups", "users"], ["users"])
    assert _touched(facts, "tag")[1] == ["tagging"]
    assert _touched(facts, "attach") == ([], [])


def test_reading_a_relationship_loads_it(tmp_path: Path) -> None:
    """A lazy relationship reads the other table and the one between; a backref works like its counterpart."""
    facts = _facts(
        tmp_path,
        """
    def tags(order: Order):
        return [tag.id for tag in order.tags]

    def orders(tag: Tag):
        return [order.note for order in tag.orders]

    def user_name(order: Order):
        return order.user.name
    """,
    )
    assert _touched(facts, "tags")[0] == ["tagging", "tags"]
    assert _touched(facts, "orders")[0] == ["orders", "tagging"]
    assert _touched(facts, "user_name")[0] == ["groups", "users"]


def test_methods_of_a_mixin_count_for_the_model_they_are_called_on(tmp_path: Path) -> None:
    """``Order.find()`` reads orders, though the method stands in a mixin that has no table."""
    facts = facts_of(
        tmp_path,
        {
            "app/models.py": """
                from flask_sqlalchemy import SQLAlchemy
                db = SQLAlchemy()

                class Finders:
                    id = db.Column(db.Integer, primary_key=True)

                    @classmethod
                    def find(cls, id):
                        return cls.query.get(id)

                    def save(self):
                        db.session.add(self)
                        db.session.commit()

                class Order(db.Model, Finders):
                    note = db.Column(db.Text)

                class User(db.Model, Finders):
                    name = db.Column(db.Text)
            """,
            "app/service.py": """
                from app.models import Order, User

                def touch(id):
                    order = Order.find(id)
                    order.save()

                def peek(id):
                    return User.find(id)
            """,
        },
    )
    assert _touched(facts, "touch") == (["order"], ["order"])
    assert _touched(facts, "peek") == (["user"], [])
    assert _touched(facts, "Finders.find", "app.models") == ([], [])


def test_a_helper_that_takes_a_model_counts_for_its_callers(tmp_path: Path) -> None:
    """Only the call says which table a helper is about; the helper itself is not charged with all of them."""
    facts = _facts(
        tmp_path,
        """
    def fetch(session, model, id):
        return session.get(model, id)

    def first(query):
        return query.first()

    def order(session: Session):
        return fetch(session, Order, 1)

    def tag(session: Session):
        found = fetch(session, Tag, 1)
        session.delete(found)

    def any_user(session: Session):
        return first(session.query(User).filter(User.id == 1))
    """,
    )
    assert _touched(facts, "order") == (["orders"], [])
    assert _touched(facts, "tag") == (["orders", "tagging", "tags"], ["tagging", "tags"])
    assert _touched(facts, "any_user") == (["groups", "users"], [])
    assert _touched(facts, "fetch") == ([], [])


def test_a_statement_nobody_is_seen_to_run_counts_where_it_is_built(tmp_path: Path) -> None:
    """A statement handed to unknown code is not lost."""
    facts = _facts(
        tmp_path,
        """
    from reporting import run

    def report():
        run(select(Order.id).join(Tag))
    """,
    )
    assert _touched(facts, "report")[0] == ["orders", "tags"]


def test_models_may_be_reached_through_an_interface(tmp_path: Path) -> None:
    """Properties that return models, and abstract methods that build statements, are followed."""
    facts = _facts(
        tmp_path,
        """
    from abc import ABC, abstractmethod
    from sqlalchemy.dialects import postgresql

    class Queries(ABC):
        @abstractmethod
        def insert(self, obj: type) -> postgresql.Insert: ...

    class PostgresQueries(Queries):
        def insert(self, obj: type) -> postgresql.Insert:
            return postgresql.insert(obj)

    class Database:
        def __init__(self, queries: Queries):
            self.queries = queries

        @property
        def Order(self) -> type[Order]:
            return Order

    def load(db: Database, session: Session):
        return session.execute(select(db.Order)).scalars().all()

    def create(db: Database, session: Session):
        session.execute(db.queries.insert(db.Order).values(note="x"))
    """,
    )
    assert _touched(facts, "load") == (["orders"], [])
    assert _touched(facts, "create") == ([], ["orders"])


def test_a_session_block_is_a_transaction(tmp_path: Path) -> None:
    """``with session.begin()`` opens one; accesses inside know where it began."""
    facts = _facts(
        tmp_path,
        """
    def inside(session: Session):
        with session.begin():
            session.add(Order())

    def outside(session: Session):
        session.add(Order())
    """,
    )
    where = {access.function: access.transaction for access in facts.accesses}
    assert where["app.service:inside"] is not None
    assert where["app.service:outside"] is None


def test_what_is_saved_is_read_again_after_the_commit(tmp_path: Path) -> None:
    """Instances expire with the commit and load when they are next looked at, unless that is switched off."""
    source = """
        from sqlalchemy.orm import sessionmaker
        Expiring = sessionmaker()
        Keeping = sessionmaker(expire_on_commit=False)
        def expiring():
            session = Expiring()
            session.add(Order())
        def keeping():
            session = Keeping()
            session.add(Order())
    """
    facts = _facts(tmp_path, source)
    found = {(a.function.partition(":")[2], a.mode, a.table) for a in facts.accesses}
    assert found == {
        ("expiring", AccessMode.WRITE, "orders"),
        ("expiring", AccessMode.READ, "orders"),
        ("keeping", AccessMode.WRITE, "orders"),
    }


def test_setting_an_attribute_by_its_name_writes_what_is_mapped(tmp_path: Path) -> None:
    """A name that is known counts as an assignment; one that is not may be any column's."""
    facts = _facts(
        tmp_path,
        """
    from copy import copy

    def decorated(session: Session):
        setattr(session.get(Order, 1), "owner_name", "shown with the order, kept nowhere")

    def noted(session: Session):
        setattr(session.get(Order, 1), "note", "kept")

    def patched(session: Session, values):
        for name, value in values.items():
            setattr(session.get(Order, 1), name, value)

    def hidden(session: Session, name):
        setattr(copy(session.get(Order, 1)), name, "")
    """,
    )
    assert _touched(facts, "decorated") == (["orders"], [])
    assert _touched(facts, "noted") == (["orders"], ["orders"])
    assert _touched(facts, "patched") == (["orders"], ["orders"])
    assert _touched(facts, "hidden") == (["orders"], [])


def test_what_is_set_on_a_copy_is_not_written(tmp_path: Path) -> None:
    """A session flushes the instance it loaded; a copy of it is written only when it is added."""
    facts = _facts(
        tmp_path,
        """
    from copy import copy, deepcopy

    def shown(session: Session):
        order = copy(session.get(Order, 1))
        order.note = "hidden"
        return order

    def changed(session: Session):
        order = session.get(Order, 1)
        order.note = "shown"

    def doubled(session: Session):
        order = deepcopy(copy(session.get(Order, 1)))
        session.add(order)
    """,
    )
    assert _touched(facts, "shown") == (["orders"], [])
    assert _touched(facts, "changed") == (["orders"], ["orders"])
    assert _touched(facts, "doubled") == (["orders"], ["orders"])


def test_a_query_class_of_a_model_is_a_query_for_it(tmp_path: Path) -> None:
    """Flask-SQLAlchemy's ``query_class``: its methods are found, and ``self`` in them is the model's query."""
    facts = facts_of(
        tmp_path,
        {
            "shop.py": """
                from flask_sqlalchemy import SQLAlchemy
                from flask_sqlalchemy.query import Query
                db = SQLAlchemy()

                class Order(db.Model):
                    class OrderQuery(Query):
                        def newest(self):
                            return self.order_by(Order.id).first()

                    query_class = OrderQuery
                    id = db.Column(db.Integer, primary_key=True)
                    note = db.Column(db.Text)

                def mark():
                    Order.query.newest().note = "x"
            """
        },
    )
    assert _touched(facts, "Order.OrderQuery.newest", "shop")[0] == ["order"]
    assert _touched(facts, "mark", "shop")[1] == ["order"]
    assert ("shop:mark", "shop:Order.OrderQuery.newest") in {(call.caller, call.callee) for call in facts.calls}
