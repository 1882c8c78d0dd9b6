"""The cart and the checkout as JSON."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from shop.api.auth import api_view
from shop.api.serializers import cart_json, order_json
from shop.api.views import JsonView
from shop.cart import services
from shop.catalog.models import Product
from shop.customers.models import Address
from shop.orders.services import EmptyCart, place_order
from shop.utils import BadInput, json_body


def whole_number(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInput({name: "a whole number is required"})
    return value


class CartView(JsonView):
    public_methods = frozenset({"GET", "HEAD", "DELETE"})

    def get(self, request: HttpRequest) -> JsonResponse:
        return JsonResponse(cart_json(services.find_cart(request)))

    def delete(self, request: HttpRequest) -> HttpResponse:
        cart = services.find_cart(request)
        if cart is not None:
            cart.delete()
        return HttpResponse(status=204)


@api_view("POST", login=False)
def add_item(request: HttpRequest) -> JsonResponse:
    body = json_body(request)
    product_id = whole_number(body.get("product_id"), "product_id")
    product = get_object_or_404(Product.objects.active(), pk=product_id)
    quantity = whole_number(body.get("quantity", 1), "quantity")
    cart = services.get_cart(request)
    services.add_to_cart(cart, product, quantity)
    return JsonResponse(cart_json(cart), status=201)


class CartItemView(JsonView):
    public_methods = frozenset({"PUT", "DELETE"})

    def put(self, request: HttpRequest, product_id: int) -> JsonResponse:
        quantity = whole_number(json_body(request).get("quantity"), "quantity")
        return self.change(request, product_id, quantity)

    def delete(self, request: HttpRequest, product_id: int) -> JsonResponse:
        return self.change(request, product_id, 0)

    def change(self, request: HttpRequest, product_id: int, quantity: int) -> JsonResponse:
        cart = services.get_cart(request)
        services.set_quantity(cart, product_id, quantity)
        return JsonResponse(cart_json(cart))


@api_view("POST", login=False)
def coupon(request: HttpRequest) -> JsonResponse:
    cart = services.get_cart(request)
    services.apply_coupon(cart, str(json_body(request).get("code", "")))
    return JsonResponse(cart_json(cart))


@api_view("POST")
def checkout(request: HttpRequest) -> JsonResponse:
    body = json_body(request)
    cart = services.find_cart(request)
    if cart is None:
        raise EmptyCart
    addresses = Address.objects.filter(customer_id=request.customer.pk)
    if "address_id" in body:
        addresses = addresses.filter(pk=whole_number(body["address_id"], "address_id"))
    address = addresses.first()
    if address is None:
        raise BadInput({"address_id": "no such address"})
    order = place_order(
        cart,
        request.customer,
        address,
        str(body.get("method", "standard")),
        str(body.get("payment_token", "")),
    )
    return JsonResponse(order_json(order), status=201)
