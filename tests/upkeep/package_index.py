"""A package index on this machine, of made-up releases."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def package_index(releases: Mapping[str, tuple[str, ...]]) -> Generator[str]:
    """Serve the simple index (PEP 503) of these releases; gives its address."""

    class _Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            wheel = name.replace("-", "_")
            files = "".join(f'<a href="{wheel}-{version}-py3-none-any.whl"></a>' for version in releases.get(name, ()))
            self.send_response(200 if files else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<!DOCTYPE html><html><body>{files}</body></html>".encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
