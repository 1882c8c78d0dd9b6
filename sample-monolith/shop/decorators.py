"""Decorators for views."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def staff_only(view: View) -> View:
    """Visitors are sent to the login, customers get 403."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_staff:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapper


def audit(action: str) -> Callable[[View], View]:
    """Writes a reports.AuditEntry for every request that changes something and succeeds."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = view(request, *args, **kwargs)
            if request.method != "GET" and response.status_code < 400:
                from shop.reports.services import record_audit

                record_audit(request, action, {key: str(value) for key, value in kwargs.items()})
            return response

        return wrapper

    return decorate


def feature_required(name: str) -> Callable[[View], View]:
    """404 while the feature is off."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            from shop.utils import is_feature_on

            if not is_feature_on(name, request.customer):
                raise Http404(f"feature {name} is off")
            return view(request, *args, **kwargs)

        return wrapper

    return decorate
