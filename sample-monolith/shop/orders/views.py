from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from shop.cart import services as cart_services
from shop.decorators import audit, staff_only
from shop.inventory.services import OutOfStock
from shop.orders import services
from shop.orders.invoices import invoice_text
from shop.orders.models import Order, OrderLine, ReturnRequest
from shop.payments.services import ProviderDown
from shop.utils import BadInput


class OrderListView(LoginRequiredMixin, ListView):
    template_name = "orders/order_list.html"
    context_object_name = "orders"
    paginate_by = 20

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.of(self.request.customer).select_related("shipment")


def own_order(request: HttpRequest, number: str) -> Order:
    orders = Order.objects.select_related("shipment__method", "customer", "coupon")
    if not request.user.is_staff:
        orders = orders.filter(customer_id=request.customer.pk)
    return get_object_or_404(orders, number=number)


@login_required
def detail(request: HttpRequest, number: str) -> HttpResponse:
    order = own_order(request, number)
    context = {
        "order": order,
        "lines": order.lines.select_related("product").prefetch_related("returns"),
        "events": order.events.all(),
        "payments": order.payments.prefetch_related("refunds"),
    }
    return render(request, "orders/order_detail.html", context)


@login_required
@require_POST
@audit("order.cancelled")
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    order = own_order(request, number)
    reason = request.POST.get("reason") or "changed my mind"
    try:
        services.cancel_order(order, reason[:100], request.customer.display_name)
    except services.WrongState as error:
        messages.error(request, str(error))
    except ProviderDown:
        messages.error(request, "The payment provider does not answer. Please try again.")
    return redirect(order)


@login_required
@require_POST
def reorder(request: HttpRequest, number: str) -> HttpResponse:
    order = own_order(request, number)
    cart = cart_services.get_cart(request)
    for line in order.lines.select_related("product"):
        try:
            cart_services.add_to_cart(cart, line.product, line.quantity)
        except OutOfStock as error:
            messages.warning(request, str(error))
    return redirect("cart:show")


@login_required
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    order = own_order(request, number)
    response = HttpResponse(invoice_text(order), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{order.number}.txt"'
    return response


@login_required
def return_line(request: HttpRequest, number: str, line_id: str) -> HttpResponse:
    order = own_order(request, number)
    line = get_object_or_404(OrderLine.objects.select_related("order"), pk=line_id, order=order)
    if request.method == "POST":
        try:
            quantity = int(request.POST.get("quantity", "1"))
            services.request_return(line, quantity, request.POST.get("reason", ""))
            messages.success(request, "We will get back to you.")
            return redirect(order)
        except (BadInput, services.WrongState, ValueError) as error:
            messages.error(request, str(error))
    return render(request, "orders/return_form.html", {"order": order, "line": line})


# --- staff ------------------------------------------------------------------------------------


@method_decorator(staff_only, name="dispatch")
class FulfilmentView(ListView):
    template_name = "orders/fulfilment.html"
    context_object_name = "orders"
    paginate_by = 50

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.to_fulfil()


@staff_only
@require_POST
@audit("order.shipped")
def ship(request: HttpRequest, number: str) -> HttpResponse:
    order = get_object_or_404(Order, number=number)
    try:
        services.ship_order(order, request.user.username)
    except services.WrongState as error:
        messages.error(request, str(error))
    return redirect("fulfilment:list")


@staff_only
@require_POST
@audit("order.delivered")
def delivered(request: HttpRequest, number: str) -> HttpResponse:
    services.mark_delivered(get_object_or_404(Order, number=number))
    return redirect("orders:detail", number=number)


@staff_only
def returns(request: HttpRequest) -> HttpResponse:
    waiting = ReturnRequest.objects.filter(status=ReturnRequest.Status.OPEN)
    requests = waiting.select_related("line__order__customer")
    return render(request, "orders/returns.html", {"requests": requests})


@staff_only
@require_POST
@audit("return.settled")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    waiting = ReturnRequest.objects.select_related("line__order")
    services.settle_return(
        get_object_or_404(waiting, pk=pk, status="open"),
        accept=request.POST.get("decision") == "accept",
        actor=request.user.username,
    )
    return redirect("fulfilment:returns")
