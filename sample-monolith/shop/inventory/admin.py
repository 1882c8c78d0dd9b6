from django.contrib import admin

from shop.inventory.models import StockAlert, StockMovement, StockRecord, Warehouse

admin.site.register([Warehouse, StockAlert])


@admin.register(StockRecord)
class StockRecordAdmin(admin.ModelAdmin):
    list_display = ["product", "warehouse", "quantity", "reserved"]
    list_select_related = ["product", "warehouse"]


@admin.register(StockMovement)
class StockMovementAdmin(admin.ModelAdmin):
    list_display = ["record", "kind", "delta", "order", "created"]
    raw_id_fields = ["record", "order"]
