"""Runs the tests of a Django project with a client that speaks to a server over a socket.

``manage.py test --testrunner wire_runner.WireRunner``. The application is served by this process on ``WIRE_PORT``, in
the test's own transaction as in Django's `LiveServerTestCase`; the tests' client connects to ``WIRE_PEER``, which is
that port or whatever stands before it. What was said goes to the file ``WIRE_RECORD``.
"""

from __future__ import annotations

import json
import os
import threading
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest import TestResult, TestSuite
from urllib.parse import quote

import django.test.client
from browser import Browser  # in the folder of the crawl, which whoever starts this puts on the path
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test.runner import DiscoverRunner
from django.test.testcases import QuietWSGIRequestHandler

from strangler.project import Address

UNCHECKED = "X-Unchecked-Forgery"
"""Tells the application that this client brings no tokens against forged requests, as Django's own does not."""


class Application(WSGIHandler):
    """The project, which listens to `UNCHECKED`."""

    def get_response(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        request._dont_enforce_csrf_checks = UNCHECKED in request.headers
        return super().get_response(request)


class WireHandler:
    """Takes the place of `django.test.client.ClientHandler`."""

    browser = Browser(Address("127.0.0.1", int(os.environ["WIRE_PEER"])))

    def __init__(self, enforce_csrf_checks: bool = True) -> None:
        self.enforce_csrf_checks = enforce_csrf_checks

    def __call__(self, environ: dict[str, Any]) -> HttpResponse:
        """Send a request and return its response as Django's handler does."""
        exchange = self.browser.say(self._request(environ))
        status = exchange.status
        response = HttpResponse(exchange.body, status=status, reason=HTTPStatus(status).phrase)
        del response["Content-Type"]
        for line in exchange.head.decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                response.cookies.load(value)
            elif name:
                response[name] = value
        response.wsgi_request = WSGIRequest(environ)
        if "Location" in response:
            response.url = response["Location"]
        return response

    def _request(self, environ: dict[str, Any]) -> bytes:
        path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/~!$&'()*+,;=:@")
        query = f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        names = [name for name in environ if name.startswith("HTTP_")]
        lines = [f"{environ['REQUEST_METHOD']} {path}{query} HTTP/1.1", f"Host: {environ['SERVER_NAME']}"]
        lines += [f"{name[5:].replace('_', '-').title()}: {environ[name]}" for name in names if environ[name]]
        if environ.get("CONTENT_TYPE"):
            lines.append(f"Content-Type: {environ['CONTENT_TYPE']}")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        if not self.enforce_csrf_checks:
            lines.append(f"{UNCHECKED}: 1")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class WireRunner(DiscoverRunner):
    """Serves the project as long as its tests run."""

    def run_suite(self, suite: TestSuite, **kwargs: object) -> TestResult:
        """Run the tests over the wire, and write down what was said."""
        shared = {connection.alias: connection for connection in connections.all()}
        for connection in shared.values():
            connection.inc_thread_sharing()
        port = int(os.environ["WIRE_PORT"])
        server = ThreadedWSGIServer(("127.0.0.1", port), QuietWSGIRequestHandler, connections_override=shared)
        # Kept connections of whatever stands before it have nobody to end them.
        server.daemon_threads = True
        server.set_app(Application())
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        django.test.client.ClientHandler = WireHandler
        try:
            return super().run_suite(suite, **kwargs)
        finally:
            server.shutdown()
            said = [
                [part.decode("latin-1") for part in (exchange.request, exchange.head, exchange.body)]
                for exchange in WireHandler.browser.record
            ]
            Path(os.environ["WIRE_RECORD"]).write_text(json.dumps(said))
