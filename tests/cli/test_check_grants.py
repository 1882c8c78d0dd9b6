"""``strangler check --grants``, on a real PostgreSQL: the foreign role is denied, the owner works."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from strangler.cli.main import run

_SHOP = """
CREATE ROLE {shop} LOGIN; CREATE ROLE {reviews} LOGIN;
GRANT CREATE, USAGE ON SCHEMA public TO {shop};
SET ROLE {shop};
CREATE TABLE catalog_product (id serial PRIMARY KEY, name text);
CREATE TABLE reviews_review (
    id serial PRIMARY KEY, text text, product_id int REFERENCES catalog_product ON DELETE CASCADE
);
INSERT INTO catalog_product (name) VALUES ('tea'), ('cup');
INSERT INTO reviews_review (text, product_id) VALUES ('good', 1), ('small', 2);
RESET ROLE;
"""


@contextmanager
def _as(url: str, role: str) -> Generator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SET SESSION AUTHORIZATION {role}".encode())
        yield connection


@pytest.mark.postgres
def test_the_database_refuses_what_the_ratchet_finds(
    postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Either way round; keys between the tables go on, and a second run changes nothing."""
    name = postgres_database.rpartition("/")[2].partition("?")[0]
    shop, reviews = f"shop_{name}", f"reviews_{name}"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "strangler.toml").write_text('[services.reviews]\ntables = ["reviews_review"]\n')
    assert run(["check", "--grants", "--role", f"monolith={shop}", "--role", f"reviews={reviews}"]) == 0
    statements = capsys.readouterr().out
    with psycopg.connect(postgres_database, autocommit=True) as admin:
        admin.execute(_SHOP.format(shop=shop, reviews=reviews).encode())
        admin.execute(f"GRANT SELECT ON catalog_product TO {reviews}".encode())
        for _ in range(2):
            admin.execute(statements.encode())
    try:
        with _as(postgres_database, shop) as monolith:
            for statement in (
                "SELECT * FROM reviews_review",
                "UPDATE reviews_review SET text = ''",
                "SELECT 1 FROM catalog_product p JOIN reviews_review r ON r.product_id = p.id",
                "SELECT nextval('reviews_review_id_seq')",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    monolith.execute(statement.encode())
            monolith.execute("DELETE FROM catalog_product WHERE id = 2")
            assert monolith.execute("SELECT name FROM catalog_product").fetchall() == [("tea",)]
        with _as(postgres_database, reviews) as service:
            service.execute("INSERT INTO reviews_review (text, product_id) VALUES ('fine', 1)")
            assert service.execute("SELECT text FROM reviews_review ORDER BY id").fetchall() == [("good",), ("fine",)]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                service.execute("SELECT * FROM catalog_product")
            with pytest.raises(psycopg.errors.ForeignKeyViolation):
                service.execute("INSERT INTO reviews_review (text, product_id) VALUES ('lost', 2)")
    finally:
        with psycopg.connect(postgres_database, autocommit=True) as admin:
            admin.execute(f"DROP OWNED BY {shop}, {reviews}; DROP ROLE {shop}, {reviews}".encode())


def test_roles_are_the_users_of_the_databases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nobody says else; names are quoted, and the password is not printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOP", "postgresql://shop%20app:geheim@localhost/shop")
    (tmp_path / "strangler.toml").write_text(
        '[monolith]\ndatabase = "${SHOP}"\n[services.reviews]\ntables = ["reviews_review", "Odd\\"Name"]\n'
    )
    assert run(["check", "--grants"]) == 0
    out = capsys.readouterr().out
    assert 'ALTER TABLE "public"."Odd""Name" OWNER TO "reviews";' in out
    assert 'REVOKE ALL ON TABLE "public"."reviews_review", "public"."Odd""Name" FROM PUBLIC, "shop app";' in out
    assert "geheim" not in out


@pytest.mark.parametrize(
    ("role", "message"),
    [
        ("reviews", "--role reviews must be OWNER=ROLE; owners: reviews, monolith"),
        ("orders=x", "--role orders=x must be OWNER=ROLE"),
        ("reviews=monolith", "monolith and reviews have one role, monolith; give them two: --role reviews=ROLE"),
    ],
)
def test_a_role_that_can_not_be_is_refused(
    role: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is printed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "strangler.toml").write_text('[services.reviews]\ntables = ["reviews_review"]\n')
    assert run(["check", "--grants", "--role", role]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert not captured.out
