"""OpenTelemetry spans, with the trace context of https://www.w3.org/TR/trace-context/.

Attribute names follow https://opentelemetry.io/docs/specs/semconv/http/http-spans/. Queries may hold secrets, so they
are left out.
"""

from __future__ import annotations

import time
from urllib.parse import quote

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from strangler_gateway.in_flight import Ticket
from strangler_gateway.tracing.trace import Traced
from strangler_gateway.transport.origin import Origin

NAME = "strangler-gateway"
_PROPAGATOR = TraceContextTextMapPropagator()


class SpanTrace:
    """A request as a server span, with a child span for each call of an upstream."""

    def __init__(self, request: Traced, span: Span, tracer: Tracer) -> None:
        self.fields = _fields(span)
        self._request = request
        self._span = span
        self._tracer = tracer
        self._call: Span | None = None
        self._calls = 0

    def call(self, origin: Origin) -> None:
        """Begin a call; the upstream continues the trace under its span."""
        self.called(0)
        request = self._request
        call = self._call = self._tracer.start_span(
            request.method,
            context=set_span_in_context(self._span),
            kind=SpanKind.CLIENT,
            attributes={
                "http.request.method": request.method,
                "url.full": f"{origin}{quote(request.path)}",
                "server.address": origin.host,
                "server.port": origin.port,
                **({"http.request.resend_count": self._calls} if self._calls else {}),
            },
        )
        self._calls += 1
        self.fields = _fields(call)

    def called_off(self) -> None:
        """Forget the call: a span that never ends is never exported."""
        self._call = None
        self._calls -= 1

    def called(self, status: int) -> None:
        """End the call; unlike a server span, a client span is an error from status 400 on."""
        call, self._call = self._call, None
        if call is None:
            return
        if status:
            call.set_attribute("http.response.status_code", status)
        if status >= 400:
            call.set_attribute("error.type", str(status))
        if not status:
            call.set_attribute("error.type", "no_answer")
        if status >= 400 or not status:
            call.set_status(StatusCode.ERROR)
        call.end()

    def end(self, ticket: Ticket, status: int) -> None:
        """End the span; it is an error from status 500 on, when the gateway or the application failed."""
        self.called(status)
        span = self._span
        if ticket.route is not None:
            span.update_name(ticket.route)
            span.set_attribute("http.route", ticket.route)
        if ticket.service is not None:
            span.set_attribute("strangler.service", ticket.service)
        if ticket.arm is not None:
            span.set_attribute("strangler.arm", ticket.arm)
        span.set_attribute("strangler.side", ticket.side.value)
        if status:
            span.set_attribute("http.response.status_code", status)
        if status >= 500:
            span.set_status(StatusCode.ERROR)
        span.end()


class SpanTracing:
    """Makes a span for each request, and hands it to `processor`."""

    def __init__(self, processor: SpanProcessor) -> None:
        # The environment's description of the resource (OTEL_SERVICE_NAME, ...) wins.
        resource = Resource({SERVICE_NAME: NAME}).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer: Tracer = self._provider.get_tracer(NAME)

    def begin(self, request: Traced, waited: float) -> SpanTrace:
        """Continue the client's trace, or begin a new one."""
        carrier: dict[str, str] = {}
        parents = request.values(b"traceparent")
        if len(parents) == 1:  # several are invalid
            carrier["traceparent"] = parents[0].decode("latin-1")
            carrier["tracestate"] = b",".join(request.values(b"tracestate")).decode("latin-1")
        span = self._tracer.start_span(
            request.method,
            context=_PROPAGATOR.extract(carrier),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": request.method,
                "url.path": request.path,
                "client.address": request.client().decode("latin-1"),
            },
            start_time=time.time_ns() - int(waited * 1e9),
        )
        return SpanTrace(request, span, self._tracer)

    def close(self) -> None:
        """Export the spans that remain."""
        self._provider.shutdown()


def _fields(span: Span) -> bytes:
    sent: dict[str, str] = {}
    _PROPAGATOR.inject(sent, set_span_in_context(span))
    return "".join(f"\r\n{name}: {value}" for name, value in sent.items()).encode("latin-1")


def exported() -> SpanTracing:
    """Return tracing that exports to OTEL_EXPORTER_OTLP_ENDPOINT in a thread; spans beyond its queue are dropped."""
    return SpanTracing(BatchSpanProcessor(OTLPSpanExporter()))
