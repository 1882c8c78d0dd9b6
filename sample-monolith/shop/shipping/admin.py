from django.contrib import admin

from shop.shipping.models import Shipment, ShipmentLine, ShippingMethod

admin.site.register(ShippingMethod)


class ShipmentLineInline(admin.TabularInline):
    model = ShipmentLine
    raw_id_fields = ["line"]
    extra = 0


@admin.register(Shipment)
class ShipmentAdmin(admin.ModelAdmin):
    list_display = ["order", "method", "tracking", "status"]
    raw_id_fields = ["order"]
    inlines = [ShipmentLineInline]
