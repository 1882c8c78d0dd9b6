"""The base of the class-based JSON views."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from shop.api.auth import answer, error, lazy_customer, unauthorized

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@method_decorator(csrf_exempt, name="dispatch")
class JsonView(View):
    """Knows the customer, and turns exceptions into answers, as ``api_view`` does."""

    public_methods: ClassVar[frozenset[str]] = SAFE_METHODS

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.customer = lazy_customer(request)
        if request.method not in self.public_methods and not request.customer:
            return unauthorized()
        return answer(super().dispatch, request, *args, **kwargs)

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        response = error(405, "method not allowed")
        response["Allow"] = ", ".join(self._allowed_methods())
        return response
