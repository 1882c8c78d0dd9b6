"""Opens a connection to a MariaDB server, and says in one line why it could not."""

from __future__ import annotations

from collections.abc import Callable

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CLIENT
from pymysql.cursors import Cursor

from strangler.secret import DatabaseUrl
from strangler_etl.errors import DatabaseError
from strangler_etl.mariadb.conversions import READ
from strangler_etl.mariadb.login import login_of
from strangler_etl.mariadb.row_stream import RowStream, connected_socket

_CONNECT_SECONDS = 10


def connected(url: DatabaseUrl) -> tuple[Connection[Cursor], RowStream | None]:
    """A connection, and the stream of its rows, which is None where the connection is encrypted.

    Raises DatabaseError.
    """
    login = login_of(url)
    try:
        connection = pymysql.connect(
            host=login.host,
            port=login.port,
            user=login.user,
            password=login.password.reveal(),
            database=login.database,
            unix_socket=login.unix_socket,
            ssl=login.tls,
            charset="utf8mb4",
            autocommit=True,
            conv=READ,
            # An update counts the rows it found, not only those it changed.
            client_flag=CLIENT.FOUND_ROWS,
            connect_timeout=_CONNECT_SECONDS,
            defer_connect=True,
        )
        if login.tls is not None:
            connection.connect()
            return connection, None
        opened = connected_socket(login.host, login.port, login.unix_socket, _CONNECT_SECONDS)
        # The driver uses no more of a socket than this one has.
        connect: Callable[..., None] = connection.connect
        connect(opened)
    except (pymysql.MySQLError, OSError) as error:
        raise DatabaseError(str(url), url.unveiled(said(error))) from error
    return connection, opened.stream


def said(error: Exception) -> str:
    """The first line of what the server, or the driver, said."""
    return str(error.args[-1] if error.args else error).splitlines()[0]
