import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from shop.decorators import audit, staff_only
from shop.orders.models import Order
from shop.payments import services
from shop.utils import BadInput, parse_money


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> JsonResponse:
    """The provider calls here; it repeats itself until it hears 200."""
    if not services.is_signed(request.body, request.headers.get("X-Signature", "")):
        return JsonResponse({"error": "bad signature"}, status=403)
    try:
        event = json.loads(request.body)
        fresh = services.handle_event(event)
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": "not an event"}, status=400)
    return JsonResponse({"handled": fresh})


@staff_only
@require_POST
@audit("payment.refunded")
def refund(request: HttpRequest, number: str) -> HttpResponse:
    order = get_object_or_404(Order, number=number)
    try:
        amount = parse_money(request.POST.get("amount", ""))
        given = services.refund_order(order, request.POST.get("reason", ""), amount)
        messages.success(request, f"Refunded {given.amount}." if given else "Nothing to refund.")
    except (BadInput, services.ProviderDown) as error:
        messages.error(request, str(error))
    return redirect(order)
