"""Requests from the access logs of web servers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from strangler.model.errors import UsageError

JSON_FORMAT = "json"
AUTOMATIC = "auto"


@dataclass(frozen=True, slots=True)
class Request:
    """One answered request; `path` has no query, `milliseconds` is None if the log does not state it."""

    method: str
    path: str
    status: int
    milliseconds: float | None


LineReader: TypeAlias = Callable[[str], Request | None]
"""Reads the request of a line; None if there is none."""

_METHOD = r"(?P<method>[A-Z]{3,12})"
_REQUEST_LINE = rf"{_METHOD} (?P<target>\S+)(?: HTTP/[\d.]+)?"
_USUAL = re.compile(rf'"{_REQUEST_LINE}" (?P<status>\d{{3}})(?P<rest>.*)$')
"""The part on which common, combined, nginx's default, gunicorn, uvicorn, runserver and werkzeug agree."""
_LABELLED_TIME = re.compile(
    r"\b(?:rt|request_time|response_time|duration|took|time)[=:]\s*\"?(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>us|ms|s)?\b"
)
_TRAILING_SECONDS = re.compile(r"\s\"?(?P<value>\d+\.\d+)\"?\s*$")
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def line_reader(log_format: str) -> LineReader:
    """The reader for lines of a format.

    `log_format` is ``auto`` (detected for each line), ``json``, or the server's own format: that of Apache
    (``%h %l %u %t "%r" %>s %b %D``), gunicorn (``%(h)s "%(r)s" %(s)s %(M)s``) or nginx (``"$request" $status
    $request_time``). Raises UsageError for a format that names no request or no status.
    """
    if log_format in {AUTOMATIC, "common", "combined"}:
        return _read_any
    if log_format == JSON_FORMAT:
        return _read_json
    pattern, units = _compiled(log_format)
    return lambda line: _request(pattern.search(line), units)


def _read_any(line: str) -> Request | None:
    if line.startswith("{"):
        return _read_json(line)
    found = _USUAL.search(line)
    return None if found is None else _made(found, _time_in(found["rest"]))


def _time_in(rest: str) -> float | None:
    """The time after the status, if labelled or unambiguous; a bare whole number may be anything."""
    labelled = _LABELLED_TIME.search(rest)
    if labelled is not None:
        return float(labelled["value"]) * _UNITS[labelled["unit"] or "s"]
    trailing = _TRAILING_SECONDS.search(rest)
    return None if trailing is None else float(trailing["value"]) * _UNITS["s"]


def _made(found: re.Match[str], milliseconds: float | None) -> Request:
    return Request(found["method"], _path(found["target"]), int(found["status"]), milliseconds)


def _path(target: str) -> str:
    """The path of a request target, which a proxy may log with scheme and host."""
    path = target.partition("?")[0]
    if "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    return path or "/"


# --- a server's own format

_TOKEN = re.compile(r"%\((?P<gunicorn>[^)]+)\)s|\$\{?(?P<nginx>\w+)\}?|%(?:\{[^}]*\})?[<>]?(?P<apache>[a-zA-Z])")
_PARTS: Mapping[str, str] = {
    **dict.fromkeys(("r", "request"), _REQUEST_LINE),
    **dict.fromkeys(("m", "request_method"), _METHOD),
    **dict.fromkeys(("U", "request_uri", "uri"), r"(?P<target>[^\s?\"]+)\S*?"),
    **dict.fromkeys(("s", "status"), r"(?P<status>\d{3})"),
}
_TIMES: Mapping[str, float] = {
    "apache D": 0.001,
    "apache T": 1000.0,
    "gunicorn D": 0.001,
    "gunicorn M": 1.0,
    "gunicorn L": 1000.0,
    "gunicorn T": 1000.0,
    "nginx request_time": 1000.0,
    "nginx upstream_response_time": 1000.0,
}


def _compiled(log_format: str) -> tuple[re.Pattern[str], float]:
    """A server's format as a regular expression, and the factor that converts its time to milliseconds."""
    tokens = list(_TOKEN.finditer(log_format))
    ends = [token.start() for token in tokens[1:]] + [len(log_format)]
    parts = [re.escape(log_format[: tokens[0].start()])] if tokens else []
    seen: set[str] = set()
    scale = 1.0
    for token, end in zip(tokens, ends, strict=True):
        behind = log_format[token.end() : end]
        server = token.lastgroup or ""
        name = token[server]
        time = _TIMES.get(f"{server} {name}")
        part = _PARTS.get(name, "") if time is None else r"(?P<time>\d+(?:\.\d+)?|-)"
        groups = set(re.findall(r"\(\?P<(\w+)>", part))
        parts.append(part + re.escape(behind) if part and not groups & seen else _anything_up_to(behind))
        if time is not None and "time" not in seen:
            scale = time
        seen |= groups
    if not {"method", "target", "status"} <= seen:
        raise UsageError(
            f"the access log format {log_format!r} names no request or no status",
            remedy="write it as in the server's configuration, such as '\"$request\" $status $request_time', or auto",
        )
    return re.compile("^" + "".join(parts) + "$"), scale


def _anything_up_to(text: str) -> str:
    """A field up to and including the first `text`; without backtracking, which clients could make endless."""
    if not text:
        return ".*?"
    character = r"(?:\\.|[^\\])" if text.startswith('"') else "."  # Inside quotes servers escape a quote.
    return f"(?>{character}*?{re.escape(text)})"


def _request(found: re.Match[str] | None, scale: float) -> Request | None:
    if found is None:
        return None
    groups: dict[str, str | None] = found.groupdict()
    time = groups.get("time")
    return _made(found, None if time is None or time == "-" else float(time) * scale)


# --- one JSON object a line

_METHOD_KEYS = ("method", "request_method", "http_method", "verb")
_PATH_KEYS = ("path", "uri", "request_uri", "request_path", "url", "target")
_STATUS_KEYS = ("status", "status_code", "response_status", "code")
_TIME_KEYS: Mapping[str, float] = {
    **dict.fromkeys(("duration_ms", "latency_ms", "response_time_ms", "elapsed_ms", "request_time_ms"), 1.0),
    **dict.fromkeys(("duration_us", "latency_us", "response_time_us"), 0.001),
    **dict.fromkeys(("request_time", "duration", "duration_s", "latency", "response_time", "elapsed"), 1000.0),
}
"""The factor to milliseconds for each key; a time without a unit is in seconds, as with nginx and Caddy."""


def _read_json(line: str) -> Request | None:
    try:
        record: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    values = dict(_flat(record))
    whole = re.fullmatch(_REQUEST_LINE, str(values.get("request", "")))
    method = whole["method"] if whole is not None else _first(values, _METHOD_KEYS)
    target = whole["target"] if whole is not None else _first(values, _PATH_KEYS)
    status = _first(values, _STATUS_KEYS)
    if method is None or target is None or status is None:
        return None
    method = method.upper()
    if not re.fullmatch(_METHOD, method) or not re.fullmatch(r"\d{3}", status):
        return None
    return Request(method, _path(target), int(status), _json_time(values))


def _json_time(values: Mapping[str, str]) -> float | None:
    for key, scale in _TIME_KEYS.items():
        try:
            return float(values[key]) * scale
        except (KeyError, ValueError):
            continue
    return None


def _flat(record: object) -> Iterator[tuple[str, str]]:
    """Keys and values of an object and of the objects in it, outer ones last so that they win."""
    if isinstance(record, dict):
        items: list[tuple[object, object]] = list(record.items())  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        for _, value in items:
            yield from _flat(value)
        for key, value in items:
            if isinstance(value, str | int | float):
                yield str(key), str(value)


def _first(values: Mapping[str, str], keys: tuple[str, ...]) -> str | None:
    return next((values[key] for key in keys if key in values), None)
