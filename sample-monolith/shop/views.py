"""The front page and the health check."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from shop.catalog.models import Product
from shop.reviews.models import Review


def home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "home.html",
        {
            "popular": Product.objects.for_listing().popular()[:8],
            "newest": Product.objects.for_listing().order_by("-created", "-id")[:4],
            "opinions": Review.objects.visible()
            .filter(rating=5, verified_purchase=True)
            .select_related("product", "customer")[:3],
        },
    )


def healthz(request: HttpRequest) -> JsonResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return JsonResponse({"status": "ok", "database": connection.vendor})
