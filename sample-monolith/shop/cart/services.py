"""Carts of visitors and customers."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from shop.cart.models import Cart, CartItem, Coupon
from shop.catalog.models import Product
from shop.customers.models import Customer
from shop.inventory.services import OutOfStock
from shop.utils import BadInput

MAX_PIECES = 99


def find_cart(request: HttpRequest) -> Cart | None:
    carts = Cart.objects.open().select_related("coupon")
    if request.customer:
        return carts.filter(customer_id=request.customer.pk).first()
    key = request.session.session_key
    return carts.filter(customer=None, session_key=key).first() if key else None


def get_cart(request: HttpRequest) -> Cart:
    cart = find_cart(request)
    if cart is not None:
        return cart
    if request.customer:
        return Cart.objects.create(customer_id=request.customer.pk)
    if not request.session.session_key:
        request.session.create()
    return Cart.objects.create(session_key=request.session.session_key)


def add_to_cart(cart: Cart, product: Product, quantity: int = 1) -> CartItem:
    if quantity < 1:
        raise BadInput({"quantity": "at least 1"})
    with transaction.atomic():
        item, created = CartItem.objects.select_for_update().get_or_create(
            cart=cart,
            product=product,
            defaults={"quantity": quantity, "unit_price": product.price},
        )
        wanted = quantity if created else item.quantity + quantity
        available = product.available_quantity
        if wanted > available:
            raise OutOfStock(product, wanted, available)
        item.quantity = min(wanted, MAX_PIECES)
        item.unit_price = product.price
        item.save()
        cart.save(update_fields=["status"])
    return item


def set_quantity(cart: Cart, product_id: int, quantity: int) -> None:
    item = cart.items.select_related("product").filter(product_id=product_id).first()
    if item is None:
        raise BadInput({"product": "not in the cart"})
    if quantity <= 0:
        item.delete()
        return
    available = item.product.available_quantity
    if quantity > available:
        raise OutOfStock(item.product, quantity, available)
    item.quantity = min(quantity, MAX_PIECES)
    item.save(update_fields=["quantity"])


def apply_coupon(cart: Cart, code: str) -> Coupon:
    coupon = Coupon.objects.filter(code__iexact=code.strip()).first()
    if coupon is None or not coupon.is_valid():
        raise BadInput({"coupon": "unknown or no longer valid"})
    cart.coupon = coupon
    cart.save(update_fields=["coupon"])
    return coupon


def merge_carts(session_key: str, customer: Customer) -> None:
    """What a visitor had collected goes to the customer who logs in."""
    with transaction.atomic():
        visitor_cart = (
            Cart.objects.open().filter(customer=None, session_key=session_key).first()
            if session_key
            else None
        )
        if visitor_cart is None:
            return
        cart = Cart.objects.open().filter(customer=customer).first()
        if cart is None:
            visitor_cart.customer = customer
            visitor_cart.save(update_fields=["customer"])
            return
        for item in visitor_cart.items.select_related("product"):
            try:
                add_to_cart(cart, item.product, item.quantity)
            except OutOfStock:
                continue
        visitor_cart.status = Cart.Status.MERGED
        visitor_cart.save(update_fields=["status"])


def refresh_prices(cart: Cart) -> int:
    """The number of items whose price has changed since they were put in."""
    changed = []
    for item in cart.items.select_related("product"):
        if item.unit_price != item.product.price:
            item.unit_price = item.product.price
            changed.append(item)
    CartItem.objects.bulk_update(changed, ["unit_price"])
    return len(changed)


def expire_stale_carts(days: int | None = None) -> int:
    before = timezone.now() - timedelta(days=days or settings.CART_LIFETIME_DAYS)
    return Cart.objects.stale(before).update(status=Cart.Status.EXPIRED)
