"""The shop's own middleware: request id, maintenance mode, current customer."""

import contextvars
import logging
import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from shop.utils import current_customer

GetResponse = Callable[[HttpRequest], HttpResponse]

request_id_var: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id_var.get()
        return True


class RequestIdMiddleware:
    """Takes the caller's X-Request-ID or makes one, and says it in the answer and in the log."""

    header = "X-Request-ID"

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(self.header, "")
        request.request_id = given if re.fullmatch(r"[\w.-]{1,64}", given) else uuid.uuid4().hex
        token = request_id_var.set(request.request_id)
        try:
            response = self.get_response(request)
        finally:
            request_id_var.reset(token)
        response[self.header] = request.request_id
        return response


class MaintenanceModeMiddleware:
    """Answers 503 while the shop is closed; staff, health checks and the login stay open."""

    open_prefixes = ("/healthz", "/admin/", "/accounts/login", "/static/")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        closed = settings.MAINTENANCE_MODE or cache.get("maintenance", False)
        if not closed or request.path.startswith(self.open_prefixes) or request.user.is_staff:
            return self.get_response(request)
        if request.path.startswith("/api/"):
            response: HttpResponse = JsonResponse({"error": "maintenance"}, status=503)
        else:
            response = render(request, "maintenance.html", status=503)
        response["Retry-After"] = "120"
        return response


class CurrentCustomerMiddleware:
    """``request.customer``: the customer of the session, looked up when first asked for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.customer = SimpleLazyObject(lambda: current_customer(request))
        return self.get_response(request)
