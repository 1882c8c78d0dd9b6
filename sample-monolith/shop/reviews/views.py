from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, ListView, UpdateView

from shop.catalog.models import Product
from shop.decorators import audit, feature_required, staff_only
from shop.reviews import services
from shop.reviews.forms import ModerationForm, ReviewForm
from shop.reviews.models import Review
from shop.utils import BadInput, paginate


def get_client_ip(request: HttpRequest) -> str:
    """Copied here while ``utils`` could not be imported from reviews; the two have drifted apart."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
    if forwarded:
        return forwarded.split(",")[0].strip()
    return request.META.get("REMOTE_ADDR", "")


class ProductMixin:
    """Views below /products/<slug>/reviews/."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.product = get_object_or_404(Product.objects.active(), slug=kwargs["slug"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(product=self.product, **kwargs)


@method_decorator(feature_required("reviews"), name="dispatch")
class ReviewListView(ProductMixin, ListView):
    template_name = "reviews/review_list.html"
    context_object_name = "reviews"
    paginate_by = 20

    def get_queryset(self) -> QuerySet[Review]:
        sort = self.request.GET.get("sort", "newest")
        return self.product.reviews.visible().select_related("customer").sorted_by(sort)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        visible = self.product.reviews.visible()
        return super().get_context_data(
            summary=visible.summary(), histogram=visible.histogram(), sorts=Review.ORDERS, **kwargs
        )


@method_decorator(feature_required("reviews"), name="dispatch")
class ReviewCreateView(LoginRequiredMixin, ProductMixin, CreateView):
    template_name = "reviews/review_form.html"
    form_class = ReviewForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One review per product, here; the JSON API was never told."""
        if request.customer:
            mine = self.product.reviews.alive().filter(customer_id=request.customer.pk).first()
            if mine is not None:
                return redirect("catalog:reviews:edit", slug=self.product.slug, pk=mine.pk)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: ReviewForm) -> HttpResponse:
        review = services.submit_review(
            self.product,
            self.request.customer,
            form.cleaned_data,
            get_client_ip(self.request) or None,
        )
        text = "Thank you." if review.is_visible else "Thank you. We will look at it first."
        messages.success(self.request, text)
        return redirect("catalog:reviews:list", slug=self.product.slug)


class ReviewUpdateView(LoginRequiredMixin, ProductMixin, UpdateView):
    template_name = "reviews/review_form.html"
    form_class = ReviewForm

    def get_queryset(self) -> QuerySet[Review]:
        return self.product.reviews.alive()

    def get_object(self, queryset: QuerySet[Review] | None = None) -> Review:
        review = super().get_object(queryset)
        if not review.can_be_changed_by(self.request.customer):
            raise PermissionDenied
        return review

    def form_valid(self, form: ReviewForm) -> HttpResponse:
        services.edit_review(self.object, self.request.customer, form.cleaned_data)
        messages.success(self.request, "Your review was changed.")
        return redirect("catalog:reviews:list", slug=self.product.slug)


@login_required
@require_POST
def delete_review(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    review = get_object_or_404(Review.objects.alive(), pk=pk, product__slug=slug)
    try:
        services.remove_review(review, request.customer, hard="hard" in request.POST)
    except services.NotAllowed as error:
        raise PermissionDenied from error
    messages.success(request, "The review is gone.")
    return redirect("catalog:reviews:list", slug=slug)


@login_required
@require_POST
def vote(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    review = get_object_or_404(Review.objects.visible(), pk=pk, product__slug=slug)
    try:
        value = int(request.POST.get("value", "1"))
        services.cast_vote(review, request.customer, value)
    except (services.NotAllowed, BadInput, ValueError) as error:
        messages.error(request, str(error))
    return redirect(review)


@require_POST
def flag(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    review = get_object_or_404(Review.objects.visible(), pk=pk, product__slug=slug)
    services.flag_review(review)
    messages.success(request, "Thank you, we will have a look.")
    return redirect("catalog:reviews:list", slug=slug)


# --- staff ------------------------------------------------------------------------------------


@method_decorator(staff_only, name="dispatch")
class ModerationQueueView(ListView):
    template_name = "reviews/moderation_queue.html"
    context_object_name = "reviews"
    paginate_by = 50

    def get_queryset(self) -> QuerySet[Review]:
        return (
            Review.objects.waiting()
            .select_related("product__category", "customer__user")
            .order_by("created")
        )


@staff_only
@audit("review.moderated")
def moderate_review(request: HttpRequest, pk: int) -> HttpResponse:
    review = get_object_or_404(Review.objects.alive().select_related("product"), pk=pk)
    form = ModerationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.moderate(review, request.user, **form.cleaned_data)
        return redirect("moderation:queue")
    others = review.customer.reviews.exclude(pk=review.pk)
    page = paginate(request, others, 10)
    context = {"review": review, "form": form, "page_obj": page}
    return render(request, "reviews/moderation_detail.html", context)


@staff_only
@require_POST
@audit("review.moderated_many")
def moderate_bulk(request: HttpRequest) -> HttpResponse:
    chosen = [int(value) for value in request.POST.getlist("review") if value.isdigit()]
    decision = request.POST.get("decision", "")
    if decision not in {"published", "rejected"}:
        messages.error(request, "Publish or reject?")
        return redirect("moderation:queue")
    number = services.moderate_many(chosen, request.user, decision)
    messages.success(request, f"{number} reviews {decision}.")
    return redirect("moderation:queue")
