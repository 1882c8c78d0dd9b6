"""Shadow reads: what counts as a difference between the two sides."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat

import pytest

from strangler.demo.processes import free_port
from strangler.demo.shadow import SIDE_HEADER, Answer, ShadowReader, compare, sample_targets
from strangler.model.authority import Side
from strangler.model.errors import UnavailableError


class Sides(ThreadingHTTPServer):
    """A gateway with both sides behind it; `v2` holds the bodies that v2 gives, one after the other."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SidesHandler)
        self.v2: Iterator[object] = repeat({"count": 1})


class SidesHandler(BaseHTTPRequestHandler):
    """Answers for the side that the header names."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        assert isinstance(self.server, Sides)
        content = next(self.server.v2) if self.headers[SIDE_HEADER] == "v2" else {"count": 1}
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is that of the base class
        """Stay silent."""


@pytest.fixture
def sides() -> Generator[Sides]:
    """Serve both sides."""
    with Sides() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def reader(sides: Sides) -> Generator[ShadowReader]:
    """Read both sides."""
    reader = ShadowReader(f"http://127.0.0.1:{sides.server_port}", "demo-token-1")
    yield reader
    reader.close()


def test_sides_that_answer_alike_agree(reader: ShadowReader) -> None:
    """Nothing is asked twice."""
    report = compare(["/a", "/b"], reader, watch=time.sleep)
    assert (report.compared, report.repeated, report.differences) == (2, 0, ())


def test_a_difference_that_goes_away_is_none(sides: Sides, reader: ShadowReader) -> None:
    """A write had not been followed yet."""
    sides.v2 = chain([{"count": 0}], repeat({"count": 1}))
    report = compare(["/a"], reader, watch=time.sleep)
    assert (report.repeated, report.differences) == (1, ())


def test_a_difference_that_stays_is_reported_with_both_answers(sides: Sides, reader: ShadowReader) -> None:
    """The status and the content as JSON are compared, not the bytes."""
    sides.v2 = repeat({"count": 2})
    (difference,) = compare(["/a"], reader, watch=time.sleep).differences
    assert (difference.v1, difference.v2) == (Answer(200, {"count": 1}), Answer(200, {"count": 2}))


def test_nothing_is_asked_when_the_time_is_over(reader: ShadowReader) -> None:
    """What was not compared is not counted."""
    assert compare(["/a", "/b"], reader, watch=time.sleep, seconds=-1).compared == 0


def test_a_side_that_does_not_answer_is_an_error() -> None:
    """The message names the request."""
    with pytest.raises(UnavailableError, match="GET /a was not answered by v2"):
        ShadowReader(f"http://127.0.0.1:{free_port()}", "demo-token-1").answer("/a", Side.V2)


def test_the_sample_has_as_many_urls_as_asked_for_and_no_url_twice() -> None:
    """Lists of every order, reviews and one's own."""
    targets = sample_targets(200)
    assert len(targets) == 200
    assert len({target for target in targets if "/me/" not in target}) == 150
