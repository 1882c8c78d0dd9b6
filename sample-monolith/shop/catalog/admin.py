from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from shop.catalog.models import Brand, Category, PriceChange, Product, ProductImage, Tag
from shop.inventory.models import StockRecord
from shop.reviews.models import Review

admin.site.register([Brand, Tag, PriceChange])


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["name", "parent", "position", "is_visible"]
    prepopulated_fields = {"slug": ["name"]}


class ImageInline(admin.TabularInline):
    model = ProductImage
    extra = 0


class StockInline(admin.TabularInline):
    model = StockRecord
    extra = 0


class ReviewInline(admin.TabularInline):
    model = Review
    fields = ["author_name", "rating", "status"]
    readonly_fields = ["author_name", "rating"]
    extra = 0


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["name", "sku", "price", "is_active", "review_count", "sold_count"]
    list_filter = ["is_active", "category"]
    search_fields = ["name", "sku"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [ImageInline, StockInline, ReviewInline]
    actions = ["count_reviews_again"]

    @admin.action(description="Count the reviews again")
    def count_reviews_again(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        for product in queryset:
            product.recalculate_rating()
