"""Rows as JSON objects."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from shop.cart.models import Cart
from shop.catalog.models import Product
from shop.customers.models import Customer
from shop.notifications.models import Notification
from shop.orders.models import Order
from shop.reviews.models import Review


def timestamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def amount(value: Decimal) -> str:
    return f"{value:.2f}"


def product_json(product: Product, detailed: bool = False) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": product.pk,
        "slug": product.slug,
        "sku": product.sku,
        "name": product.name,
        "price": amount(product.price),
        "brand": product.brand.name,
        "category": product.category.slug,
        "rating": {"average": float(product.rating_avg), "count": product.review_count},
    }
    if detailed:
        data["description"] = product.description
        data["images"] = [image.url for image in product.images.all()]
        data["tags"] = [tag.name for tag in product.tags.all()]
        data["latest_reviews"] = [
            review_json(review) for review in product.reviews.visible().sorted_by("newest")[:3]
        ]
    return data


def review_json(review: Review) -> dict[str, Any]:
    return {
        "id": review.pk,
        "product_id": review.product_id,
        "customer_id": review.customer_id,
        "author": review.author_name,
        "rating": review.rating,
        "title": review.title,
        "text": review.text,
        "status": review.status,
        "verified_purchase": review.verified_purchase,
        "helpful_count": review.helpful_count,
        "created": timestamp(review.created),
        "updated": timestamp(review.updated),
    }


def customer_json(customer: Customer) -> dict[str, Any]:
    return {
        "customer_id": customer.pk,
        "name": customer.display_name,
        "email": customer.email,
        "is_staff": customer.is_staff,
    }


def cart_json(cart: Cart | None) -> dict[str, Any]:
    if cart is None:
        return {"items": [], "subtotal": "0.00", "discount": "0.00", "total": "0.00"}
    items = [
        {
            "product_id": item.product_id,
            "name": item.product.name,
            "quantity": item.quantity,
            "unit_price": amount(item.unit_price),
            "line_total": amount(item.line_total),
        }
        for item in cart.items.select_related("product")
    ]
    return {
        "items": items,
        "coupon": cart.coupon.code if cart.coupon else None,
        "subtotal": amount(cart.subtotal),
        "discount": amount(cart.discount),
        "total": amount(cart.total),
    }


def order_json(order: Order) -> dict[str, Any]:
    return {
        "number": order.number,
        "status": order.status,
        "placed_at": timestamp(order.placed_at),
        "subtotal": amount(order.subtotal),
        "discount": amount(order.discount),
        "shipping": amount(order.shipping_cost),
        "total": amount(order.total),
        "lines": [
            {
                "product_id": line.product_id,
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "line_total": amount(line.line_total),
            }
            for line in order.lines.all()
        ],
    }


def notification_json(notification: Notification) -> dict[str, Any]:
    return {
        "id": notification.pk,
        "kind": notification.kind,
        "message": notification.message,
        "created": timestamp(notification.created),
        "read": notification.read_at is not None,
    }
