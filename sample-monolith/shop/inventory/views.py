from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views.generic import ListView

from shop.decorators import audit, staff_only
from shop.inventory import services
from shop.inventory.forms import ReceiptForm
from shop.inventory.models import StockRecord
from shop.utils import paginate


@method_decorator(staff_only, name="dispatch")
class StockListView(ListView):
    template_name = "inventory/stock_list.html"
    context_object_name = "records"
    paginate_by = 50

    def get_queryset(self) -> QuerySet[StockRecord]:
        records = StockRecord.objects.select_related("product", "warehouse")
        if "low" in self.request.GET:
            return records.low(settings.LOW_STOCK_THRESHOLD)
        return records


@staff_only
@audit("stock.received")
def receive_goods(request: HttpRequest) -> HttpResponse:
    form = ReceiptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        record = services.receive(**form.cleaned_data)
        messages.success(request, f"{record.product}: {record.quantity} in {record.warehouse}.")
        return redirect("inventory:list")
    return render(request, "inventory/receive.html", {"form": form})


@staff_only
def movements(request: HttpRequest, pk: int) -> HttpResponse:
    record = get_object_or_404(StockRecord.objects.select_related("product"), pk=pk)
    page = paginate(request, record.movements.select_related("order"), 50)
    return render(request, "inventory/movements.html", {"record": record, "page_obj": page})
