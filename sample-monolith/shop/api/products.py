"""The catalogue as JSON."""

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404

from shop.api.auth import api_view
from shop.api.serializers import product_json
from shop.catalog.models import Category, Product
from shop.catalog.views import SORTS
from shop.inventory.services import stock_by_warehouse
from shop.utils import paginate, query_int


@api_view("GET")
def categories(request: HttpRequest) -> JsonResponse:
    rows = Category.objects.filter(is_visible=True).values("id", "name", "slug", "parent_id")
    return JsonResponse({"results": list(rows)})


@api_view("GET")
def product_list(request: HttpRequest) -> JsonResponse:
    products = Product.objects.active().select_related("brand", "category")
    if category := request.GET.get("category"):
        products = products.filter(category__slug=category)
    if term := request.GET.get("q"):
        products = products.search(term)
    sort = SORTS.get(request.GET.get("sort", ""), SORTS["popular"])
    page = paginate(request, products.order_by(*sort), query_int(request, "page_size", 20, 1, 100))
    return JsonResponse(
        {
            "count": page.paginator.count,
            "page": page.number,
            "pages": page.paginator.num_pages,
            "results": [product_json(product) for product in page],
        }
    )


@api_view("GET")
def suggest(request: HttpRequest) -> JsonResponse:
    term = request.GET.get("q", "").strip()
    found = Product.objects.active().filter(name__istartswith=term) if term else []
    return JsonResponse({"results": [{"id": row.pk, "name": row.name} for row in found[:8]]})


@api_view("GET")
def product_detail(request: HttpRequest, pk: int) -> JsonResponse:
    products = Product.objects.active().select_related("brand", "category")
    product = get_object_or_404(products.prefetch_related("images", "tags"), pk=pk)
    return JsonResponse(product_json(product, detailed=True))


@api_view("GET")
def stock(request: HttpRequest, pk: int) -> JsonResponse:
    product = get_object_or_404(Product.objects.active(), pk=pk)
    places = stock_by_warehouse(product)
    return JsonResponse({"product_id": pk, "total": sum(places.values()), "warehouses": places})
