"""What deleting an object or rows changes besides: the unit of work's cascades and those of the database."""

from __future__ import annotations

from pathlib import Path

from strangler.model.system import AccessMode, SystemFacts
from tests.analyzers.source_tree import facts_of

_FORUM = """
    from sqlalchemy import Column, ForeignKey, Integer, Table, Text
    from sqlalchemy.orm import backref, declarative_base, relationship

    Base = declarative_base()
    readers = Table("readers", Base.metadata, Column("topic_id", ForeignKey("topics.id")), Column("user_id", Integer))

    class User(Base):
        __tablename__ = "users"
        id = Column(Integer, primary_key=True)

    class Topic(Base):
        __tablename__ = "topics"
        id = Column(Integer, primary_key=True)
        user_id = Column(ForeignKey("users.id"))
        first_post_id = Column(ForeignKey("posts.id"))
        user = relationship(User, backref="topics")
        first_post = relationship("Post", uselist=False, foreign_keys=[first_post_id], post_update=True)
        posts = relationship("Post", primaryjoin="Post.topic_id == Topic.id", cascade="all, delete-orphan")
        readers = relationship(User, secondary=readers)

    class Post(Base):
        __tablename__ = "posts"
        id = Column(Integer, primary_key=True)
        topic_id = Column(ForeignKey("topics.id"))

    class Report(Base):
        __tablename__ = "reports"
        id = Column(Integer, primary_key=True)
        post_id = Column(ForeignKey("posts.id"))
        post = relationship("Post", backref=backref("report", cascade="all, delete-orphan"))

    class Audit(Base):
        __tablename__ = "audits"
        id = Column(Integer, primary_key=True)
        report_id = Column(ForeignKey("reports.id", ondelete="CASCADE"))

    class AuditLine(Base):
        __tablename__ = "audit_lines"
        id = Column(Integer, primary_key=True)
        audit_id = Column(ForeignKey("audits.id", ondelete="SET NULL"))
        kept_id = Column(ForeignKey("reports.id"))
"""
_DELETIONS = """
    from sqlalchemy import delete
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import Session
    from app.models import *

"""


def _deleted(root: Path, models: str, body: str, function: str = "remove") -> dict[str, str]:
    """The tables a function of ``app.service`` writes besides, with the operation that does it."""
    facts = facts_of(root, {"app/models.py": models, "app/service.py": _DELETIONS + body})
    return _written(facts, f"app.service:{function}")


def _written(facts: SystemFacts, function: str) -> dict[str, str]:
    own = [a for a in facts.accesses if a.function == function and a.mode is AccessMode.WRITE]
    return {access.table: access.operation for access in own}


def _removing(model: str) -> str:
    return f"    def remove(session: Session):\n        session.delete(session.get({model}, 1))\n"


def test_a_cascade_put_there_by_a_backref_deletes(tmp_path: Path) -> None:
    """Deleting a post deletes its reports, by the session, and what refers to these, by the database."""
    assert _deleted(tmp_path, _FORUM, _removing("Post")) == {
        "posts": "delete",
        "reports": "cascade",
        "audits": "ON DELETE CASCADE",
        "audit_lines": "ON DELETE SET NULL",
    }


def test_cascades_go_on_and_leave_what_is_referred_to(tmp_path: Path) -> None:
    """A topic takes posts, their reports and its entries between the tables along; its author and they stay."""
    found = _deleted(tmp_path, _FORUM, _removing("Topic"))
    assert found["topics"] == "delete"
    assert {found[name] for name in ("posts", "reports", "readers")} == {"cascade"}
    assert "users" not in found


def test_without_a_cascade_the_foreign_key_is_emptied(tmp_path: Path) -> None:
    """Deleting an author updates the topics, whose posts stay."""
    assert _deleted(tmp_path, _FORUM, _removing("User")) == {"users": "delete", "topics": "SET NULL"}


def test_statements_know_the_cascades_of_the_database_alone(tmp_path: Path) -> None:
    """`Query.delete()` and ``delete(Model)`` empty no key and delete no child, unless the foreign key says so."""
    body = """
    def posts(session: Session):
        session.query(Post).filter(Post.id == 1).delete()

    async def reports(session: AsyncSession):
        await session.execute(delete(Report).where(Report.id == 1))
    """
    facts = facts_of(tmp_path, {"app/models.py": _FORUM, "app/service.py": _DELETIONS + body})
    assert _written(facts, "app.service:posts") == {"posts": "delete"}
    assert _written(facts, "app.service:reports") == {
        "reports": "execute",
        "audits": "ON DELETE CASCADE",
        "audit_lines": "ON DELETE SET NULL",
    }


def test_what_is_passive_or_for_reading_only_is_left_to_the_database(tmp_path: Path) -> None:
    """``passive_deletes="all"`` and `viewonly` change nothing; ``passive_deletes=True`` looks for no rows."""
    models = """
    from sqlalchemy import Column, ForeignKey, Integer
    from sqlalchemy.orm import declarative_base, relationship

    Base = declarative_base()

    class Shop(Base):
        __tablename__ = "shops"
        id = Column(Integer, primary_key=True)
        orders = relationship("Order", passive_deletes="all")
        views = relationship("View", viewonly=True)
        lines = relationship("Line", cascade="all, delete", passive_deletes=True)

    class Order(Base):
        __tablename__ = "orders"
        id = Column(Integer, primary_key=True)
        shop_id = Column(ForeignKey("shops.id"))

    class View(Base):
        __tablename__ = "views"
        id = Column(Integer, primary_key=True)
        shop_id = Column(ForeignKey("shops.id"))

    class Line(Base):
        __tablename__ = "lines"
        id = Column(Integer, primary_key=True)
        shop_id = Column(ForeignKey("shops.id", ondelete="CASCADE"))
    """
    facts = facts_of(tmp_path, {"app/models.py": models, "app/service.py": _DELETIONS + _removing("Shop")})
    assert set(_written(facts, "app.service:remove")) == {"shops", "lines"}
    assert {access.table for access in facts.accesses if access.mode is AccessMode.READ} == {"shops"}


def test_rows_of_joined_tables_and_relationships_of_ancestors_go_along(tmp_path: Path) -> None:
    """An instance may be one of a class below; backrefs put on an ancestor, and a tree's children, count for it."""
    models = """
    from sqlalchemy import Column, ForeignKey, Integer
    from sqlalchemy.orm import backref, declarative_base, relationship

    Base = declarative_base()

    class Node(Base):
        __tablename__ = "nodes"
        id = Column(Integer, primary_key=True)
        parent_id = Column(ForeignKey("nodes.id"))
        parent = relationship("Node", remote_side=[id])

    class Page(Node):
        __tablename__ = "pages"
        id = Column(ForeignKey("nodes.id"), primary_key=True)

    class Comment(Base):
        __tablename__ = "comments"
        id = Column(Integer, primary_key=True)
        node_id = Column(ForeignKey("nodes.id"))
        node = relationship(Node, backref=backref("comments", cascade="all"))
    """
    assert _deleted(tmp_path / "below", models, _removing("Node")) == {
        "nodes": "delete",
        "pages": "cascade",
        "comments": "cascade",
    }
    assert _deleted(tmp_path / "above", models, _removing("Page")) == {
        "nodes": "delete",
        "pages": "delete",
        "comments": "cascade",
    }


def test_deleting_through_a_mixin_cascades_for_the_model_it_is_called_on(tmp_path: Path) -> None:
    """Flask-SQLAlchemy's session in `CRUDMixin.delete` does what the instance's relationships say."""
    models = """
    from flask_sqlalchemy import SQLAlchemy
    db = SQLAlchemy()

    class CRUDMixin:
        def delete(self):
            db.session.delete(self)
            db.session.commit()
            return self

    class Order(db.Model, CRUDMixin):
        id = db.Column(db.Integer, primary_key=True)
        lines = db.relationship("Line", back_populates="order", cascade="all")

    class Line(db.Model, CRUDMixin):
        id = db.Column(db.Integer, primary_key=True)
        order_id = db.Column(db.ForeignKey("order.id"))
        order = db.relationship("Order", back_populates="lines")
    """
    body = "    def remove(id):\n        Order.query.get(id).delete()\n"
    body += "\n    def remove_line(id):\n        Line.query.get(id).delete()\n"
    facts = facts_of(tmp_path, {"app/models.py": models, "app/service.py": _DELETIONS + body})
    assert _written(facts, "app.service:remove") == {"order": "delete", "line": "cascade"}
    assert _written(facts, "app.service:remove_line") == {"line": "delete"}


def test_sqlmodel_says_it_with_options_of_its_own(tmp_path: Path) -> None:
    """`cascade_delete` and what is handed on in `sa_relationship_kwargs`."""
    models = """
    from sqlmodel import Field, Relationship, SQLModel

    class Team(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        heroes: list["Hero"] = Relationship(back_populates="team", cascade_delete=True)
        logs: list["Log"] = Relationship(sa_relationship_kwargs={"cascade": "all, delete"})

    class Hero(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        team_id: int = Field(foreign_key="team.id")
        team: Team = Relationship(back_populates="heroes")

    class Log(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        team_id: int = Field(foreign_key="team.id")
    """
    assert _deleted(tmp_path, models, _removing("Team")) == {"team": "delete", "hero": "cascade", "log": "cascade"}
