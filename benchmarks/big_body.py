"""A body of 100 MB each way, and the application that takes and gives it: ``python -m benchmarks.big_body PORT``."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_SIZE = 100_000_000
_PART = b"x" * 50_000
PATH = "/api/shop7/7/reviews"


def transfer(port: int) -> None:
    """Send the body and receive it; RuntimeError when it does not come complete."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", PATH, body=_parts(), headers={"Content-Length": str(_SIZE)})
    answer = connection.getresponse()
    if answer.read() != str(_SIZE).encode():
        raise RuntimeError(f"the upload ended with status {answer.status}")
    connection.request("GET", PATH)
    answer, received = connection.getresponse(), 0
    while part := answer.read(len(_PART)):
        received += len(part)
    connection.close()
    if received != _SIZE:
        raise RuntimeError(f"{received} bytes came of {_SIZE}")


def _parts() -> Iterator[bytes]:
    for _ in range(_SIZE // len(_PART)):
        yield _PART


class _Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        left = int(self.headers["Content-Length"])
        while left and (part := self.rfile.read(min(left, len(_PART)))):
            left -= len(part)
        self._answer(len(str(_SIZE)), [str(_SIZE - left).encode()])

    def do_GET(self) -> None:
        self._answer(_SIZE, _parts())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of a request that went well."""

    def _answer(self, length: int, parts: Iterator[bytes] | list[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        for part in parts:
            self.wfile.write(part)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Application).serve_forever()
