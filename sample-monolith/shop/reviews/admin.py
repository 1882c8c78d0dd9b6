from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from shop.reviews.models import Review, Vote
from shop.reviews.services import moderate


@admin.register(Review)
class ReviewAdmin(admin.ModelAdmin):
    list_display = ["product", "author_name", "rating", "status", "verified_purchase", "created"]
    list_filter = ["status", "rating", "verified_purchase"]
    search_fields = ["author_name", "author_email", "text"]
    raw_id_fields = ["product", "customer", "moderated_by"]
    actions = ["publish", "reject"]

    @admin.action(description="Publish")
    def publish(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        for review in queryset:
            moderate(review, request.user, Review.Status.PUBLISHED)

    @admin.action(description="Reject")
    def reject(self, request: HttpRequest, queryset: QuerySet[Review]) -> None:
        for review in queryset:
            moderate(review, request.user, Review.Status.REJECTED)


@admin.register(Vote)
class VoteAdmin(admin.ModelAdmin):
    list_display = ["review", "customer", "value", "created"]
    raw_id_fields = ["review", "customer"]
