from django.contrib import admin

from shop.reports.models import AuditEntry, DailySales


@admin.register(DailySales)
class DailySalesAdmin(admin.ModelAdmin):
    list_display = ["day", "orders", "pieces", "revenue", "refunds", "new_reviews"]


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    list_display = ["created", "actor", "action", "path"]
    list_filter = ["action"]
