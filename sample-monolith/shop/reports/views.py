from datetime import date, datetime, timedelta

from django.contrib import messages
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from shop.decorators import audit, staff_only
from shop.reports import queries, services
from shop.reports.models import AuditEntry, DailySales
from shop.utils import csv_response, day_bounds, month_start, parse_day


@staff_only
def dashboard(request: HttpRequest) -> HttpResponse:
    return render(request, "reports/dashboard.html", services.dashboard())


@staff_only
@require_POST
@audit("maintenance.toggled")
def toggle_maintenance(request: HttpRequest) -> HttpResponse:
    closed = not cache.get("maintenance", False)
    cache.set("maintenance", closed, None)
    messages.warning(request, "The shop is closed." if closed else "The shop is open.")
    return redirect("backoffice")


@staff_only
def sales(request: HttpRequest) -> HttpResponse:
    context = {
        "days": services.revenue_by_day(30),
        "closed_days": DailySales.objects.all()[:30],
    }
    return render(request, "reports/sales.html", context)


def _period(request: HttpRequest) -> tuple[date, date]:
    today = timezone.localdate()
    first = parse_day(request.GET.get("from"), month_start(today - timedelta(days=365)))
    return first, max(first, parse_day(request.GET.get("to"), today))


def _bounds(first: date, last: date) -> tuple[datetime, datetime]:
    return day_bounds(first)[0], day_bounds(last)[1]


@staff_only
def categories(request: HttpRequest) -> HttpResponse:
    first, last = _period(request)
    context = {"rows": queries.category_report(*_bounds(first, last)), "first": first, "last": last}
    return render(request, "reports/categories.html", context)


@staff_only
def categories_csv(request: HttpRequest) -> HttpResponse:
    first, last = _period(request)
    header = ["category", "orders", "customers", "pieces", "revenue", "rating"]
    names = ["name", "orders", "customers", "pieces", "revenue", "weighted_rating"]
    rows = queries.category_report(*_bounds(first, last))
    return csv_response(
        f"categories-{first}-{last}.csv", header, ([row[name] for name in names] for row in rows)
    )


@staff_only
def best_customers(request: HttpRequest) -> HttpResponse:
    return render(request, "reports/customers.html", {"rows": services.best_customers(25)})


@staff_only
def review_activity(request: HttpRequest) -> HttpResponse:
    context = {"rows": services.review_activity(25), "stale": queries.stale_counters()}
    return render(request, "reports/reviews.html", context)


@method_decorator(staff_only, name="dispatch")
class AuditListView(ListView):
    template_name = "reports/audit.html"
    context_object_name = "entries"
    paginate_by = 100

    def get_queryset(self) -> QuerySet[AuditEntry]:
        entries = AuditEntry.objects.select_related("actor")
        action = self.request.GET.get("action")
        return entries.filter(action=action) if action else entries
