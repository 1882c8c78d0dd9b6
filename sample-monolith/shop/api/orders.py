"""Orders as JSON."""

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404

from shop.api.auth import api_view
from shop.api.serializers import order_json
from shop.orders import services
from shop.orders.models import Order
from shop.utils import json_body, paginate


def visible_orders(request: HttpRequest):
    orders = Order.objects.prefetch_related("lines")
    return orders if request.customer.is_staff else orders.filter(customer=request.customer)


@api_view("GET", login=True)
def my_orders(request: HttpRequest) -> JsonResponse:
    page = paginate(request, Order.objects.of(request.customer))
    return JsonResponse(
        {"count": page.paginator.count, "results": [order_json(order) for order in page]}
    )


@api_view("GET", login=True)
def order_detail(request: HttpRequest, number: str) -> JsonResponse:
    return JsonResponse(order_json(get_object_or_404(visible_orders(request), number=number)))


@api_view("POST")
def cancel(request: HttpRequest, number: str) -> JsonResponse:
    order = get_object_or_404(visible_orders(request), number=number)
    reason = str(json_body(request).get("reason", "cancelled by API"))[:100]
    order = services.cancel_order(order, reason, request.customer.display_name)
    return JsonResponse(order_json(order))
