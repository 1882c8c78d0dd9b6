from django.contrib import admin

from shop.orders.models import Order, OrderEvent, OrderLine, ReturnRequest
from shop.payments.models import Payment


class LineInline(admin.TabularInline):
    model = OrderLine
    raw_id_fields = ["product"]
    extra = 0


class EventInline(admin.TabularInline):
    model = OrderEvent
    readonly_fields = ["kind", "message", "actor", "created"]
    extra = 0


class PaymentInline(admin.TabularInline):
    model = Payment
    extra = 0


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["number", "customer", "status", "total", "placed_at"]
    list_filter = ["status"]
    search_fields = ["number", "email"]
    raw_id_fields = ["customer"]
    date_hierarchy = "placed_at"
    inlines = [LineInline, PaymentInline, EventInline]


admin.site.register(ReturnRequest)
