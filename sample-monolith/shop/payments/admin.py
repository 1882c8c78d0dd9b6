from django.contrib import admin

from shop.payments.models import Payment, PaymentLog, Refund

admin.site.register([Refund, PaymentLog])


@admin.register(Payment)
class PaymentAdmin(admin.ModelAdmin):
    list_display = ["order", "amount", "status", "provider_reference"]
    raw_id_fields = ["order"]
