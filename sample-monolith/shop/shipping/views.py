from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render

from shop.cart.services import find_cart
from shop.orders.services import cart_weight
from shop.shipping import services
from shop.shipping.models import Shipment, ShippingMethod


def quote(request: HttpRequest) -> JsonResponse:
    """What every method would cost for the cart, for the script of the checkout page."""
    cart = find_cart(request)
    if cart is None:
        return JsonResponse({"methods": []})
    country = request.GET.get("country", "DE")
    grams, subtotal = cart_weight(cart), cart.subtotal
    methods = [
        {
            "code": method.code,
            "name": method.name,
            "price": str(services.quote(method, grams, subtotal, country)),
        }
        for method in ShippingMethod.objects.filter(is_active=True)
    ]
    return JsonResponse({"methods": methods})


def track(request: HttpRequest, tracking: str) -> HttpResponse:
    shipment = get_object_or_404(
        Shipment.objects.select_related("method", "order"), tracking=tracking
    )
    lines = shipment.shipment_lines.select_related("line")
    return render(request, "shipping/track.html", {"shipment": shipment, "lines": lines})
