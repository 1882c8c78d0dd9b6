"""By which parameters libpq connects."""

from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from strangler.secret import DatabaseUrl
from strangler_etl.connection import open_database
from strangler_etl.errors import DatabaseError
from strangler_etl.postgres.login import connection_string


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg"])
def test_an_address_may_name_a_driver(scheme: str) -> None:
    """The addresses of asynchronous applications do, and libpq takes them for no addresses."""
    found = conninfo_to_dict(
        connection_string(DatabaseUrl(f"{scheme}://shop:a+b%3A%2F%2F@db:5433/shop?sslmode=require"))
    )
    expected = {"user": "shop", "password": "a+b://", "host": "db", "port": "5433", "dbname": "shop"}
    assert expected.items() <= found.items()
    assert found["sslmode"] == "require"


def test_what_asyncpg_calls_ssl_is_named_as_libpq_does() -> None:
    """The rest of an asynchronous application's address is of no use otherwise."""
    with pytest.raises(DatabaseError, match="write sslmode for ssl"):
        open_database(DatabaseUrl("postgresql+asyncpg://shop@127.0.0.1/shop?ssl=require"))
