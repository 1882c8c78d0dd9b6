from django.contrib import admin

from shop.notifications.models import Notification, OutboundMail, Preference

admin.site.register([Notification, Preference])


@admin.register(OutboundMail)
class OutboundMailAdmin(admin.ModelAdmin):
    list_display = ["recipient", "subject", "status", "attempts", "sent_at"]
    list_filter = ["status"]
