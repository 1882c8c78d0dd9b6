"""Rows are taken out of what comes from a server, wherever it is cut, and the driver finds its place behind them."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.secret import DatabaseUrl
from strangler_etl.engine.database import Database
from strangler_etl.errors import DatabaseError
from strangler_etl.mariadb.database import MariaDBDatabase
from strangler_etl.mariadb.row_stream import RowStream
from tests.mariadb import MariaDBCase

_LONGEST = 0xFFFFFF
_END = b"\xfe\0\0\x02\0"


class Pieces(socket.socket):
    """A socket that gives these pieces, and then nothing."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__()
        self._pieces = iter(pieces)

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """The next piece."""
        return next(self._pieces, b"")


def packets(payloads: Sequence[bytes], number: int = 6) -> bytes:
    """The packets of these payloads, those that are too long divided."""
    found = bytearray()
    for payload in payloads:
        parts = [payload[at : at + _LONGEST] for at in range(0, len(payload) + 1, _LONGEST)]
        for part in parts:
            found += len(part).to_bytes(3, "little") + bytes([number % 256]) + part
            number += 1
    return bytes(found)


def row(text: bytes) -> bytes:
    """A row of one column."""
    size = len(text)
    if size < 0xFB:
        return bytes([size]) + text
    if size < 1 << 16:
        return b"\xfc" + size.to_bytes(2, "little") + text
    if size < 1 << 24:
        return b"\xfd" + size.to_bytes(3, "little") + text
    return b"\xfe" + size.to_bytes(8, "little") + text


def taken(stream: RowStream) -> list[bytes]:
    """All rows of a stream."""
    return [line for rows in stream.rows() for line in rows]


@given(
    texts=st.lists(st.binary(max_size=400), max_size=600),
    cuts=st.lists(st.integers(1, 4_000), max_size=30),
    error=st.booleans(),
)
def test_rows_are_those_that_were_sent_wherever_they_are_cut(texts: list[bytes], cuts: list[int], error: bool) -> None:
    """And the packet behind them bears the number of the first."""
    end = b"\xff\x15\x04gone" if error else _END
    sent = packets([*map(row, texts), end]) + b"more"
    pieces: list[bytes] = []
    for cut in cuts:
        pieces.append(sent[:cut])
        sent = sent[cut:]
    pieces = [piece for piece in (*pieces, sent) if piece]
    with Pieces(pieces) as connection:
        stream = RowStream(connection)
        assert taken(stream) == texts
        assert taken(stream) == []
        assert stream.read(4 + len(end) + 4) == packets([end]) + b"more"


def test_rows_longer_than_a_packet_are_whole() -> None:
    """Of 16 MB less one, and more; with small ones between."""
    texts = [b"a" * 70_000, b"b" * (_LONGEST - 4), b"", b"c" * _LONGEST, b"d" * (_LONGEST + 9), b"e"]
    sent = packets([*map(row, texts), _END])
    with Pieces(sent[at : at + 1_000_000] for at in range(0, len(sent), 1_000_000)) as connection:
        assert taken(RowStream(connection)) == texts


def _lines(database: Database, query: str) -> list[bytes]:
    assert isinstance(database, MariaDBDatabase)
    return [line for lines in database.lines(query, ()) for line in lines]


@pytest.mark.mariadb
def test_a_connection_goes_on_behind_the_rows(mariadb_database: MariaDBCase) -> None:
    """After none, after many, after some that nobody wanted, and after an error in between."""
    numbers = "SELECT CAST(seq AS BINARY) FROM seq_1_to_"
    with MariaDBDatabase(DatabaseUrl(mariadb_database.url)) as database:
        assert _lines(database, "SELECT CAST(1 AS BINARY) FROM (SELECT 1) AS one WHERE FALSE") == []
        assert _lines(database, f"{numbers}1000") == [str(number).encode() for number in range(1, 1001)]
        unwanted = database.lines(f"{numbers}200000", ())
        next(iter(unwanted))
        unwanted.close()
        assert database.rows("SELECT 1") == [(1,)]
        with pytest.raises(DatabaseError):
            _lines(database, "SELECT CAST(seq AS BINARY) FROM seq_1_to_9 WHERE seq < 5 OR (SELECT 1 UNION SELECT seq)")
        assert database.rows("SELECT 2") == [(2,)]
