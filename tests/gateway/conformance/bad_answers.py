"""What an application may not answer: it could be read in two ways, or is no HTTP/1.1."""

from __future__ import annotations

_OK = b"HTTP/1.1 200 OK\r\n"
BAD_HEADS = (
    _OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    _OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
    _OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    _OK + b"Content-Length: 2, 3\r\n\r\nok",
    _OK + b"Content-Length: -2\r\n\r\nok",
    _OK + b"Content-Length: +2\r\n\r\nok",
    _OK + b"Content-Length:\r\n\r\nok",
    _OK + b"Content-Length : 2\r\n\r\nok",
    _OK + b"Transfer-Encoding: gzip\r\n\r\n",
    _OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    _OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    _OK + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
    _OK + b" X: a\r\nContent-Length: 2\r\n\r\nok",
    _OK + b"X: a\0b\r\nContent-Length: 2\r\n\r\nok",
    _OK + b"X: a\rb\r\nContent-Length: 2\r\n\r\nok",
    _OK + b"X: a\nb: c\r\nContent-Length: 2\r\n\r\nok",
    _OK + b"no colon\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 O\0K\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 101 Yes\r\nUpgrade: a\r\nConnection: Upgrade\r\n\r\n",
    _OK + b"X: %b\r\n\r\n" % (b"a" * 300_000),
    b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    _OK + b"X: a\n\nok",
    b"SSH-2.0-OpenSSH\r\n",
)
"""The client gets 502."""

_CHUNKS = _OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"
BAD_BODIES = tuple(
    _CHUNKS + rest
    for rest in (
        b"-1\r\n",
        b"+1\r\na\r\n0\r\n\r\n",
        b"0x1\r\na\r\n0\r\n\r\n",
        b"1 \r\na\r\n0\r\n\r\n",
        b"1000000000000001\r\na\r\n0\r\n\r\n",
        b"1\r\nab\r\n0\r\n\r\n",
        b"1\na\r\n0\r\n\r\n",
        b"1\r\na\n0\r\n\r\n",
        b"1;a\0b\r\na\r\n0\r\n\r\n",
        b"0\r\nX: a\r\n b\r\n\r\n",
        b"0\r\nX: a\0b\r\n\r\n",
    )
)
"""The head has gone to the client when they turn out to be wrong: it sees that the body is cut off."""
