"""Each request is a span between that of its client and that of the application."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from strangler.demo.processes import free_port
from strangler.model.errors import ConfigurationError
from strangler.project_reader import load_project, parse_project
from strangler_gateway.tracing.choice import require_tracing, tracing_of
from strangler_gateway.tracing.spans import SpanTracing
from tests.gateway.process.test_server import GATEWAY
from tests.gateway.process.test_supervisor import application
from tests.gateway.running import ENVIRONMENT, PROJECT, Side, plan, running_gateway, served

pytestmark = pytest.mark.anyio
faces = pytest.mark.parametrize("wire", [True, False], ids=["wire", "endpoint"])

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
CLIENT = f"00-{TRACE}-{PARENT}-01"


async def traced(path: str, headers: list[tuple[str, str]], *, wire: bool) -> tuple[ReadableSpan, ReadableSpan, Side]:
    """Return the span of a request, the one of its call of the monolith, and the monolith that saw it."""
    v1 = Side("v1")
    spans = InMemorySpanExporter()
    async with served(v1) as first, running_gateway(plan(f"http://{first}"), wire=wire) as gateway:
        await gateway.get("/warm")
        tracing = gateway.relay.admissions.tracing = SpanTracing(SimpleSpanProcessor(spans))
        await gateway.client.get(path, headers=headers)
        tracing.close()
    call, span = spans.get_finished_spans()
    return span, call, v1


def sent(side: Side) -> str:
    """Return the traceparent the application got last."""
    return side.seen[-1][2]["traceparent"]


@faces
async def test_the_trace_of_the_client_goes_on(*, wire: bool) -> None:
    """Through the gateway's span and that of its call, whose child the application is; others' state is kept."""
    headers = [("traceparent", CLIENT), ("tracestate", "a=1"), ("TraceState", "b=2"), ("baggage", "user=7")]
    span, call, side = await traced("/reviews?secret=7", headers, wire=wire)
    context, called = span.get_span_context(), call.get_span_context()
    assert context is not None
    assert called is not None
    assert span.parent is not None
    assert f"{context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == PARENT
    assert call.parent is not None
    assert call.parent.span_id == context.span_id
    assert sent(side) == f"00-{TRACE}-{called.span_id:016x}-01"
    assert side.seen[-1][2]["tracestate"] == "a=1,b=2"
    assert side.seen[-1][2]["baggage"] == "user=7"
    assert (span.kind, span.name) == (SpanKind.SERVER, "GET,POST /reviews")
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "url.path": "/reviews",
        "client.address": "127.0.0.1",
        "http.route": "GET,POST /reviews",
        "http.response.status_code": 200,
        "strangler.service": "reviews",
        "strangler.side": "v1",
    }
    assert (call.kind, call.name) == (SpanKind.CLIENT, "GET")
    found = dict(call.attributes or {})
    port = found.pop("server.port")
    assert found == {
        "http.request.method": "GET",
        "url.full": f"http://127.0.0.1:{port}/reviews",
        "server.address": "127.0.0.1",
        "http.response.status_code": 200,
    }


@faces
@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("traceparent", "nonsense")],
        [("traceparent", f"00-{'0' * 32}-{PARENT}-01")],
        [("traceparent", CLIENT), ("traceparent", f"00-{TRACE}-{'1' * 16}-01")],
    ],
    ids=["none", "nonsense", "zeroes", "two"],
)
async def test_a_trace_begins_where_the_client_is_in_none(headers: list[tuple[str, str]], *, wire: bool) -> None:
    """What cannot be understood is not passed on."""
    span, call, side = await traced("/", headers, wire=wire)
    context, called = span.get_span_context(), call.get_span_context()
    assert context is not None
    assert called is not None
    assert span.parent is None
    assert context.trace_id != int(TRACE, 16)
    *version_and_ids, flags = sent(side).split("-")
    assert version_and_ids == ["00", f"{context.trace_id:032x}", f"{called.span_id:016x}"]
    # Recorded; the other bit says that the id of the trace is random.
    assert int(flags, 16) & 1


async def test_what_the_client_does_not_want_recorded_is_passed_on_so() -> None:
    """The application is told the same trace, and that it is not recorded."""
    v1, spans = Side("v1"), InMemorySpanExporter()
    async with served(v1) as first, running_gateway(plan(f"http://{first}")) as gateway:
        gateway.relay.admissions.tracing = SpanTracing(SimpleSpanProcessor(spans))
        await gateway.client.get("/", headers={"traceparent": CLIENT[:-1] + "0"})
    assert spans.get_finished_spans() == ()
    assert sent(v1).startswith(f"00-{TRACE}-")
    assert sent(v1).endswith("-00")


async def test_a_failure_is_an_error_in_the_trace() -> None:
    """Of the side that was asked last: v1, in the place of v2."""
    spans = InMemorySpanExporter()
    async with running_gateway(plan(share=100)) as gateway:
        gateway.relay.admissions.tracing = SpanTracing(SimpleSpanProcessor(spans))
        assert (await gateway.client.get("/reviews")).status_code == 502
    *_, span = spans.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["strangler.side"] == "v1"


@pytest.mark.parametrize("warm", [False, True], ids=["by the relay", "at once"])
async def test_every_call_is_a_span_whichever_side_answers(*, warm: bool) -> None:
    """v2 says that it fails, and v1 answers: the second call is said to be one."""
    v1, v2, spans = Side("v1"), Side("v2", status=503), InMemorySpanExporter()
    async with (
        served(v1) as first,
        served(v2) as second,
        running_gateway(plan(f"http://{first}", f"http://{second}", share=100)) as gateway,
    ):
        if warm:
            await gateway.get("/reviews")
        gateway.relay.admissions.tracing = SpanTracing(SimpleSpanProcessor(spans))
        assert await gateway.get("/reviews") == "v1"
        failed, answered, span = spans.get_finished_spans()
    context = span.get_span_context()
    assert context is not None
    told = [dict(one.attributes or {}) for one in (failed, answered, span)]
    assert [one.get("http.response.status_code") for one in told] == [503, 200, 200]
    assert [one.get("http.request.resend_count") for one in told] == [None, 1, None]
    assert [one.parent and one.parent.span_id for one in (failed, answered)] == [context.span_id] * 2
    assert [one.status.status_code for one in (failed, span)] == [StatusCode.ERROR, StatusCode.UNSET]
    assert sent(v2) != sent(v1)


async def test_without_tracing_the_context_is_passed_on_untouched() -> None:
    """Which is so unless it is asked for."""
    v1 = Side("v1")
    async with served(v1) as first, running_gateway(plan(f"http://{first}")) as gateway:
        await gateway.client.get("/", headers={"traceparent": CLIENT, "tracestate": "a=1"})
        await gateway.get("/")
    assert v1.seen[0][2]["traceparent"] == CLIENT
    assert v1.seen[0][2]["tracestate"] == "a=1"
    assert "traceparent" not in v1.seen[1][2]


def test_it_has_to_be_installed_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is not imported where it is not."""
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    monkeypatch.delitem(sys.modules, "strangler_gateway.tracing.spans", raising=False)
    assert tracing_of(parse_project("")) is None
    for check in (tracing_of, require_tracing):
        with pytest.raises(ConfigurationError, match="tracing needs OpenTelemetry") as caught:
            check(parse_project("[gateway]\ntracing = true"))
        assert "strangler[tracing]" in str(caught.value.remedy)


@contextmanager
def collector() -> Generator[tuple[str, list[ExportTraceServiceRequest], threading.Event]]:
    """Run what takes spans by OTLP; yields its address, what came, and what is set by then."""
    came: list[ExportTraceServiceRequest] = []
    something = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()
            something.set()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", came, something
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one process", "two workers"])
def test_spans_go_where_the_environment_says(tmp_path: Path, options: tuple[str, ...]) -> None:
    """By OTLP, from a thread, and the last ones when the gateway ends."""
    project = tmp_path / "strangler.toml"
    arguments = [sys.executable, "-m", "strangler", "gateway", "run", *options, "--config", str(project)]
    with application("v1") as v1, collector() as (address, came, something):
        text = PROJECT.format(v1=v1.url, v2="http://127.0.0.1:2", share=0)
        text += GATEWAY.format(data=free_port(), admin=free_port()) + "tracing = true\n"
        project.write_text(text, encoding="utf-8")
        environment = {**os.environ, **ENVIRONMENT, "OTEL_EXPORTER_OTLP_ENDPOINT": address}
        with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=environment) as gateway:
            assert gateway.stderr is not None
            try:
                assert gateway.stderr.readline().startswith("gateway ready: ")
                data = load_project(project).gateway.listen
                answer = httpx.get(
                    f"http://{data}/reviews", headers={"traceparent": CLIENT}, trust_env=False, timeout=60
                )
                assert answer.text == "v1"
            finally:
                gateway.terminate()
                gateway.wait(30)
        assert something.wait(10)
    (resource,) = came[0].resource_spans
    names = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert names["service.name"] == "strangler-gateway"
    *_, span = resource.scope_spans[0].spans
    assert (span.name, span.trace_id.hex()) == ("GET,POST /reviews", TRACE)
