from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView

from shop.cart.forms import AddToCartForm
from shop.catalog.models import Brand, Category, Product, Tag
from shop.customers.models import WishlistItem
from shop.inventory.services import stock_by_warehouse, wait_for
from shop.reports.queries import bought_together
from shop.reviews.models import Vote
from shop.utils import is_feature_on, paginate

SORTS = {
    "popular": ("-sold_count", "name"),
    "rating": ("-rating_avg", "-review_count", "name"),
    "cheap": ("price", "name"),
    "new": ("-created", "-id"),
}


class ProductListView(ListView):
    template_name = "catalog/product_list.html"
    context_object_name = "products"
    paginate_by = 24

    def get_queryset(self) -> QuerySet[Product]:
        sort = self.request.GET.get("sort", "popular")
        return Product.objects.for_listing().order_by(*SORTS.get(sort, SORTS["popular"]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["heading"] = self.heading()
        context["sorts"] = list(SORTS)
        return context

    def heading(self) -> str:
        return "All products"


class CategoryView(ProductListView):
    def get_queryset(self) -> QuerySet[Product]:
        self.category = get_object_or_404(Category, slug=self.kwargs["slug"], is_visible=True)
        return super().get_queryset().filter(category__in=self.category.with_descendants())

    def heading(self) -> str:
        return self.category.name


class BrandView(ProductListView):
    def get_queryset(self) -> QuerySet[Product]:
        self.brand = get_object_or_404(Brand, slug=self.kwargs["slug"])
        return super().get_queryset().filter(brand=self.brand)

    def heading(self) -> str:
        return self.brand.name


class ProductDetailView(DetailView):
    template_name = "catalog/product_detail.html"
    context_object_name = "product"

    def get_queryset(self) -> QuerySet[Product]:
        return (
            Product.objects.active()
            .select_related("brand", "category")
            .prefetch_related("images", "tags")
            .with_review_stats()
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        product, customer = self.object, self.request.customer
        reviews = product.reviews.visible().select_related("customer").sorted_by("helpful")
        if customer:
            mine = Vote.objects.filter(review=OuterRef("pk"), customer_id=customer.pk)
            reviews = reviews.annotate(voted=Exists(mine))
        context.update(
            reviews=reviews[:5],
            histogram=product.reviews.visible().histogram(),
            stock=stock_by_warehouse(product),
            cart_form=AddToCartForm(),
            wished=bool(customer)
            and WishlistItem.objects.filter(customer_id=customer.pk, product=product).exists(),
            has_bought=bool(customer) and customer.has_bought(product),
        )
        if is_feature_on("related_products", customer):
            context["related"] = product.related.active()[:4] or bought_together(product.pk)
        return context


def search(request: HttpRequest) -> HttpResponse:
    term = request.GET.get("q", "").strip()
    found = Product.objects.for_listing().search(term) if term else Product.objects.none()
    context = {"term": term, "page_obj": paginate(request, found.order_by("name"))}
    return render(request, "catalog/search.html", context)


def by_tag(request: HttpRequest, name: str) -> HttpResponse:
    tag = get_object_or_404(Tag, name=name)
    page = paginate(request, tag.products.for_listing().popular())
    return render(request, "catalog/search.html", {"term": f"#{tag.name}", "page_obj": page})


@login_required
@require_POST
def toggle_wish(request: HttpRequest, slug: str) -> HttpResponse:
    product = get_object_or_404(Product.objects.active(), slug=slug)
    item, created = WishlistItem.objects.get_or_create(
        customer_id=request.customer.pk, product=product
    )
    if not created:
        item.delete()
    messages.success(request, "On your wish list." if created else "No longer on your wish list.")
    return redirect(product)


@login_required
@require_POST
def stock_alert(request: HttpRequest, slug: str) -> HttpResponse:
    product = get_object_or_404(Product.objects.active(), slug=slug)
    wait_for(product, request.customer.pk)
    messages.success(request, "We will tell you when it is back.")
    return redirect(product)


def product_quickview(request: HttpRequest, slug: str) -> HttpResponse:
    """The pop-up of the old theme. No route has led here since the redesign."""
    product = get_object_or_404(Product, slug=slug)
    reviews = product.reviews.filter(status="published").order_by("-created")[:3]
    return render(request, "catalog/product_detail.html", {"product": product, "reviews": reviews})
