"""Requests from lines of access logs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.errors import UsageError
from strangler_analyzers.evidence.access_log import Request, line_reader

_COMMON = '10.0.0.1 - bob [28/Nov/2026:10:00:00 +0000] "GET /a/7?token=x HTTP/1.1" 200 512'


@pytest.mark.parametrize(
    ("line", "milliseconds"),
    [
        (_COMMON, None),
        (f'{_COMMON} "https://x/" "Mozilla/5.0 (X11)"', None),
        (f'{_COMMON} "-" "curl/8" 0.250', 250.0),
        (f'{_COMMON} "-" "curl/8" rt=0.250 uct="0.000"', 250.0),
        (f'{_COMMON} "-" "curl/8" duration=250ms', 250.0),
        ('INFO:     127.0.0.1:51112 - "GET /a/7 HTTP/1.1" 200 OK', None),
        ('[28/Nov/2026 10:00:00] "GET /a/7 HTTP/1.1" 200 512', None),
        ('{"request": "GET /a/7?x=1 HTTP/2.0", "status": "200", "request_time": "0.250"}', 250.0),
        ('{"method": "get", "path": "/a/7", "status": 200, "duration_ms": 250}', 250.0),
        ('{"request": {"method": "GET", "uri": "/a/7"}, "status": 200, "duration": 0.25}', 250.0),
    ],
)
def test_usual_lines_say_what_they_are(line: str, milliseconds: float | None) -> None:
    """Common, combined, nginx, gunicorn, uvicorn, runserver and JSON lines need no word about their format."""
    assert line_reader("auto")(line) == Request("GET", "/a/7", 200, milliseconds)


@pytest.mark.parametrize(
    ("log_format", "line"),
    [
        ('%h %l %u %t "%r" %>s %b %D', f"{_COMMON} 250000"),
        ('%h "%r" %>s "%{User-Agent}i" %T', '10.0.0.1 "GET /a/7 HTTP/1.1" 200 "curl 200" 0.25'),
        ('%(h)s "%(r)s" %(s)s %(M)s', '10.0.0.1 "GET /a/7 HTTP/1.1" 200 250'),
        ('$remote_addr "$request" $status $request_time', '10.0.0.1 "GET /a/7 HTTP/1.1" 200 0.250'),
        ("$request_method $uri $status ${request_time}s", "GET /a/7 200 0.250s"),
    ],
)
def test_the_format_of_a_server_s_configuration_is_understood(log_format: str, line: str) -> None:
    """What the time means follows from the server's own name for it."""
    assert line_reader(log_format)(line) == Request("GET", "/a/7", 200, 250.0)


def test_no_client_can_make_reading_a_line_endless() -> None:
    """Whatever it sends as its name or its address, a format with many fields takes time in proportion to the line."""
    read = line_reader('%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D')
    assert read("1 " * 2_000 + '"GET /a/7 HTTP/1.1" 200 ' + '1 "' * 2_000) is None
    quoted = f'{_COMMON} "https://x/" "a \\" 1 \\" b" 250000'
    assert read(quoted) == Request("GET", "/a/7", 200, 250.0)


def test_a_bare_whole_number_is_no_time() -> None:
    """It may be bytes, seconds or microseconds; the format has to say it."""
    assert line_reader("auto")(f'{_COMMON} "-" "curl" 250') == Request("GET", "/a/7", 200, None)


def test_a_format_without_a_request_is_refused() -> None:
    """A typing error in an option is told before a log is read."""
    with pytest.raises(UsageError, match=re.escape("names no request or no status")):
        line_reader("%h %t")


def test_a_json_line_whose_method_is_none_is_no_request() -> None:
    """What a client sends for a method is kept in the map only when it can be one."""
    assert line_reader("json")('{"method": "alice@example.com", "path": "/a/7", "status": 400}') is None


@given(st.text(max_size=200))
def test_any_line_is_a_request_or_none(line: str) -> None:
    """Strangers write into logs."""
    for reader in map(line_reader, ("auto", "json", '%h "%r" %>s')):
        assert reader(line) is None
