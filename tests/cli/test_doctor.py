"""``strangler doctor``: the whole output, its exit code, and its JSON."""

from __future__ import annotations

import errno
import json
import os
import socket
import sqlite3
import threading
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from strangler.cli.main import run
from strangler.cli.upstream_status import http_clock, http_status
from strangler.model.authority import Side
from strangler.model.errors import UnavailableError
from strangler_gateway.admin.messages import GatewayStatus, ServiceStatus
from strangler_gateway.in_flight import InFlight
from tests.etl.reviews_case import PROJECT, ROWS, SQLITE_SOURCE, SQLITE_TARGET

REST = """
[gateway]
admin = ["127.0.0.1:PORT"]
token = "${TOKEN}"
identity = { whoami = "/whoami", key = "${KEY}" }
[[routes]]
match = { path = "/reviews" }
service = "reviews"
"""

WELL = """\
project
  ok       environment: SOURCE, TOKEN, KEY, TARGET are set
  ok       disk: .strangler can be written
  ok       analysis: not older than the source

source database
  ok       connection: sqlite:///HERE/source.sqlite3 answers
  ok       file: it and its folder can be written
  ok       write-ahead log: on
  ok       disk: 7,000 MB free, the file has 0 MB
  ok       engine: SQLite 3.45.0
  ok       JSON functions: there; no extension is needed
  ok       encoding: UTF-8
  ok       clock: that of this machine
  ok       foreign keys: kept by connections that ask for it; strangler's do

reviews: target database
  ok       connection: sqlite:///HERE/target.sqlite3 answers
  ok       file: it and its folder can be written
  ok       write-ahead log: on
  ok       disk: 7,000 MB free, the file has 0 MB
  ok       engine: SQLite 3.45.0
  ok       JSON functions: there; no extension is needed
  ok       encoding: UTF-8
  ok       clock: that of this machine
  ok       foreign keys: kept by connections that ask for it; strangler's do

reviews: source tables
  ok       table reviews_review: its rows are known by id
  ok       table reviews_vote: its rows are known by id
  ok       table product: its rows are known by id
  ok       table category: its rows are known by id
  ok       triggers: none that would touch applied rows
  ok       references from outside: none to the tables that move
  ok       indexes of references: none is missing

reviews: target tables
  ok       table review: its rows are known by number
  ok       table vote: its rows are known by number
  ok       table product: its rows are known by id
  ok       triggers: none that would touch applied rows
  ok       references from outside: none to the tables that move
  ok       indexes of references: none is missing

reviews: migration
  ok       routes: 1 leads to reviews
  ok       databases: two different ones
  ok       mapping: fits: tables that move: 2, replicas: 1
  ok       journal: not yet; to begin: strangler journal install reviews
  ok       fence: not yet; strangler journal install reviews raises it

reviews: clocks
  ok       clocks: no difference of more than 1 s is certain: reviews at http://127.0.0.1:PORT, v1 at http://127.0.0.1:PORT

gateways
  ok       token: set
  ok       identity: the key is set; who is asking is asked at /whoami
  ok       gateway 127.0.0.1:PORT: answers and knows reviews (epoch 1)

upstreams
  ok       monolith: http://127.0.0.1:PORT answers
  ok       reviews: http://127.0.0.1:PORT answers
  ok       identity: GET /whoami without credentials is answered with 401: nobody

0 problems, 0 warnings, 46 ok
"""

ILL = """\
project
  ok       environment: SOURCE, KEY are set
  problem  environment: TOKEN, named at strangler.toml:34:1, is not set
           run: export TOKEN=...
  problem  environment: TARGET, named at strangler.toml:8:1, is not set
           run: export TARGET=...
  ok       disk: .strangler can be written
  problem  analysis: there is none: who writes the tables beside the service's own routes is not known
           run: strangler analyze

source database
  problem  connection: sqlite:///HERE/gone.sqlite3: there is no such file; all else about it is skipped
           let its application create it, or correct the address (address: SOURCE)

reviews: target database
  warning  connection: not looked at: TARGET not set; all else about it is skipped
           run: export TARGET=...

reviews: migration
  ok       routes: 1 leads to reviews
  warning  mapping, journal, fence: skipped: they need both databases
           mend the connection first

reviews: clocks
  ok       clocks: no difference of more than 1 s is certain: reviews at http://127.0.0.1:PORT, v1 at http://127.0.0.1:PORT

gateways
  warning  token: not looked at: TOKEN not set
           run: export TOKEN=...
  warning  identity: the key has 5 bytes
           take a random one of at least 32 bytes
  warning  gateways: not asked: the token is not known
           mend the token first

upstreams
  ok       monolith: http://127.0.0.1:PORT answers
  ok       reviews: http://127.0.0.1:PORT answers
  ok       identity: GET /whoami without credentials is answered with 401: nobody

4 problems, 5 warnings, 7 ok
"""


class _Answers(BaseHTTPRequestHandler):
    """A monolith, a service and the admin API of a gateway in one."""

    def do_GET(self) -> None:
        """Answer with what a gateway knows, whatever is asked."""
        services = {"reviews": ServiceStatus("reviews", Side.V1, 1, None, InFlight(), {})}
        body = msgspec.json.encode(GatewayStatus(1, "a", services))
        self.send_response(401 if self.path == "/whoami" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of what it overrides
        """Say nothing."""


@pytest.fixture
def port() -> Generator[int]:
    """Where everything answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def shop(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """A project on SQLite in the current folder, and what makes its output the same on every machine."""
    upstreams = f'upstreams = ["http://127.0.0.1:{port}"]'
    text = PROJECT.replace("[monolith]", f"[monolith]\n{upstreams}")
    text = text.replace("[services.reviews]", f"[services.reviews]\n{upstreams}")
    (tmp_path / "strangler.toml").write_text(text + REST.replace("PORT", str(port)))
    (tmp_path / "app.py").write_text("")
    (tmp_path / ".strangler").mkdir()
    (tmp_path / ".strangler" / "graph.json").write_text("{}")
    for name, script in (("source", SQLITE_SOURCE + ROWS), ("target", SQLITE_TARGET)):
        connection = sqlite3.connect(tmp_path / f"{name}.sqlite3")
        connection.executescript(script)
        connection.close()
        monkeypatch.setenv(name.upper(), f"sqlite:///{tmp_path}/{name}.sqlite3")
    monkeypatch.setenv("TOKEN", "open sesame")
    monkeypatch.setenv("KEY", "k" * 32)
    monkeypatch.setattr("sqlite3.sqlite_version", "3.45.0")
    free = type("Usage", (), {"free": 7_000_000_000})
    monkeypatch.setattr("shutil.disk_usage", {tmp_path: free, tmp_path / ".strangler": free}.__getitem__)
    monkeypatch.chdir(tmp_path)
    return lambda output: output.replace(str(tmp_path), "HERE").replace(str(port), "PORT")


def test_a_project_that_is_well(shop: Callable[[str], str], capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each finding, grouped by part; the exit code is 0."""
    assert run(["doctor"]) == 0
    assert shop(capsys.readouterr().out) == WELL


def test_a_project_that_is_not(
    shop: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The mend stands below what is not well; the exit code is 1."""
    monkeypatch.setenv("SOURCE", f"sqlite:///{Path.cwd()}/gone.sqlite3")
    monkeypatch.delenv("TARGET")
    monkeypatch.setenv("TOKEN", "")
    monkeypatch.setenv("KEY", "short")
    Path(".strangler/graph.json").unlink()
    assert run(["doctor", "reviews"]) == 1
    assert shop(capsys.readouterr().out) == ILL


def test_warnings_alone_are_no_failure(
    shop: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are for a person to judge."""
    monkeypatch.setenv("KEY", "short")
    assert run(["doctor"]) == 0
    assert shop(capsys.readouterr().out).endswith("\n0 problems, 1 warning, 45 ok\n")


def test_json_has_every_finding(
    shop: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also those that are well, with the worst level first."""
    monkeypatch.delenv("TARGET")
    assert run(["doctor", "--json"]) == 1
    found = json.loads(shop(capsys.readouterr().out))
    assert found["level"] == "problem"
    assert found["parts"][0] == {
        "title": "project",
        "findings": [
            {"name": "environment", "level": "ok", "found": "SOURCE, TOKEN, KEY are set", "mend": ""},
            {
                "name": "environment",
                "level": "problem",
                "found": "TARGET, named at strangler.toml:8:1, is not set",
                "mend": "run: export TARGET=...",
            },
            {"name": "disk", "level": "ok", "found": ".strangler can be written", "mend": ""},
            {"name": "analysis", "level": "ok", "found": "not older than the source", "mend": ""},
        ],
    }


def test_an_upstream_that_does_not_answer_is_told_in_words() -> None:
    """Without the number the system has for it; the address is free, since its socket does not listen."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(UnavailableError) as caught:
            http_status(f"http://127.0.0.1:{bound.getsockname()[1]}")
    assert caught.value.what == os.strerror(errno.ECONNREFUSED)


class Dated(BaseHTTPRequestHandler):
    """Answers with a date, and with an age where the path says so."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response_only(200)
        self.send_header("Date", "Sun, 06 Nov 1994 08:49:37 GMT" if self.path != "/undated" else "yesterday")
        if self.path == "/cached":
            self.send_header("Age", "600")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


def test_the_clock_of_an_application_is_the_date_of_its_answer() -> None:
    """Nothing is concluded from an answer out of a cache, or without a date that can be read."""
    with HTTPServer(("127.0.0.1", 0), Dated) as server:
        threading.Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            reading = http_clock(f"{url}/")
            assert (http_clock(f"{url}/cached"), http_clock(f"{url}/undated")) == (None, None)
        finally:
            server.shutdown()
    assert reading is not None
    assert (reading.shown, reading.coarse) == (784111777, 2)
    assert reading.before <= reading.after
    assert http_clock(url) is None


def test_an_unknown_service_is_a_usage_error(shop: Callable[[str], str], capsys: pytest.CaptureFixture[str]) -> None:
    """Those there are, are named."""
    assert run(["doctor", "orders"]) == 2
    message = "error: there is no service orders in strangler.toml; known services: reviews\n"
    assert shop(capsys.readouterr().err) == message
