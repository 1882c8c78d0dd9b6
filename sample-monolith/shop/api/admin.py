from django.contrib import admin

from shop.api.models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    list_display = ["customer", "label", "created", "revoked_at"]
    raw_id_fields = ["customer"]
