"""Checkout and what can happen to an order afterwards.

The heart of the shop, and its worst knot: one transaction writes orders, order lines, stock,
payments, shipments, coupons, carts, loyalty points, product counters, notifications and mail, and
speaks to the payment provider in the middle of it.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from shop.cart.models import Cart, Coupon
from shop.customers.models import Address, Customer
from shop.inventory import services as inventory_services
from shop.orders.models import Order, OrderLine, ReturnRequest
from shop.orders.signals import order_cancelled, order_placed, order_shipped
from shop.payments import services as payment_services
from shop.shipping import services as shipping_services
from shop.utils import BadInput, generate_number, to_money


class EmptyCart(Exception):
    """There is nothing to order."""


class WrongState(Exception):
    """The order is past the point where this is possible."""


@dataclass(frozen=True)
class Totals:
    subtotal: object
    discount: object
    shipping: object
    total: object


def totals_for(cart: Cart, method_code: str, country: str) -> Totals:
    subtotal, discount = cart.subtotal, cart.discount
    shipping = shipping_services.quote(
        shipping_services.find_method(method_code), cart_weight(cart), subtotal, country
    )
    return Totals(subtotal, discount, shipping, to_money(subtotal - discount + shipping))


def cart_weight(cart: Cart) -> int:
    return sum(
        item.quantity * item.product.weight_grams for item in cart.items.select_related("product")
    )


def place_order(
    cart: Cart, customer: Customer, address: Address, method_code: str, payment_token: str
) -> Order:
    """Turns the cart into a paid order, or changes nothing at all.

    Raises EmptyCart, inventory.OutOfStock, payments.PaymentDeclined, payments.ProviderDown.
    """
    number = generate_number(Order.number_prefix)
    try:
        with transaction.atomic():
            order = _place_order(number, cart, customer, address, method_code, payment_token)
    except payment_services.PaymentDeclined as error:
        payment_services.log_answer(number, "declined", {"error": str(error)})
        raise
    return order


def _place_order(
    number: str,
    cart: Cart,
    customer: Customer,
    address: Address,
    method_code: str,
    payment_token: str,
) -> Order:
    cart = Cart.objects.select_for_update(of=("self",)).select_related("coupon").get(pk=cart.pk)
    items = list(cart.items.select_related("product").order_by("product_id"))
    if not items or cart.status != Cart.Status.OPEN:
        raise EmptyCart
    totals = totals_for(cart, method_code, address.country)
    order = Order.objects.create(
        number=number,
        customer=customer,
        email=customer.email,
        ship_name=address.name,
        ship_street=address.street,
        ship_postcode=address.postcode,
        ship_city=address.city,
        ship_country=address.country,
        coupon=cart.coupon,
        subtotal=totals.subtotal,
        discount=totals.discount,
        shipping_cost=totals.shipping,
        total=totals.total,
    )
    lines = OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            product=item.product,
            name=item.product.name,
            sku=item.product.sku,
            quantity=item.quantity,
            unit_price=item.unit_price,
            line_total=item.line_total,
        )
        for item in items
    )
    inventory_services.take_stock(order, lines)
    payment_services.charge(order, payment_token)
    shipping_services.prepare_shipment(order, lines, method_code)
    if cart.coupon_id:
        Coupon.objects.filter(pk=cart.coupon_id).update(used_count=F("used_count") + 1)
    cart.status = Cart.Status.ORDERED
    cart.save(update_fields=["status"])
    order.log("placed", f"{len(lines)} lines, {order.total}", actor=customer.display_name)
    order_placed.send(sender=Order, order=order)
    return order


def mark_paid(order: Order) -> None:
    """Called by payments, which orders calls: the two have never been apart."""
    if order.status == Order.Status.PENDING:
        order.status = Order.Status.PAID
        order.save(update_fields=["status"])
        order.log("paid")


def cancel_order(order: Order, reason: str, actor: str) -> Order:
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if not order.can_be_cancelled:
            raise WrongState(f"{order.number} is {order.get_status_display().lower()}")
        payment_services.refund_order(order, reason)
        shipping_services.stop_shipment(order)
        order.status = Order.Status.CANCELLED
        order.save(update_fields=["status"])
        order.log("cancelled", reason, actor)
        order_cancelled.send(sender=Order, order=order, reason=reason)
    return order


def ship_order(order: Order, actor: str) -> Order:
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.status != Order.Status.PAID:
            raise WrongState(f"{order.number} is {order.get_status_display().lower()}")
        tracking = shipping_services.send_parcel(order)
        order.status = Order.Status.SHIPPED
        order.save(update_fields=["status"])
        order.log("shipped", tracking, actor)
        order_shipped.send(sender=Order, order=order, tracking=tracking)
    return order


def mark_delivered(order: Order) -> None:
    with transaction.atomic():
        shipping_services.parcel_delivered(order)
        Order.objects.filter(pk=order.pk, status=Order.Status.SHIPPED).update(
            status=Order.Status.DELIVERED
        )
        order.log("delivered")
    order.refresh_from_db()


def open_orders(customer: Customer) -> list[Order]:
    return list(customer.orders.filter(status__in=[Order.Status.PENDING, Order.Status.PAID]))


def request_return(line: OrderLine, quantity: int, reason: str) -> ReturnRequest:
    if line.order.status not in {Order.Status.SHIPPED, Order.Status.DELIVERED}:
        raise WrongState("only what was sent can come back")
    asked = sum(line.returns.exclude(status="rejected").values_list("quantity", flat=True))
    if not 1 <= quantity <= line.quantity - asked:
        raise BadInput({"quantity": f"1 to {line.quantity - asked}"})
    return ReturnRequest.objects.create(line=line, quantity=quantity, reason=reason[:200])


def settle_return(request: ReturnRequest, accept: bool, actor: str) -> ReturnRequest:
    with transaction.atomic():
        request.status = ReturnRequest.Status.ACCEPTED if accept else ReturnRequest.Status.REJECTED
        request.save(update_fields=["status"])
        order = request.line.order
        if accept:
            amount = to_money(request.line.unit_price * request.quantity)
            payment_services.refund_order(order, f"return {request.number}", amount)
        order.log("return", f"{request.number} {request.status}", actor)
    return request
