"""A small shop's replicas, and three people who call the service."""

import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import psycopg
import pytest
from reviews_service import schema
from reviews_service.app import create_app
from reviews_service.config import Config
from reviews_service.sqlite import sqlite_path
from starlette.testclient import TestClient

KEY = "a-key-of-the-tests-that-is-long-enough"
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "")

REPLICAS = (
    (
        "INSERT INTO product VALUES (1, 'skillet', 'Skillet', true), (2, 'teapot', 'Teapot', true),"
        " (3, 'bowl', 'Bowl', false)"
    ),
    "INSERT INTO customer VALUES (11, 101), (12, 102), (13, 103)",
    "INSERT INTO purchase VALUES (1, 11, 1)",
)


class Caller:
    """Somebody behind the gateway, or a visitor."""

    def __init__(self, client: TestClient, who: dict[str, Any] | None) -> None:
        self.client = client
        self.who = who

    def identity(self, **claims: Any) -> dict[str, str]:
        if self.who is None:
            return {}
        whole = {"iss": "strangler", "aud": "reviews", "exp": time.time() + 60, "who": self.who}
        return {"X-Strangler-Identity": jwt.encode({**whole, **claims}, KEY)}

    def __call__(self, method: str, path: str, headers: Any = None, **content: Any) -> Any:
        headers = {**self.identity(), **(headers or {})}
        return self.client.request(method, path, headers=headers, **content)

    def writes(self, text: str = "Does what it should.", rating: int = 4, product: int = 1) -> int:
        body = {"rating": rating, "text": text}
        answer = self("POST", f"/api/products/{product}/reviews", json=body)
        assert answer.status_code == 201
        return answer.json()["id"]


class Shop:
    """The service with its database, and those who call it."""

    def __init__(self, client: TestClient, url: str) -> None:
        self.client = client
        self.url = url
        self.visitor = Caller(client, None)
        self.ada = Caller(client, person(11, "Ada"))
        self.ben = Caller(client, person(12, "Ben"))
        self.staff = Caller(client, {**person(13, "Staff"), "is_staff": True})

    def sql(self, *statements: str) -> list[Any]:
        """Run statements beside the service; the rows of the last one."""
        return run_sql(self.url, *statements)


def person(customer_id: int, name: str) -> dict[str, Any]:
    email = f"{name.lower()}@example.com"
    return {"customer_id": customer_id, "name": name, "email": email, "is_staff": False}


def run_sql(url: str, *statements: str) -> list[Any]:
    path = sqlite_path(url)
    connection: Any = psycopg.connect(url) if path is None else sqlite3.connect(path)
    try:
        cursor: Any = None
        for statement in statements:
            cursor = connection.execute(statement)
        rows = cursor.fetchall() if cursor is not None and cursor.description else []
        connection.commit()
    finally:
        connection.close()
    return rows


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.skipif(not POSTGRES, reason="TEST_POSTGRES_URL is not set"))])  # fmt: skip
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'reviews.sqlite3'}"
        return
    name = f"reviews_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
        join = "&" if "?" in POSTGRES else "?"
        yield f"{POSTGRES}{join}options=-csearch_path%3D{name}"
        connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


@pytest.fixture
def shop(url: str) -> Iterator[Shop]:
    """The service, its schema created and its replicas filled."""
    schema.create(url)
    run_sql(url, *REPLICAS)
    app = create_app(Config(url, KEY))
    with TestClient(app, follow_redirects=False, client=("198.51.100.7", 1)) as client:
        yield Shop(client, url)
