"""Who is calling the JSON API: a session, or a token."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.csrf import csrf_exempt

from shop.api.models import ApiToken
from shop.cart.services import OutOfStock
from shop.customers.models import Customer
from shop.orders.services import EmptyCart, WrongState
from shop.payments.services import PaymentDeclined, ProviderDown
from shop.reviews.services import NotAllowed
from shop.utils import BadInput

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponse]

TOKEN_CACHE_SECONDS = 10


def error(status: int, message: str, **details: Any) -> JsonResponse:
    return JsonResponse({"error": message, **details}, status=status)


def customer_of(request: HttpRequest, session_customer: Customer | None) -> Customer | None:
    """``Authorization: Token KEY`` first, the session otherwise."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "token":
        return session_customer or None
    customer = customer_of_token(key.strip())
    if customer is not None:
        request.user = customer.user
    return customer


def customer_of_token(key: str) -> Customer | None:
    """Remembered for a few seconds, per process: a revoked token dies that much later."""
    customer = cache.get(f"token:{key}")
    if customer is None:
        token = (
            ApiToken.objects.select_related("customer__user")
            .filter(key=key, revoked_at__isnull=True, customer__user__is_active=True)
            .first()
        )
        if token is None:
            return None
        customer = token.customer
        cache.set(f"token:{key}", customer, TOKEN_CACHE_SECONDS)
    return customer


def lazy_customer(request: HttpRequest) -> Any:
    """``customer_of``, asked when first needed: most reads never do."""
    session_customer = request.customer
    return SimpleLazyObject(lambda: customer_of(request, session_customer))


def api_view(*methods: str, login: bool | None = None) -> Callable[[View], View]:
    """A JSON view: methods, identity, and exceptions turned into answers.

    ``login`` None asks for a customer when the request changes something.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @functools.wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                response = error(405, "method not allowed")
                response["Allow"] = ", ".join(methods)
                return response
            request.customer = lazy_customer(request)
            needed = request.method not in {"GET", "HEAD"} if login is None else login
            if needed and not request.customer:
                return unauthorized()
            return answer(view, request, *args, **kwargs)

        return wrapper

    return decorate


def unauthorized() -> JsonResponse:
    response = error(401, "log in or send a token")
    response["WWW-Authenticate"] = "Token"
    return response


def answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except Http404:
        return error(404, "not found")
    except BadInput as problem:
        return error(400, "bad input", errors=problem.errors)
    except NotAllowed as problem:
        return error(403, str(problem))
    except OutOfStock as problem:
        return error(409, "out of stock", product_id=problem.product.pk, left=problem.available)
    except (EmptyCart, WrongState) as problem:
        return error(409, str(problem) or "the cart is empty")
    except PaymentDeclined as problem:
        return error(402, str(problem))
    except ProviderDown as problem:
        logger.error("payment provider: %s", problem)
        return error(502, "the payment provider does not answer")
