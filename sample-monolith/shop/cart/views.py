from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View
from django.views.decorators.http import require_POST

from shop.cart import services
from shop.cart.forms import AddToCartForm, CheckoutForm, CouponForm
from shop.catalog.models import Product
from shop.inventory.services import OutOfStock
from shop.orders import services as order_services
from shop.payments.services import PaymentDeclined, ProviderDown
from shop.utils import BadInput


def show(request: HttpRequest) -> HttpResponse:
    cart = services.find_cart(request)
    if cart is not None and services.refresh_prices(cart):
        messages.info(request, "Some prices have changed since you were here.")
    items = cart.items.select_related("product__brand") if cart else []
    context = {
        "cart": cart,
        "items": items,
        "coupon_form": CouponForm(),
        "free_shipping_from": settings.FREE_SHIPPING_FROM,
    }
    return render(request, "cart/cart.html", context)


@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    product = get_object_or_404(Product.objects.active(), slug=slug)
    form = AddToCartForm(request.POST)
    if not form.is_valid():
        messages.error(request, "How many?")
        return redirect(product)
    try:
        services.add_to_cart(services.get_cart(request), product, form.cleaned_data["quantity"])
    except OutOfStock as error:
        messages.error(request, f"Only {error.available} left.")
        return redirect(product)
    return redirect("cart:show")


@require_POST
def update(request: HttpRequest, product_id: int) -> HttpResponse:
    try:
        quantity = int(request.POST.get("quantity", "1"))
        services.set_quantity(services.get_cart(request), product_id, quantity)
    except (BadInput, OutOfStock, ValueError) as error:
        messages.error(request, str(error))
    return redirect("cart:show")


@require_POST
def remove(request: HttpRequest, product_id: int) -> HttpResponse:
    cart = services.find_cart(request)
    if cart is not None:
        cart.items.filter(product_id=product_id).delete()
    return redirect("cart:show")


@require_POST
def coupon(request: HttpRequest) -> HttpResponse:
    form = CouponForm(request.POST)
    try:
        if form.is_valid():
            services.apply_coupon(services.get_cart(request), form.cleaned_data["code"])
    except BadInput as error:
        messages.error(request, str(error))
    return redirect("cart:show")


class CheckoutView(LoginRequiredMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        cart = services.find_cart(request)
        if cart is None or not cart.item_count:
            messages.info(request, "Your cart is empty.")
            return redirect("cart:show")
        if not request.customer.addresses.exists():
            messages.info(request, "Where shall we send it?")
            return redirect("customers:address-new")
        return self.page(CheckoutForm(customer=request.customer), cart)

    def post(self, request: HttpRequest) -> HttpResponse:
        cart = services.find_cart(request)
        form = CheckoutForm(request.POST, customer=request.customer)
        if cart is None or not form.is_valid():
            return self.page(form, cart, status=400)
        try:
            order = order_services.place_order(
                cart,
                request.customer,
                form.cleaned_data["address"],
                form.cleaned_data["method"].code,
                form.cleaned_data["payment_token"],
            )
        except order_services.EmptyCart:
            return redirect("cart:show")
        except OutOfStock as error:
            form.add_error(None, f"{error.product} is sold out. {error.available} left.")
        except PaymentDeclined:
            form.add_error("payment_token", "The payment was declined.")
        except ProviderDown:
            form.add_error(None, "The payment provider does not answer. Please try again.")
        else:
            return redirect(order)
        return self.page(form, cart, status=409)

    def page(self, form: CheckoutForm, cart: Any, status: int = 200) -> HttpResponse:
        context = {"form": form, "cart": cart}
        return render(self.request, "cart/checkout.html", context, status=status)
