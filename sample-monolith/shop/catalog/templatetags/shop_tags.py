"""Tags and filters of all pages. Some ask the database, unseen by the view."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shop.cart.services import find_cart
from shop.catalog.models import Category
from shop.reviews.models import Review
from shop.utils import format_money

register = template.Library()


@register.filter
def money(value: Any) -> str:
    return format_money(value)


@register.filter
def stars(value: Any) -> SafeString:
    full = max(0, min(5, round(Decimal(str(value or 0)))))
    return format_html(
        '<span class="stars" title="{} of 5">{}</span>', value, "★" * full + "☆" * (5 - full)
    )


@register.inclusion_tag("tags/category_menu.html")
def category_menu() -> dict[str, Any]:
    roots = Category.objects.filter(parent=None, is_visible=True).prefetch_related("children")
    return {"categories": roots}


@register.simple_tag(takes_context=True)
def cart_badge(context: dict[str, Any]) -> str:
    request = context.get("request")
    if request is None or not hasattr(request, "customer"):
        return ""
    cart = find_cart(request)
    number = cart.item_count if cart else 0
    return f"({number})" if number else ""


@register.inclusion_tag("tags/latest_reviews.html")
def latest_reviews(number: int = 5) -> dict[str, Any]:
    return {"reviews": Review.objects.visible().select_related("product")[:number]}


@register.simple_tag
def reviewed_by(product: Any, customer: Any) -> bool:
    return bool(customer) and product.reviews.alive().filter(customer_id=customer.pk).exists()
