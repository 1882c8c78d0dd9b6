from django.contrib import admin

from shop.cart.models import Cart, CartItem, Coupon


class CartItemInline(admin.TabularInline):
    model = CartItem
    raw_id_fields = ["product"]
    extra = 0


@admin.register(Cart)
class CartAdmin(admin.ModelAdmin):
    list_display = ["id", "customer", "status", "updated"]
    list_filter = ["status"]
    raw_id_fields = ["customer"]
    inlines = [CartItemInline]


@admin.register(Coupon)
class CouponAdmin(admin.ModelAdmin):
    list_display = ["code", "kind", "value", "used_count", "valid_until"]
