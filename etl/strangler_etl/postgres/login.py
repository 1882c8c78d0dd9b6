"""Where and as whom to log in to a PostgreSQL server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from strangler.secret import DatabaseUrl, Secret

_NETWORK = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_DRIVER = re.compile(r"^(\w+)\+\w+(?=://)")
"""The driver that SQLAlchemy appends to the engine, as in ``postgresql+asyncpg://``; libpq knows no drivers."""
_PASSED_ON = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "options")


@dataclass(frozen=True, slots=True)
class Login:
    """Where and as whom to log in; `further` are parameters of libpq."""

    host: str
    port: int
    database: str
    user: str
    password: Secret
    further: Mapping[str, str]


def login_of(connection: psycopg.Connection) -> Login:
    """Where and as whom a connection has logged in, for further ones."""
    info = connection.info
    further = {name: value for name, value in info.get_parameters().items() if name in _PASSED_ON}
    if not connection.pgconn.ssl_in_use:
        further["sslmode"] = "disable"
    return Login(info.host, info.port, info.dbname, info.user, Secret(info.password), further)


def connection_string(url: DatabaseUrl) -> str:
    """Return the connection string for libpq, for an address that may name a SQLAlchemy driver.

    A server that has vanished is given up after seconds, unless the address says otherwise.
    """
    address = _DRIVER.sub(r"\1", url.reveal())
    given = conninfo_to_dict(address)
    return make_conninfo(address, **{name: value for name, value in _NETWORK.items() if name not in given})
