"""What happens when the database is not there, refuses, or was never filled."""

import time

import pytest
from conftest import KEY, Shop, run_sql
from reviews_service import schema
from reviews_service.app import create_app
from reviews_service.config import Config
from reviews_service.postgres import PostgresDatabase
from starlette.testclient import TestClient

HEALTH = "/_internal_/healthcheck"
FENCE = {
    "sqlite": (
        (
            "CREATE TRIGGER fence BEFORE INSERT ON review BEGIN"
            " SELECT RAISE(ABORT, 'reviews has no authority here'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'reviews has no authority here'; END $$"
        ),
        "CREATE TRIGGER fence BEFORE INSERT ON review EXECUTE FUNCTION refuse()",
    ),
}


def test_schema_is_created_once(url: str) -> None:
    assert schema.create(url) == ["0001_reviews.sql"]
    assert schema.create(url) == []


def test_fenced_write_gets_503_and_reads_go_on(shop: Shop) -> None:
    shop.ada.writes()
    shop.sql(*FENCE[shop.url.partition(":")[0]])
    for path, body in (
        ("/api/products/1/reviews", {"json": {"rating": 1, "text": "x"}}),
        ("/products/teapot/reviews/new", {"data": {"rating": "1", "text": "x"}}),
    ):
        answer = shop.ben("POST", path, **body)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.json() == {"error": "reviews are not available at the moment"}
    assert shop.visitor("GET", "/api/products/1/reviews").json()["count"] == 1


def test_half_a_write_is_no_write(shop: Shop) -> None:
    """A vote whose count cannot be written down is not stored either."""
    number = shop.ada.writes()
    insert, update = "BEFORE INSERT ON review", "BEFORE UPDATE ON review"
    fence = FENCE[shop.url.partition(":")[0]]
    shop.sql(*(statement.replace(insert, update) for statement in fence))
    assert shop.ben("POST", f"/api/reviews/{number}/votes").status_code == 503
    assert shop.sql("SELECT COUNT(*) FROM vote") == [(0,)]


def test_health_wants_replicas_and_a_schema(url: str) -> None:
    with TestClient(create_app(Config(url, KEY))) as client:
        nothing = client.get(HEALTH)
        schema.create(url)
        empty = client.get(HEALTH)
        run_sql(url, "INSERT INTO product VALUES (1, 'a', 'A', true)")
        run_sql(url, "INSERT INTO customer VALUES (1, 1)")
        filled = client.get(HEALTH)
    assert [answer.status_code for answer in (nothing, empty, filled)] == [503, 503, 200]
    assert nothing.json()["checks"]["database"]["ok"] is False
    assert empty.json()["checks"]["replicas"] == {"ok": False, "product": False, "customer": False}
    assert filled.json()["status"] == "ok"


def test_lost_connections_are_replaced_unseen(shop: Shop) -> None:
    """What a restart of the server does to connections that wait."""
    if shop.url.startswith("sqlite"):
        pytest.skip("SQLite has no connections to lose")
    shop.ada.writes()
    shop.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'reviews' AND pid <> pg_backend_pid()"
    )
    deadline = time.monotonic() + 10
    while shop.sql("SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'reviews'") != [
        (0,)
    ]:
        assert time.monotonic() < deadline
    for _ in range(4):
        shop.ada.writes()


def test_server_that_is_away_gets_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviews_service.postgres.WAIT_SECONDS", 0.2)
    config = Config("postgresql://nobody@127.0.0.1:1/nothing", KEY)
    with TestClient(create_app(config)) as client:
        assert isinstance(client.app.state.service.database, PostgresDatabase)
        assert client.get("/api/products/1/reviews").status_code == 503
        assert client.get(HEALTH).status_code == 503
