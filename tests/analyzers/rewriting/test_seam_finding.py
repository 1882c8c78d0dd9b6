"""The seams of a service, in the styles of Django, Flask and FastAPI."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.recipes import recipe, used
from strangler_analyzers.rewriting.seam_finding import find_seams
from strangler_analyzers.rewriting.seams import Seam, SeamKind
from tests.analyzers.source_tree import facts_of
from tests.sample_monolith import sample_facts

DJANGO = {
    "app/books/models.py": """
        from django.db import models

        class Book(models.Model):
            name = models.CharField(max_length=9)
    """,
    "app/reviews/models.py": """
        from django.db import models
        from app.books.models import Book

        class ReviewQuerySet(models.QuerySet):
            def visible(self):
                return self.filter(shown=True)

        class Review(models.Model):
            book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
            shown = models.BooleanField()
            objects = ReviewQuerySet.as_manager()

            def stars(self):
                return 5
    """,
    "app/reviews/services.py": """
        from app.reviews.models import Review

        class NotAllowed(Exception):
            pass

        class Mailer:
            def send(self):
                pass

        def summary(book_id):
            return Review.objects.filter(book_id=book_id).count()

        def flag(pk):
            Review.objects.filter(pk=pk).update(shown=False)

        def logged(function):
            def inner(*args):
                return function(*args)
            return inner
    """,
    "app/reviews/signals.py": """
        from django.dispatch import Signal

        published = Signal()

        def tell():
            published.send(sender=None)
    """,
}
ALCHEMY = {
    "app/models.py": """
        from sqlalchemy import Column, ForeignKey, Integer, String
        from sqlalchemy.orm import declarative_base, relationship

        Base = declarative_base()

        class Book(Base):
            __tablename__ = "book"
            id = Column(Integer, primary_key=True)
    """,
    "app/reviews/models.py": """
        from sqlalchemy import Column, ForeignKey, Integer
        from sqlalchemy.orm import relationship
        from app.models import Base

        class Review(Base):
            __tablename__ = "review"
            id = Column(Integer, primary_key=True)
            book_id = Column(Integer, ForeignKey("book.id"))
            book = relationship("Book", backref="reviews")
    """,
    "app/reviews/services.py": """
        from app.reviews.models import Review

        def summary(session, book_id):
            return session.query(Review).filter_by(book_id=book_id).count()

        async def recent(limit: int) -> list[int]:
            return []
    """,
}


def seams_of(folder: Path, files: Mapping[str, str], tables: frozenset[str] | None = None) -> tuple[Seam, ...]:
    """The seams of the package ``app.reviews``."""
    facts = facts_of(folder, files)
    owned = tables or frozenset(table.name for table in facts.tables if "review" in table.name)
    return find_seams(SystemGraph(facts), Boundary("reviews", ("app.reviews",), owned))


def told(seams: tuple[Seam, ...], file: str) -> list[tuple[SeamKind, int, str]]:
    """Kind, line and use of the seams of one file."""
    return [(seam.kind, seam.place.line, used(seam)) for seam in seams if seam.place.file == file]


DJANGO_USES: list[tuple[str, list[tuple[SeamKind, int, str]]]] = [
    (
        "from app.reviews.services import summary\ndef page():\n    return summary(1)\n",
        [(SeamKind.FUNCTION, 3, "app.reviews.services:summary")],
    ),
    (
        "from app.reviews import services\ndef page():\n    return services.summary(1)\n",
        [(SeamKind.FUNCTION, 3, "app.reviews.services:summary")],
    ),
    (
        "def page():\n    from app.reviews import services as s\n    return s.summary(1)\n",
        [(SeamKind.FUNCTION, 3, "app.reviews.services:summary")],
    ),
    (
        "from app.reviews import services\ndef page():\n    raise services.NotAllowed()\n",
        [(SeamKind.CLASS, 3, "app.reviews.services:NotAllowed")],
    ),
    (
        "from app.reviews.services import Mailer\nmailer = Mailer()\ndef page():\n    mailer.send()\n",
        [(SeamKind.CLASS, 2, "app.reviews.services:Mailer"), (SeamKind.METHOD, 4, "app.reviews.services:Mailer.send")],
    ),
    (
        "from app.reviews.models import Review\ndef page():\n    return Review(shown=True)\n",
        [(SeamKind.MODEL, 3, "Review writes reviews_review")],
    ),
    (
        "from app.reviews.models import Review\ndef page():\n    return list(Review.objects.filter(shown=True))\n",
        [(SeamKind.MODEL, 3, "filter reads reviews_review")],
    ),
    (
        "from app.reviews.models import Review\ndef page():\n    Review.objects.filter(pk=1).update(shown=True)\n",
        [(SeamKind.MODEL, 3, "update writes reviews_review")],
    ),
    (
        "from app.reviews.models import Review\ndef page():\n    return Review.objects.visible()\n",
        [(SeamKind.COMPOSITION, 3, "app.reviews.models:ReviewQuerySet.visible")],
    ),
    (
        "from app.books.models import Book\ndef page():\n    return list(Book.objects.filter(reviews__shown=True))\n",
        [(SeamKind.COMPOSITION, 3, "filter over books_book, reviews_review")],
    ),
    (
        "from app.books.models import Book\ndef page():\n    return list(Book.objects.prefetch_related('reviews'))\n",
        [(SeamKind.JOINED_LOADING, 3, "prefetch_related with reviews_review")],
    ),
    (
        (
            "from django.db import connection\ndef page():\n    with connection.cursor() as c:\n"
            "        c.execute('SELECT 1 FROM reviews_review')\n"
        ),
        [(SeamKind.RAW_SQL, 4, "raw SELECT reads reviews_review")],
    ),
    (
        (
            "from django.dispatch import receiver\nfrom app.reviews.signals import published\n"
            "@receiver(published)\ndef hear(**kwargs):\n    pass\n"
        ),
        [(SeamKind.IMPORT, 2, "app.reviews.signals")],
    ),
    (
        "from app.reviews.services import Mailer\nclass Better(Mailer):\n    pass\n",
        [(SeamKind.SUBCLASS, 2, "app.shop.views:Better inherits from app.reviews.services:Mailer")],
    ),
    (
        "from app.reviews.services import logged\n@logged\ndef page():\n    pass\n",
        [
            (SeamKind.DECORATOR, 3, "app.reviews.services:logged.<locals>.inner"),
            (SeamKind.IMPORT_TIME, 3, "app.reviews.services:logged"),
        ],
    ),
    (
        (
            "from django.db import transaction\nfrom app.reviews.services import flag\ndef page():\n"
            "    with transaction.atomic():\n        flag(1)\n"
        ),
        [(SeamKind.TRANSACTION, 5, "app.reviews.services:flag in the transaction of app/shop/views.py:4")],
    ),
    (
        (
            "from django.db import transaction\nfrom app.reviews.services import flag\ndef page():\n"
            "    with transaction.atomic():\n        step()\ndef step():\n    flag(1)\n"
        ),
        [(SeamKind.TRANSACTION, 7, "app.reviews.services:flag in the transaction of app/shop/views.py:4")],
    ),
    (
        (
            "from django.db import transaction\nfrom app.reviews.services import flag\ndef page():\n"
            "    transaction.on_commit(flag)\n"
        ),
        [(SeamKind.QUEUED, 4, "app.reviews.services:flag")],
    ),
    (
        "def page(thing):\n    thing.stars()\n",
        [(SeamKind.DYNAMIC, 2, "stars, perhaps app.reviews.models:Review.stars")],
    ),
    (
        (
            "from app.reviews.services import NotAllowed\ndef page():\n    try:\n        pass\n"
            "    except NotAllowed:\n        pass\n"
        ),
        [(SeamKind.IMPORT, 1, "app.reviews.services")],
    ),
]


@pytest.mark.parametrize(("source", "expected"), DJANGO_USES)
def test_each_use_of_a_django_app_is_a_seam_of_its_kind(
    source: str, expected: list[tuple[SeamKind, int, str]], tmp_path: Path
) -> None:
    """With line and what is used."""
    assert told(seams_of(tmp_path, {**DJANGO, "app/shop/views.py": source}), "app/shop/views.py") == expected


def test_a_receiver_and_a_key_are_seams_where_they_begin(tmp_path: Path) -> None:
    """The signal at the place that sends it, the key at its column."""
    views = "from django.dispatch import receiver\nfrom app.reviews.signals import published\n"
    views += "@receiver(published)\ndef hear(**kwargs):\n    pass\n"
    seams = seams_of(tmp_path, {**DJANGO, "app/shop/views.py": views})
    assert told(seams, "app/reviews/signals.py") == [(SeamKind.SIGNAL, 6, "makes app.shop.views:hear run")]
    assert told(seams, "app/reviews/models.py") == [
        (SeamKind.FOREIGN_KEY, 9, "reviews_review.book_id to books_book, CASCADE")
    ]


ALCHEMY_USES: list[tuple[str, list[tuple[SeamKind, int, str]]]] = [
    (
        (
            "from flask import Blueprint\nfrom app.reviews.services import summary\nbp = Blueprint('b', __name__)\n"
            "@bp.route('/b/<int:pk>')\ndef page(pk):\n    return str(summary(None, pk))\n"
        ),
        [(SeamKind.FUNCTION, 6, "app.reviews.services:summary")],
    ),
    (
        (
            "from sqlalchemy.orm import Session, joinedload\nfrom app.models import Book\n"
            "def page(session: Session):\n    return session.query(Book).options(joinedload(Book.reviews)).all()\n"
        ),
        [(SeamKind.COMPOSITION, 4, "all over book, review")],
    ),
    (
        (
            "from fastapi import APIRouter\nfrom app.reviews import services\nrouter = APIRouter()\n"
            "@router.get('/b')\nasync def page():\n    return await services.recent(3)\n"
        ),
        [(SeamKind.FUNCTION, 6, "app.reviews.services:recent")],
    ),
    (
        (
            "from sqlalchemy.orm import Session\nfrom app.reviews.models import Review\n"
            "def page(session: Session):\n    return session.query(Review).all()\n"
        ),
        [(SeamKind.MODEL, 4, "all reads review")],
    ),
    (
        (
            "from sqlalchemy import text\nfrom sqlalchemy.orm import Session\n"
            "def page(session: Session):\n    session.execute(text('DELETE FROM review'))\n"
        ),
        [(SeamKind.RAW_SQL, 4, "raw DELETE writes review")],
    ),
    (
        (
            "from sqlalchemy.orm import Session\nfrom app.reviews.models import Review\n"
            "def page(session: Session):\n    session.add(Review(id=1))\n"
        ),
        [(SeamKind.MODEL, 4, "add writes review"), (SeamKind.MODEL, 4, "Review writes review")],
    ),
]


@pytest.mark.parametrize(("source", "expected"), ALCHEMY_USES)
def test_each_use_with_flask_fastapi_and_sqlalchemy_is_a_seam_of_its_kind(
    source: str, expected: list[tuple[SeamKind, int, str]], tmp_path: Path
) -> None:
    """With line and what is used."""
    assert told(seams_of(tmp_path, {**ALCHEMY, "app/web.py": source}), "app/web.py") == expected


def test_only_calls_need_no_recipe(tmp_path: Path) -> None:
    """Everything else has a reason and something to do."""
    source = "\n".join(source for source, _ in DJANGO_USES)
    for seam in seams_of(tmp_path, {**DJANGO, "app/shop/views.py": source}):
        advice = recipe(seam)
        assert (advice is None) == (seam.kind is SeamKind.FUNCTION)


def test_tests_and_the_port_are_at_no_seam(tmp_path: Path) -> None:
    """A test may go on using what it tests, and the port is what all others are to use."""
    call = "from app.reviews.services import summary\ndef test_it():\n    summary(1)\n"
    files = {**DJANGO, "tests/test_reviews.py": call, "app/reviews_port/v1.py": call}
    assert [seam.kind for seam in seams_of(tmp_path, files)] == [SeamKind.FOREIGN_KEY]


def test_an_inherited_method_is_no_use_by_the_rest(tmp_path: Path) -> None:
    """A base class outside saves rows of its heirs, of those inside too."""
    files = {
        "app/base.py": """
            from django.db import models

            class Stamped(models.Model):
                class Meta:
                    abstract = True

                def touch(self):
                    self.save()
        """,
        "app/reviews/models.py": """
            from app.base import Stamped

            class Review(Stamped):
                def publish(self):
                    self.touch()
        """,
    }
    assert seams_of(tmp_path, files) == ()


def test_the_reviews_of_the_sample_have_every_kind_but_the_clean_ones() -> None:
    """Its sins are found; all calls of its API are calls that a port can take."""
    boundary = Boundary("reviews", ("shop.reviews",), frozenset({"reviews_review", "reviews_vote"}))
    seams = find_seams(SystemGraph(sample_facts()), boundary)
    calls = [used(seam) for seam in seams if seam.kind is SeamKind.FUNCTION]
    assert boundary.port == "shop.reviews_port"
    assert "shop.reviews.queries:product_summary" in calls
    assert len(calls) == 11
    assert {seam.kind for seam in seams} >= {
        SeamKind.CLASS,
        SeamKind.METHOD,
        SeamKind.MODEL,
        SeamKind.COMPOSITION,
        SeamKind.JOINED_LOADING,
        SeamKind.FOREIGN_KEY,
        SeamKind.RAW_SQL,
        SeamKind.SIGNAL,
        SeamKind.TEMPLATE,
        SeamKind.IMPORT,
    }
