"""Reviews and votes as JSON."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from shop.api.auth import api_view
from shop.api.serializers import review_json
from shop.api.views import JsonView
from shop.catalog.models import Product
from shop.reviews import services
from shop.reviews.models import Review
from shop.reviews.queries import alive_review, product_page, product_summary
from shop.utils import BadInput, client_ip, json_body, paginate, query_int


class ProductReviewsView(JsonView):
    """GET and POST /api/products/{id}/reviews"""

    def get(self, request: HttpRequest, product_id: int) -> JsonResponse:
        summary = product_summary(product_id)
        if summary is None:
            raise Http404
        size = query_int(request, "page_size", 20, 1, 100)
        pages = max(1, -(-summary.count // size))
        page = min(pages, query_int(request, "page", 1))
        rows = product_page(product_id, request.GET.get("sort", "newest"), page, size)
        return JsonResponse(
            {
                "product_id": product_id,
                "count": summary.count,
                "average": summary.average,
                "page": page,
                "pages": pages,
                "results": [review_json(review) for review in rows],
            }
        )

    def post(self, request: HttpRequest, product_id: int) -> JsonResponse:
        product = get_object_or_404(Product.objects.active(), pk=product_id)
        review = services.submit_review(
            product, request.customer, json_body(request), client_ip(request)
        )
        response = JsonResponse(review_json(review), status=201)
        response["Location"] = reverse("api:review", args=[review.pk])
        return response


class ReviewView(JsonView):
    """GET, PUT, PATCH and DELETE /api/reviews/{id}"""

    def find(self, request: HttpRequest, pk: int) -> Review:
        """Hidden reviews are there for their author and for staff only."""
        review = alive_review(pk)
        if review is None:
            raise Http404
        if not review.is_visible and not review.can_be_changed_by(request.customer):
            review = get_object_or_404(Review.objects.visible(), pk=pk)
        return review

    def get(self, request: HttpRequest, pk: int) -> JsonResponse:
        return JsonResponse(review_json(self.find(request, pk)))

    def put(self, request: HttpRequest, pk: int) -> JsonResponse:
        review = self.find(request, pk)
        return JsonResponse(
            review_json(services.edit_review(review, request.customer, json_body(request)))
        )

    def patch(self, request: HttpRequest, pk: int) -> JsonResponse:
        review = self.find(request, pk)
        changed = services.edit_review(review, request.customer, json_body(request), partial=True)
        return JsonResponse(review_json(changed))

    def delete(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hides the review; with ?hard=1, and for staff only, removes the row."""
        review = self.find(request, pk)
        services.remove_review(review, request.customer, hard=request.GET.get("hard") == "1")
        return HttpResponse(status=204)


@api_view("POST", "DELETE")
def votes(request: HttpRequest, pk: int) -> HttpResponse:
    review = get_object_or_404(Review.objects.visible(), pk=pk)
    if request.method == "DELETE":
        services.withdraw_vote(review, request.customer)
        return HttpResponse(status=204)
    value = json_body(request).get("value", 1)
    if not isinstance(value, int):
        raise BadInput({"value": "1 or -1 is required"})
    vote, created = services.cast_vote(review, request.customer, value)
    return JsonResponse(
        {"review_id": pk, "value": vote.value, "helpful_count": review.helpful_count},
        status=201 if created else 200,
    )


@api_view("POST")
def flag(request: HttpRequest, pk: int) -> JsonResponse:
    review = get_object_or_404(Review.objects.visible(), pk=pk)
    services.flag_review(review)
    return JsonResponse({"review_id": pk, "status": review.status}, status=202)


@api_view("POST")
def moderation(request: HttpRequest, pk: int) -> JsonResponse:
    if not request.customer.is_staff:
        raise services.NotAllowed("staff only")
    review = get_object_or_404(Review.objects.alive(), pk=pk)
    body = json_body(request)
    changed = services.moderate(
        review, request.user, str(body.get("decision", "")), str(body.get("reason", ""))
    )
    return JsonResponse(review_json(changed))


@api_view("GET", login=True)
def my_reviews(request: HttpRequest) -> JsonResponse:
    page = paginate(request, request.customer.reviews.alive())
    return JsonResponse(
        {"count": page.paginator.count, "results": [review_json(review) for review in page]}
    )
