"""Odds and ends. Everybody imports this module, and it imports nearly everybody back."""

import csv
import functools
import io
import ipaddress
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, TypeVar

import httpx
from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.text import slugify

T = TypeVar("T")
CENT = Decimal("0.01")


class BadInput(ValueError):
    """The client sent something unusable; ``errors`` says what, field by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in errors.items()))
        self.errors = errors


# --- money ------------------------------------------------------------------------------------


def to_money(value: Any) -> Decimal:
    """Round to cents, half up. Databases answer SUM() with floats, None or Decimals."""
    return Decimal(str(value or 0)).quantize(CENT, rounding=ROUND_HALF_UP)


def format_money(value: Any, currency: str | None = None) -> str:
    return f"{to_money(value):,.2f} {currency or settings.CURRENCY}"


def percentage(value: Decimal, percent: Decimal) -> Decimal:
    return to_money(value * percent / 100)


def parse_money(text: str) -> Decimal:
    try:
        return to_money(Decimal(text.replace(",", ".").strip()))
    except InvalidOperation as error:
        raise BadInput({"amount": f"{text!r} is not an amount"}) from error


# --- time -------------------------------------------------------------------------------------


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first instant of the day and of the day after, in the current time zone."""
    start = timezone.make_aware(datetime.combine(day, time.min))
    return start, start + timedelta(days=1)


def parse_day(text: str | None, default: date) -> date:
    try:
        return date.fromisoformat(text) if text else default
    except ValueError:
        return default


def month_start(day: date) -> date:
    return day.replace(day=1)


# --- text and identifiers ---------------------------------------------------------------------


def unique_slug(model: type[models.Model], name: str, field: str = "slug") -> str:
    """``name`` as a slug that no row of ``model`` has yet."""
    base = slugify(name)[:80] or "item"
    slug, suffix = base, 1
    while model._default_manager.filter(**{field: slug}).exists():
        suffix += 1
        slug = f"{base}-{suffix}"
    return slug


def generate_number(prefix: str) -> str:
    return f"{prefix}-{timezone.now():%y%m%d}-{secrets.token_hex(4).upper()}"


def mask_email(email: str) -> str:
    name, _, domain = email.partition("@")
    return f"{name[:1]}***@{domain}" if domain else "***"


BLOCKED_WORDS = re.compile(r"\b(casino|viagra|crypto|http://|https://|www\.)", re.IGNORECASE)


def looks_like_spam(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    shouting = len(letters) > 20 and sum(c.isupper() for c in letters) > 0.8 * len(letters)
    return bool(BLOCKED_WORDS.search(text)) or shouting


# --- requests ---------------------------------------------------------------------------------


def client_ip(request: HttpRequest) -> str | None:
    forwarded = request.headers.get("X-Forwarded-For", "")
    address = forwarded.split(",")[0].strip() or request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


def json_body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the request body, or BadInput."""
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise BadInput({"body": "not valid JSON"}) from error
    if not isinstance(body, dict):
        raise BadInput({"body": "a JSON object is expected"})
    return body


def query_int(
    request: HttpRequest, name: str, default: int, low: int = 1, high: int = 10_000
) -> int:
    try:
        return min(high, max(low, int(request.GET.get(name, default))))
    except ValueError:
        return default


def paginate(request: HttpRequest, rows: Any, per_page: int | None = None) -> Page:
    return Paginator(rows, per_page or settings.PAGE_SIZE).get_page(request.GET.get("page"))


def current_customer(request: HttpRequest) -> Any:
    """The customer of the session, or None. Creates the profile for users who have none."""
    from shop.customers.models import Customer

    if not request.user.is_authenticated:
        return None
    try:
        customer = Customer.objects.get(user_id=request.user.pk)
    except Customer.DoesNotExist:
        return Customer.objects.for_user(request.user)
    customer.user = request.user
    return customer


def is_feature_on(name: str, customer: Any = None) -> bool:
    from shop.customers.flags import is_enabled

    return is_enabled(name, customer)


# --- files and lists --------------------------------------------------------------------------


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    writer.writerows(rows)
    response = HttpResponse(buffer.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def chunked(items: Iterable[T], size: int) -> Iterator[list[T]]:
    chunk: list[T] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


# --- the outside world ------------------------------------------------------------------------


@functools.cache
def provider_client(name: str) -> httpx.Client:
    """The HTTP client of a provider in ``settings.PROVIDERS``; one per process."""
    provider = settings.PROVIDERS[name]
    headers = {"Authorization": f"Bearer {provider['key']}"}
    if provider["url"] == "fake:":
        transport = httpx.MockTransport(import_string(provider["fake"]))
        return httpx.Client(
            base_url=f"http://{name}.invalid",
            transport=transport,
            headers=headers,
            trust_env=False,
        )
    return httpx.Client(
        base_url=provider["url"], headers=headers, timeout=settings.PROVIDER_TIMEOUT_SECONDS
    )


# --- nobody calls these any more --------------------------------------------------------------


def legacy_score_to_rating(score: float | None) -> int | None:
    """The old 0..100 score as stars. The import it was written for ran in 2021."""
    if score is None:
        return None
    return max(1, min(5, round(score / 20)))


def xml_escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
